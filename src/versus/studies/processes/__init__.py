"""Processes: where the runs of a study are carried out, and how each of them starts and ends."""
