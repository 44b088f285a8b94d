"""What a request is charged beside quantity × unit price, and who else sells it."""
