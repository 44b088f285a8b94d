"""Writers, one per format: they turn tables into files and know nothing of budgets or prices."""
