"""Sheets that were not made for us: what their columns mean, which rows are shots, and what has to be asked."""
