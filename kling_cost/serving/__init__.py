"""A page of this machine alone for a sheet that is dropped: what it costs, and what would make it fit."""
