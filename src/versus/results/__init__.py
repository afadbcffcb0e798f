"""What remains of a run: its record, in plain files."""
