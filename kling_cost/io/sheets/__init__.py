"""Sheets read row by row, CSV and XLSX, whatever they hold."""
