"""`versus model`: which models there are, and what one costs."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from versus.cli import screen
from versus.cli.drawing import check_drawing, keep_drawing
from versus.cli.options import JsonOption, ModelArgument, WeightsOption
from versus.errors import ConfigurationError

app = typer.Typer(help="List and show models.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_models(json: JsonOption = False) -> None:
    """List the built-in models."""
    from versus.models.zoo import ZOO  # a table, no Keras

    if json:
        # What scikit-learn learns has its parameters when it has learned.
        counts = ("parameters", "trainable")
        screen.print_json(
            [{k: v or None if k in counts else v for k, v in vars(m).items()} for m in ZOO.values()]
        )
        return
    screen.print_table(
        ("model", "parameters", "document", "what it is"),
        [
            (m.name, f"{m.parameters:,}" if m.parameters else "-", m.document, m.about)
            for m in ZOO.values()
        ],
    )
    sys.stdout.write(
        "A MODEL may also be file.py:function, package.module:function or a .keras file.\n"
        "Two inputs, or two outputs, for Keras's own fit and no study: versus:two_inputs and "
        "versus:two_outputs;\nexamples/functional_api.py trains both.\n"
    )


@app.command("show")
def show(
    model: ModelArgument,
    shape: Annotated[
        str, typer.Option("--shape", metavar="HxWxC", help="Shape of one picture.")
    ] = "28x28x1",
    classes: Annotated[int, typer.Option("--classes", metavar="N", help="Classes.")] = 10,
    engine: Annotated[
        bool, typer.Option("--engine", help="Layer by layer: native in the engine, or Keras's.")
    ] = False,
    graph: Annotated[
        Path | None,
        typer.Option("--graph", metavar="FILE", help="Draw the layers into an .svg or .png file."),
    ] = None,
    expand: Annotated[
        bool, typer.Option("--expand", help="Draw the layers of models within the model.")
    ] = False,
    windows: Annotated[
        Path | None,
        typer.Option(
            "--windows",
            metavar="FILE",
            help="Draw what padding and stride do, layer by layer, into an .svg or .png file.",
        ),
    ] = None,
    weights: WeightsOption = None,
    json: JsonOption = False,
) -> None:
    """Show a model's layers, its parameters and the multiply-adds of one forward pass."""
    del weights  # its option has seen to it
    input_shape = parse_shape(shape)
    # Keras takes seconds to import.
    from versus.models.build import build_any, misfit
    from versus.models.builder import find_builder
    from versus.models.cost import cost
    from versus.models.estimator import Estimator

    with screen.user_code():
        builder = find_builder(model)
        built = build_any(builder, input_shape, classes)
    asked = {"--graph": graph, "--windows": windows}
    if isinstance(built, Estimator):
        drawings = [option for option, path in asked.items() if path is not None]
        _show_estimator(built, refused=[*["--engine"][:engine], *drawings], json=json)
        return
    drawn = _draw(built, asked, expand=expand)
    why_not = misfit(built, input_shape, classes)
    if engine:
        _show_engine(built, drawn, why_not, json=json)
        return
    told = {"model": builder.reference, **cost(built).to_dict(), "no_study": why_not}
    _show_layers(built, told, drawn, json=json)


def _show_layers(model: Any, told: dict[str, Any], drawn: dict[str, str], *, json: bool) -> None:
    """Print the layers of `model` and what it costs."""
    if json:
        layers: list[dict[str, Any]] = [
            {"name": layer.name, "type": type(layer).__name__, "parameters": layer.count_params()}
            for layer in model.layers
        ]
        screen.print_json({**told, "layers": layers, **drawn})
        return
    model.summary(print_fn=lambda text, **_: sys.stdout.write(f"{text}\n"))
    sys.stdout.write(
        f"Total parameters:      {told['parameters']:>12,}\n"
        f"Trainable parameters:  {told['trainable']:>12,}\n"
        f"Forward multiply-adds: {told['multiply_adds']:>12,}  ({_read(model)})\n"
    )
    if told["no_study"]:
        sys.stdout.write(f"No study can train it as it is: it {told['no_study']}.\n")
    _say(drawn)


def _read(model: Any) -> str:
    """Return what one forward pass reads: "one picture of 28x28x1"."""
    shapes = ["x".join(str(size or 1) for size in each.shape[1:]) for each in model.inputs]
    return f"one picture of {shapes[0]}" if len(shapes) == 1 else f"inputs {', '.join(shapes)}"


def _show_estimator(model: Any, refused: list[str], *, json: bool) -> None:
    """Print what is known of a model before scikit-learn has learned it.

    Raises:
        ConfigurationError: layers are asked for, of which there are none yet.
    """
    if refused:
        raise ConfigurationError(
            f"{refused[0]}: model '{model.name}' is learned by scikit-learn and has no layers "
            "before it has learned: show the model.keras of a run instead"
        )
    if json:
        screen.print_json({"model": model.name, "learned_by": model.about})
        return
    classes = model.output_shape[1]
    sys.stdout.write(
        f"{model.name}: {model.about}\n"
        f"Learns in one go from pictures of {'x'.join(map(str, model.input_shape[1:]))}, "
        f"{classes} classes.\n"
        "Its parameters and layers are known when it has learned; what a run keeps of it is a "
        "Keras model.\n"
    )


def _draw(model: Any, asked: dict[str, Path | None], *, expand: bool) -> dict[str, str]:
    """Make the drawings that are asked for by their options; return their paths."""
    asked_for = {option: path for option, path in asked.items() if path is not None}
    for option, path in asked_for.items():
        check_drawing(path, option)
    figures = {option: _figure(model, option, expand=expand) for option in asked_for}
    for option, path in asked_for.items():
        keep_drawing(figures[option], path, option)
    return {option.removeprefix("--"): str(path) for option, path in asked_for.items()}


def _figure(model: Any, option: str, *, expand: bool) -> Any:
    """Return the drawing of an option; matplotlib is slow to import."""
    if option == "--graph":
        from versus.models.diagram import draw_model

        return draw_model(model, expand=expand)
    from versus.models.windowed import draw_windows

    return draw_windows(model)


def _say(drawn: dict[str, str]) -> None:
    for what, path in drawn.items():
        sys.stdout.write(f"\n{what.capitalize()}: {path}\n")


def _show_engine(model: Any, drawn: dict[str, str], why_not: str, *, json: bool) -> None:
    """Print how the engine runs each layer of `model`, and why."""
    from versus.training.lowering.explanation import explain  # brings torch

    reason, rows = explain(model)
    if why_not:
        reason = f"no study can train it as it is, it {why_not}"
    if json:
        screen.print_json({"trained_by": "keras" if reason else "versus", "layers": rows, **drawn})
        return
    screen.print_table(
        ("layer", "type", "runs as"),
        [(row["name"], row["type"], row["runs_as"]) for row in rows],
    )
    sys.stdout.write(
        f"Trained by Keras's own fit: {reason}.\n" if reason else "Trained by versus's engine.\n"
    )
    _say(drawn)


def parse_shape(text: str) -> tuple[int, int, int]:
    """Return (height, width, channels) from "28x28x1"; one channel where none is named.

    Raises:
        ConfigurationError: the text is no such shape.
    """
    found = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)(?:x([1-9]\d*))?", text)
    if not found:
        raise ConfigurationError(
            f"--shape: expected HEIGHTxWIDTHxCHANNELS, as 28x28x1; got {text!r}"
        )
    height, width, channels = found.groups(default="1")
    return int(height), int(width), int(channels)
