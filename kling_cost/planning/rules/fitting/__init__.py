"""The section `fit` of rules: what a plan may change, and how much that hurts."""
