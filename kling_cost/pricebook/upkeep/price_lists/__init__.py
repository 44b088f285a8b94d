"""Price lists as people have them, CSV or XLSX with a tariff a row or a column each, become price books."""
