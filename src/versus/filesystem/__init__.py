"""Writing files so that a crash at any moment leaves the old or the new, never half of either."""
