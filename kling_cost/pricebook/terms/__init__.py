"""What a price list says beside prices: products, terms of sale, and what is charged beside a unit price."""
