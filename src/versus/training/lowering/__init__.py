"""From the graph of a built Keras model to a program of torch calls in channels-last memory."""
