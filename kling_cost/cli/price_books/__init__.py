"""Verbs of `prices` about whole price books, one small file each."""
