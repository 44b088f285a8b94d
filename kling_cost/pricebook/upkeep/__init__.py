"""Price books are kept true here: which there are, what changed between two, what looks wrong, what sellers publish."""
