"""The study fc-vs-cnn as a Keras script: twelve trainings, one after the other, then a table.

What a Keras user writes: no versus in it. Run by whole_program.py with TensorFlow under Keras.

    VERSUS_DATA=... KERAS_BACKEND=tensorflow python benchmarks/whole_program_keras.py [SEEDS]
"""

import gzip
import os
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers

EPOCHS, BATCH, VALIDATION = 20, 128, 0.2


def idx(name, offset):
    folder = Path(os.environ["VERSUS_DATA"]) / "mnist"
    with gzip.open(folder / f"{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def split(name):
    images = idx(f"{name}-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1).astype("float32") / 255
    labels = keras.utils.to_categorical(idx(f"{name}-labels-idx1-ubyte", 8), 10)
    return images, labels


def fc():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(500, activation="relu"),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return model, keras.optimizers.SGD(0.001)


def cnn_stride():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return model, keras.optimizers.Adam(0.001)


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    x, y = split("train")
    test = split("t10k")
    for name, build in (("fc", fc), ("cnn-stride", cnn_stride)):
        found = []
        for seed in range(seeds):
            keras.utils.set_random_seed(seed)
            model, optimizer = build()
            model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
            model.fit(x, y, BATCH, EPOCHS, validation_split=VALIDATION, verbose=0)
            found.append(model.evaluate(*test, verbose=0))
            print(name, model.count_params(), seed, *found[-1], flush=True)
        loss, accuracy = np.mean(found, axis=0)
        print(f"{name}: loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)


if __name__ == "__main__":
    main()
