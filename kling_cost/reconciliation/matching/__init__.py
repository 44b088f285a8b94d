"""Which task belongs to which job, and which take it fills."""
