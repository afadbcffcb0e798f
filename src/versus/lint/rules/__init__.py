"""The rules, one family a file; `versus.lint.table` lists them all."""
