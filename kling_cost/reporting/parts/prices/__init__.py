"""Prices and what they rest on: the price book, lookups of a workbook, rates of exchange, what may be tried out."""
