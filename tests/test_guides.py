"""The guides are true: every command and snippet in docs/ runs; the references are up to date."""
