"""The parts of a report about what changed from another plan."""
