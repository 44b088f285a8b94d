"""Workbooks: each sheet is laid out, dressed and streamed as XML."""
