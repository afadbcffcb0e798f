"""Serving: bundles behind HTTP. Needs neither Keras nor torch."""
