"""How a price book describes a provider's answers: paths into them, and what has to agree."""
