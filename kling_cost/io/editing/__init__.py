"""Edit files in place: only the values that change give way, every other byte stays."""
