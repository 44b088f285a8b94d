"""The form of a price book file, beside its providers and SKUs: scalars, terms and products."""
