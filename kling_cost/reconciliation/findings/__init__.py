"""What is found, in words, and what explains it."""
