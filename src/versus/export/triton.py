"""The files by which NVIDIA Triton serves a bundle's folder unchanged."""

from collections.abc import Sequence

from versus.bundles.manifest import INPUT, LABELS, OUTPUT
from versus.data.preparation import Preparation

# No name: Triton then takes the folder's, so that a bundle may be renamed.
_CONFIG = """\
platform: "onnxruntime_onnx"
max_batch_size: 256
input [
  {{
    name: "{input}"
    data_type: TYPE_UINT8
    dims: [ {height}, {width}, {channels} ]
  }}
]
output [
  {{
    name: "{output}"
    data_type: TYPE_FP32
    dims: [ {classes} ]
    label_filename: "{labels}"
  }}
]
dynamic_batching {{ }}
"""


def triton_config(preparation: Preparation, classes: int) -> str:
    """Return `config.pbtxt`: a protobuf text of `inference.ModelConfig`."""
    height, width, channels = preparation.shape
    return _CONFIG.format(
        input=INPUT,
        output=OUTPUT,
        labels=LABELS,
        height=height,
        width=width,
        channels=channels,
        classes=classes,
    )


def label_lines(classes: Sequence[str]) -> str:
    """Return `labels.txt`: one class name a line, whatever line ends a name holds."""
    return "".join(" ".join(name.split()) + "\n" for name in classes)
