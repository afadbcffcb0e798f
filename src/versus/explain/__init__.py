"""Explain: what a trained model looks at, recorded beside its run; reports only read it."""
