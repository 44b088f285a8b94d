"""What a workbook keeps so that it can be read back as jobs."""
