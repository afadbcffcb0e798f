"""Document E in one script: overfitting, dropout, saving, going on, and reading the errors.

python examples/document_e.py                 # digits: a minute, no network
python examples/document_e.py --data fashion-mnist --epochs 20 --seeds 6
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import versus

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seeds", type=int, default=1)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-e"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

data = versus.load(options.data)
for split in ("train", "test"):
    images, labels = getattr(data, split).images, getattr(data, split).labels
    print(f"{split}: {images.shape} {images.dtype}, first picture is {data.classes[labels[0]]}")
print("one-hot:", np.eye(len(data.classes), dtype=int)[data.train.labels[0]])

study = versus.find_study("overfitting").with_changes(
    data=options.data, epochs=options.epochs, seeds=options.seeds
)
result = study.run(options.out / "overfitting")
print(f"\n{study.question}")
print(result.frame()[["accuracy_mean", "loss_mean", "n"]])
for variant in study.variants:
    curve = result.histories(variant.name)[0]
    best = int(np.argmin(curve["val_loss"])) + 1
    print(f"{variant.name}: validation loss is lowest after epoch {best}")
result.plot().savefig(options.out / "curves.png")
print("Right and wrong pictures, and each class:", versus.write_report(result))

# A saved model is loaded, and trained further.
model = versus.build(
    str(options.out / "overfitting/lab-dropout/0/model.keras"), data.input_shape, len(data.classes)
)
model.save_weights(options.out / "lab.weights.h5")
before = versus.evaluate(model, data)
versus.fit(model, data, versus.Recipe(epochs=1, batch_size=64), verbose=0)
print(
    "before and after one more epoch:", before["accuracy"], versus.evaluate(model, data)["accuracy"]
)

# Labels are the argmax of the probabilities. Rounding them first, as the document does, gives
# class 0 to every picture of which the net is at most half sure.
found = versus.predict(model, data)
probabilities, labels = found[list(data.classes)].to_numpy(), found["label"].to_numpy()
rounded = np.argmax(np.round(probabilities), axis=1)
unsure = probabilities.max(axis=1) <= 0.5
print(f"correct: {int(found['correct'].to_numpy().sum())} of {len(found)}; rounded first:", end=" ")
print(f"{int((rounded == labels).sum())}, with {int(unsure.sum())} unsure ones as class 0")

# The class that is told worst, and what it is taken for.
test = result.finished("lab-dropout")[0].metrics["test"]
print(versus.read_confusion(test["confusion"], data.classes).sentence())

# The baseline it is held against: a support vector machine of scikit-learn, on fewer pictures.
machine = versus.build("svm", data.input_shape, len(data.classes))
few = replace(data, train=data.train.take(np.arange(min(len(data.train), 5000))))
versus.fit(machine, few, versus.Recipe(optimizer="scikit-learn"))
print("support vector machine:", versus.evaluate(machine, data)["accuracy"])
