"""Reports: each part is a format-independent table, and each format has one writer."""
