"""What we may spend: estimates held against limits."""
