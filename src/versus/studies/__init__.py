"""Studies: variants and seeds, run on one data set, and what their records say together."""
