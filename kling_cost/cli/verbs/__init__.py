"""The verbs: read, call one library verb, print."""
