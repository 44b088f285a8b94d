"""Planning: estimates are checked against budget limits; comes after `pricing`."""
