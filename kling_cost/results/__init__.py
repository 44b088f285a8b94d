"""Results, described once: from one table of fields come JSON, CSV, Arrow, JSON Schema and what is read back."""
