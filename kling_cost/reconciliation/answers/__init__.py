"""Answers of providers, read and put together by task."""
