"""From what a source gives to a Dataset: labels, splits, decoding, the cache."""
