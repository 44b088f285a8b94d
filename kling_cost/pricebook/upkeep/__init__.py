"""Price books are kept true here: which there are, what has changed between two of them, what in them looks wrong."""
