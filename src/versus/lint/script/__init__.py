"""What the syntax tree of a Python file says; nothing in it is run."""
