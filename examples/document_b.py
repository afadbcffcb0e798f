"""Document B in one script: sizes of kernels, as printed and with everything else equal.

python examples/document_b.py                 # digits: a minute, no network
python examples/document_b.py --data mnist --epochs 12 --seeds 8
"""

import argparse
from pathlib import Path

import versus

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="digits")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seeds", type=int, default=2)
parser.add_argument("--out", type=Path, default=Path("versus-runs/document-b"))
options = parser.parse_args()

for name in ("kernel-sizes", "kernel-size-controlled"):
    study = versus.find_study(name).with_changes(
        data=options.data, epochs=options.epochs, seeds=options.seeds
    )
    print(f"\n{study.question}\n{study.source}")
    result = study.run(options.out / name)  # loss and accuracy are shown while it trains
    table = result.frame()
    print(table[["parameters", "accuracy_mean", "accuracy_sd", "loss_mean", "n"]])
    for verdict in result.verdicts:
        print(verdict.reason)

    # The documents' closing table names kernel, convolutions, accuracy and loss.
    data = versus.load(options.data)
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
