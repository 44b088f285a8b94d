"""Write a plan back into the file of its jobs."""
