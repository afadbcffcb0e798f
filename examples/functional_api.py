"""What Keras's functional API is for: branches, skips, several inputs and outputs, own layers.

python examples/functional_api.py
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import versus

# isort: split
import keras  # after versus, which chooses the backend

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--out", type=Path, default=Path("versus-runs/functional-api"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)
data = versus.load(options.data)
shape, classes = data.input_shape, len(data.classes)
images, labels = data.train.images, data.train.labels
quiet: dict[str, Any] = {"verbose": 0}

# Branches and skips are ordinary contenders.
recipe = versus.Recipe(learning_rate=0.003, batch_size=32, epochs=options.epochs)
for name in ("inception-small", "unet-small"):
    model = versus.build(name, shape, classes)
    versus.draw_model(model).savefig(options.out / f"{name}.svg")
    history = versus.fit(model, data, recipe, verbose=0)
    print(
        f"{name}: {model.count_params():,} parameters, loss", round(history.history["loss"][-1], 3)
    )

# Two answers to one picture, and one answer to two pictures: trained by Keras itself.
model = versus.two_outputs(shape, classes)
model.compile("adam", {"label": "sparse_categorical_crossentropy", "picture": "mse"})
targets = {"label": labels, "picture": images / np.float32(255)}
losses = model.fit(images, targets, epochs=options.epochs, **quiet).history
print("two outputs:", {key: round(values[-1], 3) for key, values in losses.items()})
versus.draw_model(model).savefig(options.out / "two-outputs.svg")

model = versus.two_inputs(shape, classes)
model.compile("adam", "binary_crossentropy")
other = np.random.default_rng(0).permutation(len(images))
same = (labels == labels[other]).astype("float32")
pairs = {"left": images, "right": images[other]}
losses = model.fit(pairs, same, epochs=options.epochs, **quiet).history
print("two inputs: loss", round(losses["loss"][-1], 3))
versus.draw_model(model, expand=True).savefig(options.out / "two-inputs.svg")

# A model cut at an inner layer.
model = versus.build("inception-small", shape, classes)
inner = versus.cut(model, "second_inception")
print(f"{inner.name} gives", inner.predict(images[:1], **quiet).shape)


# A layer of one's own: a gain a channel, learned. The engine runs it as the Keras layer it is.
class Gain(keras.layers.Layer):
    def build(self, input_shape):
        self.gain = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gain")

    def call(self, inputs):
        return inputs * self.gain


pictures = keras.Input(shape)
x = keras.layers.Rescaling(1 / 255)(pictures)
x = Gain(name="gain")(keras.layers.Conv2D(8, 3, activation="relu")(x))
x = keras.layers.Flatten()(x)
model = keras.Model(pictures, keras.layers.Dense(classes, activation="softmax")(x), name="own")
versus.fit(model, data, recipe, verbose=0)
gains = model.get_layer("gain").get_weights()[0]
print("own layer: gains from", round(float(gains.min()), 3), "to", round(float(gains.max()), 3))
