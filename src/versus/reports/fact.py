"""Fact: a number with its name, as a page shows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A number with its name, and what it means in a few words."""

    name: str
    value: str
    note: str = ""
