"""Price lists as people have them, CSV or XLSX with a price in each row or in several columns, become price books."""
