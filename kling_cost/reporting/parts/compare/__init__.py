"""What the same videos cost at other sellers, as tables."""
