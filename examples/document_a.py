"""Document A in one script: look at the data, train FC and CNN, draw, evaluate, compare.

    python examples/document_a.py                 # digits: half a minute, no network
    python examples/document_a.py --data mnist --epochs 20 --seeds 3

Leaves with an error if the convolutional net learns nothing.
"""

import argparse
from pathlib import Path

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

# One model, trained as one trains in Keras: History, curves, evaluation, predictions.
model = versus.build("cnn-stride", data.input_shape, len(data.classes), seed=0)
model.summary()
versus.draw_windows(model).savefig(options.out / "padding-and-stride.png")
recipe = versus.Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=options.epochs)
history = versus.fit(model, data, recipe, seed=0, validation_split=0.2, verbose=2)
print("History keys:", list(history.history))
history.plot().savefig(options.out / "curves.png")
scores = versus.evaluate(model, data)
print(f"trained in {history.seconds:.1f} s, test {scores}")
print(versus.predict(model, data))  # the table of probabilities, and the argmax beside it

# A layer is renamed, frozen and read; freezing counts once the model is compiled again, as
# versus.fit does.
convolution = model.layers[2]
convolution.name, convolution.trainable = "first_convolution", False
print(convolution.get_config()["name"], "has", convolution.count_params(), "parameters, frozen")

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
