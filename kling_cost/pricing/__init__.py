"""What it costs: the one rule, line items and estimates, single and by the million."""
