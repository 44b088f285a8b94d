"""What a plan may really cost."""
