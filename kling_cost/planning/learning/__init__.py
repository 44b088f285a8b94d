"""What a plan can learn from takes that were made: keep rates by class; comes after `rules`."""
