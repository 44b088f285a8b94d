"""What a report says of rules: budgets by scope and month, and policies."""
