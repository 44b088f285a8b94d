"""What things cost: `pricing.yaml` becomes a `PriceBook` of dated, sourced rates."""
