"""Rules files: budgets and policies, read strictly; comes before `scopes` and `policies`, which apply them."""
