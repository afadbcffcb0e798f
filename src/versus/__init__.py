"""Pictures with labels: reading, checking, splitting, describing."""
