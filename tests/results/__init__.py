"""Results described once."""
