"""Policies: whether the jobs of a plan keep the rules of the house; comes after `rules`."""
