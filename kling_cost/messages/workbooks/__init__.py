"""Sentences about workbooks."""
