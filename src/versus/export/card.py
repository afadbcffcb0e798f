"""The model card: what a bundle is, for people and, in its front matter, for Hugging Face."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from versus.bundles.manifest import KERAS_MODEL, LABELS, MODEL, Manifest
from versus.bundles.wording import steps
from versus.export.compared import FEWEST

_METRICS = ("accuracy", "nll", "brier", "ece")

_PAGE = """\
---
library_name: onnx
pipeline_tag: image-classification
tags: [versus, onnx, keras, image-classification]
datasets: [{data}]
metrics: [accuracy]
model-index:
- name: {name}
  results:
  - task: {{type: image-classification}}
    dataset: {{name: {data}, type: {data}, split: {split}}}
    metrics:
{results}
---

# {title}

{classes} classes, from pictures of {size}: {labels}.

Chosen because: {chosen}.

| | {splits} |
|---|{rule}|
{table}

{caveats}Trained on {source}, `{fingerprint}`; MODEL `{model}`, study `{study}`, seed {seed}, {started}.

## Use

```
versus predict BUNDLE picture.png
versus serve BUNDLE
```

or `{onnx}` by itself, in anything that runs ONNX: input `images`, uint8 `[batch, {shape}]`, raw values of 0 to 255 (scaling is inside); output `probabilities`, float32 `[batch, {classes}]`, in the order of `{label_file}`. The folder is one that NVIDIA Triton serves as it is. `{keras}` is the Keras model, to train on.

A picture becomes such an input by these steps: {preparation}.

## Proof

The ONNX model was run on {pictures:,} pictures ({compared}) in batches of {batches}: every probability is within {tolerance:.2g} of {told} (the furthest {largest:.1e}), and the same class comes first{ties}.

## Limits

It knows only these classes, and says one of them of any picture. The numbers above are of the data set named; of other pictures they promise nothing.
"""


def card(manifest: Manifest, caveats: Sequence[str]) -> str:
    """Return the README of a bundle.

    Args:
        manifest: of the bundle.
        caveats: what stands beside the study's numbers.
    """
    origin, parity = manifest.origin, manifest.parity
    splits = [name for name in ("validation", "test") if name in manifest.metrics]
    judged = splits[-1]
    height, width, channels = manifest.preparation.shape
    measured_now = parity.pictures - parity.recorded
    return _PAGE.format(
        data=_text(origin.data),
        name=_text(manifest.name),
        title=_line(manifest.name),
        split=judged,
        results=_results(manifest.metrics[judged]),
        classes=len(manifest.classes),
        size=f"{height}x{width}, {'grey' if channels == 1 else 'RGB'}",
        labels=_shortened([_line(name) for name in manifest.classes]),
        chosen=_line(origin.chosen),
        splits=" | ".join(splits),
        rule="---|" * (len(splits) - 1) + "---",
        table=_table(manifest.metrics, splits),
        caveats="".join(f"{_line(each)}\n\n" for each in caveats),
        source=_line(origin.data_source or origin.data),
        fingerprint=origin.data_fingerprint[:19],
        model=_line(origin.model),
        study=_line(origin.study),
        seed=origin.seed,
        started=origin.started,
        onnx=MODEL,
        shape=f"{height}, {width}, {channels}",
        label_file=LABELS,
        keras=KERAS_MODEL,
        preparation=steps(manifest.preparation),
        pictures=parity.pictures,
        compared=", ".join(f"{count:,} {split}" for split, count in parity.splits.items())
        + ("; there are no more" if parity.pictures < FEWEST else ""),
        batches=", ".join(map(str, parity.batch_sizes)),
        tolerance=parity.tolerance,
        told="what the run recorded"
        + (f" (of {measured_now:,}: what the Keras model gives)" if measured_now else ""),
        largest=parity.largest_difference,
        ties=f" (but for {parity.near_ties} ties)" if parity.near_ties else "",
    )


def _results(metrics: Mapping[str, Any]) -> str:
    rows = [(key, metrics[key]) for key in _METRICS if metrics.get(key) is not None]
    return "\n".join(f"    - {{type: {key}, value: {value:.6g}}}" for key, value in rows)


def _table(metrics: Mapping[str, Mapping[str, Any]], splits: Sequence[str]) -> str:
    keys = ("n", *(key for key in _METRICS if metrics[splits[-1]].get(key) is not None))
    return "\n".join(
        f"| {key} | " + " | ".join(_number(metrics[split].get(key)) for split in splits) + " |"
        for key in keys
    )


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _shortened(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 30 else f"{', '.join(names[:30])} ..."


def _line(text: str) -> str:
    """Return text that cannot end its line, nor be taken for Markdown's own signs or HTML."""
    line = " ".join(text.split())
    for sign in "\\`*_[]|#":
        line = line.replace(sign, f"\\{sign}")
    return line.replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str) -> str:
    """Return a YAML string: one of JSON is one."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
