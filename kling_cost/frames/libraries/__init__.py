"""Engines: one file a library of frames."""
