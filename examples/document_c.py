"""Document C in one script: filters, dropout, pooling, and moving a trained net to other data.

python examples/document_c.py                 # digits: a minute, no network
python examples/document_c.py --data mnist --epochs 10 --seeds 9
"""

import argparse
from pathlib import Path

import versus

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seeds", type=int, default=2)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-c"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)

# How many pictures of each class, and ten of them at random, the label over each.
data = versus.load(options.data)
print(data.frame())
data.plot(rows=2, columns=5, seed=0).savefig(options.out / "samples.png")

# The grid of filters, dropout or not, flattening or averaging over space, and pictures shifted and
# turned anew in each epoch. Augmentation is layers of the model that act while it trains only.
for name in ("filter-grid", "dropout-or-not", "flatten-or-pool", "augmentation-or-not"):
    study = versus.find_study(name).with_changes(
        data=options.data, epochs=options.epochs, seeds=options.seeds
    )
    result = study.run(options.out / name)
    print(f"\n{study.question}")
    print(result.frame()[["parameters", "accuracy_mean", "accuracy_sd", "n"]])

# A learning rate that falls along a cosine, and training that ends once validation stalls.
steps = options.epochs * -(-int(len(data.train) * 0.8) // 128)  # of a batch each, as Keras counts
falling = versus.Recipe(
    learning_rate=versus.Schedule(
        name="CosineDecay", options={"initial_learning_rate": 3e-3, "decay_steps": steps}
    ),
    epochs=options.epochs,
    early_stopping=versus.EarlyStopping(patience=5, restore_best_weights=True),
)
model = versus.build("dropout", data.input_shape, len(data.classes), seed=0)
history = versus.fit(model, data, falling, verbose=0)
print(f"\n{falling.describe()}: {len(history)} epochs")
figure = history.plot()
for axes, top in zip(figure.axes, (2.5, 1), strict=True):
    axes.set_ylim(0, top)  # fixed, so that curves of several nets can be laid side by side
figure.savefig(options.out / "curves.png")

# Its confusion matrix: rows are true classes, columns what was answered.
matrix = versus.confusion_table(versus.predict(model, data))
print(matrix)
print(versus.read_confusion(matrix, data.classes).sentence())
versus.draw_confusion(matrix).savefig(options.out / "confusion.png")

# Transfer: a net trained above is the base, and only a new head is trained. `base` may as well be
# "vgg16" or any other network of keras.applications, which brings the weights of ImageNet.
base = options.out / "flatten-or-pool" / "cnn-pool-gap" / "0" / "model.keras"
recipe = versus.Recipe(epochs=options.epochs)
moved = versus.Study(
    name="moved",
    question="Is a trained base better than starting anew?",
    data=data,
    variants=[
        versus.Variant("scratch", "cnn-pool-gap", recipe),
        versus.Variant("frozen", versus.transfer(base), recipe),
        versus.Variant("finetuned", versus.transfer(base, freeze=False), recipe),
    ],
    seeds=options.seeds,
)
result = moved.run(options.out / "moved")
print(f"\n{moved.question} (here the base has seen these very pictures: a demonstration)")
print(result.frame()[["parameters", "trainable", "accuracy_mean", "accuracy_sd", "n"]])

# Counts and layers of document C's VGG16 need no trained weights: see `versus model show
# vgg16-frozen --weights random`. A cut model gives what an inner layer sees.
model = versus.build("cnn-pool-gap", data.input_shape, len(data.classes))
features = versus.cut(model, "global_average_pooling2d")
print(f"\n{features.name} gives {features.output_shape[1]} numbers a picture")
versus.draw_model(model).savefig(options.out / "model.svg")
