"""From what is to be checked to a Subject, which rules read."""
