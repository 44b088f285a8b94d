"""The plan of least pain within several limits at once."""
