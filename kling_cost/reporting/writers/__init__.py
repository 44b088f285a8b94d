"""Writers: one file a format. They turn tables into files and know nothing of budgets or prices."""
