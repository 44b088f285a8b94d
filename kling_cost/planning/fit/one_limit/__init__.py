"""The plan of least pain within one limit."""
