"""Document D in one script: CNN against ResNet, and ResNets that do have residual blocks.

python examples/document_d.py                 # digits: a minute, no network
python examples/document_d.py --data fashion-mnist-tops --epochs 25 --seeds 6

The document's own file becomes a data set, whose classes are named "1" to "5", by

versus data import FILE.npy --out five --allow-pickle
python examples/document_d.py --data five --epochs 25 --seeds 6
"""

import argparse
from pathlib import Path

import versus

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--seeds", type=int, default=1)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-d"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

data = versus.load(options.data)
print(data)
data.plot().savefig(options.out / "montage.png")

for name, variants in (
    ("cnn-vs-resnet", None),
    ("resnet-depth", ["fashion5-cnn-adam", "resnet-v1-8"]),
):
    study = versus.find_study(name).with_changes(
        data=options.data, epochs=options.epochs, seeds=options.seeds, variants=variants
    )
    result = study.run(options.out / name)
    print(f"\n{study.question}")
    print(result.frame()[["parameters", "trainable", "accuracy_mean", "n"]])

# Each net as a drawing: depth 2 holds no residual block, depth 8 three of them.
for name in ("fashion5-cnn", "fashion5-resnet-2", "resnet-v1-8"):
    model = versus.build(name, data.input_shape, len(data.classes))
    joins = sum(type(layer).__name__ == "Add" for layer in model.layers)
    print(f"{name}: {len(model.layers)} layers, {joins} residual blocks")
    versus.draw_model(model).savefig(options.out / f"{name}.svg")

# Predictions back as labels. Models count classes from 0 and the document's file from 1, so it adds
# 1 by hand; the names of the classes are the labels, whatever they are counted from.
model = versus.build("fashion5-cnn", data.input_shape, len(data.classes), seed=0)
stop = versus.EarlyStopping(monitor="val_loss", patience=10)
recipe = versus.Recipe(
    optimizer="sgd", learning_rate=0.01, epochs=options.epochs, early_stopping=stop
)
versus.fit(model, data, recipe, verbose=0)
found = versus.predict(model, data)
print("predicted labels:", [data.classes[number] for number in found["predicted"][:10]])
print("correct:", int(found["correct"].to_numpy().sum()), "of", len(found))
