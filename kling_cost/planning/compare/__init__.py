"""What the same videos cost at other sellers, and what credits cost there when they are bought."""
