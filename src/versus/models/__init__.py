"""Model builders: functions of `(input_shape, classes)` that return a Keras model."""
