"""What was charged: what is read first, findings, tasks."""
