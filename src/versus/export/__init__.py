"""Export: from a run to a bundle that answers exactly as the run was measured."""
