"""Prices and what they rest on: the price book, lookups of a workbook, exchange rates, what may be tried out."""
