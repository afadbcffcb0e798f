"""The lint: coded findings over studies, models, records and scripts."""
