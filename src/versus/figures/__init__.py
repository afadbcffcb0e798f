"""Figures: each a pure function from a small table to a matplotlib Figure."""
