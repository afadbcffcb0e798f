"""What a model's answers on a split say, and what paired runs say about two variants."""
