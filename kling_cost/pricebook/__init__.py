"""Price books: `pricing.yaml` becomes a `PriceBook` of dated, sourced rates, which `pricing` uses."""
