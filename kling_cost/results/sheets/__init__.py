"""What results say of sheets that were not made for us."""
