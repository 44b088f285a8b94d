"""Single changes that save most under a limit that a plan exceeds."""
