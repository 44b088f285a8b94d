"""To which sellers a job may move, and what it asks for there."""
