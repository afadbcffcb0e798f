"""Document E in one script: overfitting, dropout, saving, going on, and reading the errors.

python examples/document_e.py                 # digits: a minute, no network
python examples/document_e.py --data fashion-mnist --epochs 20 --seeds 6
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import versus

# isort: split
import keras  # after versus, which chooses the backend

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seeds", type=int, default=1)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-e"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

# The first picture of each split, shapes, classes, and a one-hot label.
data = versus.load(options.data)
for split in ("train", "test"):
    images, labels = getattr(data, split).images, getattr(data, split).labels
    print(f"{split}: {images.shape} {images.dtype}, first picture is {data.classes[labels[0]]}")
    data.plot(split, columns=1, rows=1).savefig(options.out / f"first-{split}.png")
print("classes:", ", ".join(data.classes))
print("one-hot:", np.eye(len(data.classes), dtype=int)[data.train.labels[0]])

# Overfitting, and what dropout does about it.
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
print("Report:", versus.write_report(result))

# A run keeps its model, which is loaded here and trained on. Keras's own callback saves the weights
# of each epoch; model.save keeps the model whole.
path = options.out / "overfitting/lab-dropout/0/model.keras"
model = versus.build(str(path), data.input_shape, len(data.classes))
saved_each_epoch = keras.callbacks.ModelCheckpoint(
    options.out / "epoch-{epoch:02d}.weights.h5", save_weights_only=True
)
recipe = versus.Recipe(epochs=2, batch_size=64)
accuracies = [versus.evaluate(model, data)["accuracy"]]
versus.fit(model, data, recipe, callbacks=[saved_each_epoch], verbose=0)
accuracies.append(versus.evaluate(model, data)["accuracy"])
model.save(options.out / "further.keras")
model.load_weights(options.out / "epoch-01.weights.h5")
accuracies.append(versus.evaluate(model, data)["accuracy"])
print("as saved, two epochs further, and back after the first of them:", np.round(accuracies, 4))

# `checkpoint` keeps the whole state of a training, the optimizer's too: stopped by Ctrl-C, the same
# call goes on where it was and ends with the same bits; once ended, it gives the same back at once.
for attempt in ("trained", "found again"):
    model = versus.build("lab", data.input_shape, len(data.classes), seed=1)
    history = versus.fit(
        model, data, versus.Recipe(epochs=1), verbose=0, checkpoint=options.out / "stopped"
    )
    print(f"{attempt}: loss {history.history['loss'][-1]:.6f}")

# Labels are the argmax of the probabilities, and this is the number correct. Rounded first, as the
# document has it, every picture of which the net is at most half sure would count as class 0.
model = versus.build(str(options.out / "further.keras"), data.input_shape, len(data.classes))
found = versus.predict(model, data)
right, label = found["correct"].to_numpy(), found["label"].to_numpy()
unsure = found[list(data.classes)].to_numpy().max(axis=1) <= 0.5
rounded = np.where(unsure, label == 0, right)
print(f"correct: {right.sum()} of {len(found)}; rounded first: {rounded.sum()}, ", end="")
print(f"with {unsure.sum()} unsure ones as class 0")

# Nine pictures that are classified rightly, and nine that are not.
for name, told in (("right", True), ("wrong", False)):
    versus.draw_pictures(found, data, right=told).savefig(options.out / f"{name}.png")

# Each class, and the worst of them in words; here of a run, as it was recorded.
recorded = versus.run_predictions(result, "lab-dropout", seed=0)
matrix = versus.confusion_table(recorded)
print(versus.class_report(matrix).round(3))
print(versus.read_confusion(matrix, data.classes).sentence())

# Resizing: of the whole set as it is loaded, or by a layer, which goes where the model goes.
small = versus.load(options.data, size=14)
model = versus.build("cnn-pool", small.input_shape, len(small.classes), seed=0)
versus.fit(model, small, recipe, verbose=0)
print("at 14x14:", versus.evaluate(model, small)["accuracy"])
print("by a layer:", keras.layers.Resizing(14, 14)(data.test.images[:1]).shape)

# The baseline it is held against: a support vector machine of scikit-learn, on fewer pictures. On
# all of them, with the published number beside it: `versus reproduce svm-baseline`.
machine = versus.build("svm", data.input_shape, len(data.classes))
few = replace(data, train=data.train.take(np.arange(min(len(data.train), 5000))))
versus.fit(machine, few, versus.Recipe(optimizer="scikit-learn"))
print("support vector machine:", versus.evaluate(machine, data)["accuracy"])
