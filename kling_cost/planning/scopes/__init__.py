"""Budgets by scope and month: what is planned, open and spent in each; comes after `rules`."""
