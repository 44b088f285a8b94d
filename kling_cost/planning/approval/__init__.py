"""Approvals: who approved which plan, until when, and by how much it may grow."""
