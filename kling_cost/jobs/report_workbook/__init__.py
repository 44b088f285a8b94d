"""Workbooks of our own reports, read back as jobs: edited inputs become a plan, which is priced anew."""
