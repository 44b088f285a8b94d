"""The limits that a plan has to hold: which jobs each holds, and what those cost under it."""
