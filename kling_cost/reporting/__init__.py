"""What people read: parts of a report as format-free tables, and one writer for each format."""
