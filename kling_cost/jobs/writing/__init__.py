"""Write changed jobs back into the file that they came from, in its own form and order."""
