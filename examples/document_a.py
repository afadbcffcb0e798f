"""Document A in one script: look at the data, train FC and CNN, draw, evaluate, compare.

    python examples/document_a.py                 # digits: half a minute, no network
    python examples/document_a.py --data mnist --epochs 20 --seeds 3

Leaves with an error if the convolutional net learns nothing.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import versus

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--seeds", type=int, default=2)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-a"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

# The data: array attributes, pictures a class, a grid of samples.
data = versus.load(options.data)
images, labels = data.train.images, data.train.labels
print(f"{data.name}: ndim {images.ndim}, shape {images.shape}, dtype {images.dtype}")
print(f"pixels {images.min()} to {images.max()}, labels {labels.min()} to {labels.max()}")
print(data.frame())
data.plot().savefig(options.out / "samples.png")

# Labels are numbers. One-hot labels, a row a picture with a 1 at its class, are made from them by
# the loss that wants them (categorical crossentropy), so nobody needs to; this is what they are.
one_hot = np.eye(len(data.classes), dtype=int)[labels]
print(f"label {labels[0]} is one-hot {one_hot[0]}; all: {one_hot.shape}, argmax gives labels back")

# One model, trained as one trains in Keras: History, curves, evaluation, predictions.
model = versus.build("cnn-stride", data.input_shape, len(data.classes), seed=0)
model.summary()
versus.draw_windows(model).savefig(options.out / "padding-and-stride.png")
recipe = versus.Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=options.epochs)
history = versus.fit(model, data, recipe, seed=0, validation_split=0.2, verbose=2)
print("History keys:", list(history.history))
print(history.frame().round(4).tail(3))
history.plot().savefig(options.out / "curves.png")
print(f"trained in {history.seconds:.1f} s")

# validation_split takes the end of train away, unshuffled; validation_data brings pictures of its
# own, and all of train is trained on. Given the same pictures, both give the same, bit for bit.
cut = int(len(images) * (1 - 0.2))
shorter = replace(data, train=data.train.take(np.arange(cut)))
twin = versus.build("cnn-stride", data.input_shape, len(data.classes), seed=0)
held_out = (images[cut:], labels[cut:])
again = versus.fit(twin, shorter, recipe, seed=0, validation_data=held_out, verbose=0)
same = again.history == history.history
print("validation_split against validation_data:", "the same" if same else "different")

# Tested once. Predictions are a table of probabilities, and a label is the argmax of its row.
scores = versus.evaluate(model, data)
print("test:", {name: round(value, 4) for name, value in scores.items()})
found = versus.predict(model, data)
probabilities = found[list(data.classes)].to_numpy()
print(f"probabilities {probabilities.shape}, the first row: {probabilities[0].round(3)}")
print("labels, by argmax:", probabilities.argmax(axis=1)[:10], "and true:", data.test.labels[:10])

# A layer is renamed, frozen and read; freezing counts once the model is compiled again, as
# versus.fit does.
convolution = model.layers[2]
convolution.name, convolution.trainable = "first_convolution", False
config = convolution.get_config()
print(config["name"], "has", convolution.count_params(), "parameters, frozen;", end=" ")
print({key: config[key] for key in ("filters", "kernel_size", "strides", "padding", "activation")})
before = convolution.get_weights()[0].copy()
versus.fit(model, data, versus.Recipe(epochs=1), verbose=0)
print("after one more epoch its weights are", end=" ")
print("the same" if (before == convolution.get_weights()[0]).all() else "others")

# The comparison: paired seeds, a verdict, a report.
study = versus.Study(
    name="document-a",
    question="Does the convolutional net beat the fully connected one, both under Adam?",
    data=data,
    variants=[versus.Variant("fc", "fc", recipe), versus.Variant("cnn-stride", recipe=recipe)],
    seeds=options.seeds,
)
result = study.run(options.out / "study")
print(result.frame()[["parameters", "accuracy_mean", "accuracy_sd", "n"]])
for verdict in result.verdicts:
    print(verdict.reason)
print("Report:", versus.write_report(result))

if scores["accuracy"] < 2 / len(data.classes):
    raise SystemExit(f"the net learned nothing: test accuracy {scores['accuracy']:.3f}")
