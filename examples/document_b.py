"""Document B in one script: sizes of kernels, as printed and with everything else equal.

python examples/document_b.py                 # digits: a minute, no network
python examples/document_b.py --data mnist --epochs 12 --seeds 8
"""

import argparse
from pathlib import Path

import versus

# isort: split
import keras  # after versus, which chooses the backend

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seeds", type=int, default=2)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-b"))
options = parser.parse_args()
options.out.mkdir(parents=True, exist_ok=True)
data = versus.load(options.data)


# Curves while one net trains: a callback gets each epoch's numbers as soon as they are there, and
# draws the picture anew. Open live.png in a viewer that follows it.
class LiveCurves(keras.callbacks.Callback):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.seen = path, versus.History({})

    def on_epoch_end(self, epoch, logs=None):
        self.seen.epoch.append(epoch)
        for key, value in (logs or {}).items():
            self.seen.history.setdefault(key, []).append(float(value))
        self.seen.plot().savefig(self.path)
        print(f"epoch {epoch + 1}: validation loss {self.seen.history['val_loss'][-1]:.4f}")


net = versus.build("kernel-3x3", data.input_shape, len(data.classes), seed=0)
live = LiveCurves(options.out / "live.png")
recipe = versus.Recipe(optimizer="adadelta", learning_rate=1.0, epochs=options.epochs)
versus.fit(net, data, recipe, callbacks=[live], verbose=0)

for name in ("kernel-sizes", "kernel-size-controlled"):
    study = versus.find_study(name).with_changes(
        data=options.data, epochs=options.epochs, seeds=options.seeds
    )
    print(f"\n{study.question}\n{study.source}")
    # While it runs, a terminal shows loss and accuracy of every run as small curves, drawn live;
    # `versus status DIR` shows them from another terminal.
    result = study.run(options.out / name)
    table = result.frame()
    print(table[["parameters", "accuracy_mean", "accuracy_sd", "loss_mean", "n"]])
    for verdict in result.verdicts:
        print(verdict.reason)

    # The documents' closing table names kernel, convolutions, accuracy and loss.
    for variant in study.variants:
        model = versus.build(variant.name, data.input_shape, len(data.classes))
        kernels = [layer.kernel_size for layer in model.layers if hasattr(layer, "kernel_size")]
        row = table.loc[variant.name]
        print(
            f"{variant.name}: {kernels[0][0]}x{kernels[0][1]}, {len(kernels)} convolutions, "
            f"accuracy {row.accuracy_mean:.4f}, loss {row.loss_mean:.4f}"
        )

    # Training and validation loss against the epoch, every seed and their mean.
    result.plot().savefig(options.out / name / "curves.png")
