"""What a plan may really cost: takes until enough are usable, exact chances of totals; comes after `rules`."""
