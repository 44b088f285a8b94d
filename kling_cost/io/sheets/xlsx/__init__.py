"""The parts of an Excel workbook that a price needs, and nothing else of it."""
