"""What a price counts."""
