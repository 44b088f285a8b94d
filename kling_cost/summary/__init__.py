"""Summaries: job files of any size come to totals, breakdowns and problems, in memory that does not grow with them."""
