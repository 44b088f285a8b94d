"""What is said of plans: chances, changes and approvals."""
