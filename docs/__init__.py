"""Pages that are made from what the code and the tests know: `python -m docs.make`."""
