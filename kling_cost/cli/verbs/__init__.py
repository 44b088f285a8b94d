"""The verbs of the command: each reads its input, makes one call of the library and prints the result."""
