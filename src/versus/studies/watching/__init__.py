"""Watching: how a study stands, for a terminal that runs it and for any other."""
