"""Placeholder."""


def load(name):
    raise NotImplementedError
