"""What changed between two plans: matched jobs, and steps that add up to the last digit."""
