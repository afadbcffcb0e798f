"""From a Recipe, a model and pictures to trained weights and a History."""
