"""What a plan that was fitted into its limit shows."""
