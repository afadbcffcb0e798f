"""A model as a drawing: every layer once, every line, what it says, and the command."""

import io
import json
import re

import pytest
from PIL import Image

from versus.backend import keras
from versus.cli.main import run_command
from versus.errors import ModelError
from versus.models.branches import two_inputs
from versus.models.build import build
from versus.models.diagram import boxes, draw_model, layer_title


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_boxes_are_the_layers_and_their_lines():
    found = boxes(build("cnn-pool", (28, 28, 1), 10))
    assert [box.title for box in found] == [
        "Input",
        "Rescaling",
        "Conv2D 16, 3x3, relu",
        "MaxPooling2D 2x2",
        "Conv2D 32, 3x3, relu",
        "MaxPooling2D 2x2",
        "Flatten",
        "Dense 10, softmax",
    ]
    assert found[2].detail == "28 x 28 x 16, 160 parameters"
    assert [box.reads for box in found[1:]] == [(box.name,) for box in found[:-1]]


def test_branches_and_skips_are_lines():
    found = {box.name: box for box in boxes(build("inception-small", (28, 28, 1), 10))}
    assert len(found["first_inception"].reads) == 4
    added = [b for b in boxes(build("resnet-v1-8", (28, 28, 1), 5)) if b.title == "Add"]
    assert [len(box.reads) for box in added] == [2, 2, 2]


def test_a_model_in_a_model_is_one_box_or_all_of_its_own():
    model = two_inputs((28, 28, 1), 10)
    assert [b.title for b in boxes(model)].count("branch") == 2
    opened = boxes(model, expand=True)
    assert "branch" not in [box.title for box in opened]
    assert len({box.name for box in opened}) == len(opened)
    assert [box.title for box in opened].count("Conv2D 16, 3x3, relu") == 2
    known = set()
    for box in opened:
        assert set(box.reads) <= known
        known.add(box.name)


def test_frozen_layers_are_named():
    model = build("cnn-pool", (8, 8, 1), 3)
    model.layers[2].trainable = False
    assert [box.frozen for box in boxes(model)] == [False, False, True, *[False] * 5]
    assert "8 x 8 x 16, 160 parameters, frozen" in texts(draw_model(model))


def test_the_figure_says_every_box_and_its_name():
    model = build("unet-small", (28, 28, 1), 10)
    shown = texts(draw_model(model))
    assert "unet-small" in shown
    assert sum(text.startswith("Conv2D") for text in shown) == 5


def test_a_model_without_a_graph_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ModelError, match="has no graph to draw"):
        draw_model(Own(name="own"))


@pytest.mark.parametrize(("name", "starts"), [("g.svg", b"<?xml"), ("g.png", b"\x89PNG")])
def test_the_command_draws_into_a_file(name, starts, tmp_path, capsys):
    path = tmp_path / name
    assert run_command(["model", "show", "cnn-stride", "--graph", str(path)]) == 0
    assert "Total parameters" in capsys.readouterr().out
    assert path.read_bytes().startswith(starts)
    if name.endswith("png"):
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            assert picture.height > picture.width


def test_a_net_that_no_study_can_train_is_shown_and_drawn(tmp_path, capsys):
    drawn = [f"--{what}={tmp_path}/{what}.png" for what in ("graph", "windows")]
    assert run_command(["model", "show", "versus:two_inputs", *drawn]) == 0
    out = capsys.readouterr().out
    assert "left (InputLayer)" in out
    assert re.search(r"Total parameters: +27,393\n", out)
    assert re.search(r"Forward multiply-adds: +278,048  \(inputs 28x28x1, 28x28x1\)\n", out)
    assert "No study can train it as it is: it takes 2 inputs" in out
    assert all((tmp_path / f"{what}.png").stat().st_size for what in ("graph", "windows"))
    for words in ([], ["--engine"]):
        assert run_command(["model", "show", "versus:two_outputs", "--json", *words]) == 0
        told = json.loads(capsys.readouterr().out)
        reason = "gives output of shape [(None, 10), (None, 28, 28, 1)]"
        assert reason in told["no_study"] if not words else told["trained_by"] == "keras"


def test_another_ending_is_refused(tmp_path, capsys):
    path = tmp_path / "g.pdf.exe"
    assert run_command(["model", "show", "fc", "--graph", str(path)]) == 2
    assert "expected a file ending in .svg or .png" in capsys.readouterr().err
    assert not path.exists()


def test_random_weights_are_an_option_and_end_with_the_command(monkeypatch, capsys):
    monkeypatch.delenv("VERSUS_WEIGHTS", raising=False)
    assert run_command(["model", "show", "vgg16-frozen", "--weights", "random"]) == 0
    assert "14,782,154" in capsys.readouterr().out
    import os

    assert not os.environ.get("VERSUS_WEIGHTS")


def test_weights_that_two_calls_share_are_said_to_be_shared():
    opened = boxes(two_inputs((28, 28, 1), 10), expand=True)
    details = [box.detail for box in opened if box.title == "Conv2D 16, 3x3, relu"]
    assert details == ["28 x 28 x 16, 160 shared parameters"] * 2
    closed = [b.detail for b in boxes(two_inputs((28, 28, 1), 10)) if b.title == "branch"]
    assert [detail.endswith(" shared parameters") for detail in closed] == [True, True]
    alone = [box.detail for box in opened if box.title.startswith("Dense")]
    assert [("shared" in detail) for detail in alone] == [True, True, False, False]


@pytest.mark.parametrize(
    ("layer", "title"),
    [
        (keras.layers.MaxPooling2D(3, strides=1), "MaxPooling2D 3x3, strides 1"),
        (keras.layers.MaxPooling2D(3), "MaxPooling2D 3x3"),
        (keras.layers.AveragePooling2D(1, strides=2), "AveragePooling2D 1x1, strides 2"),
        (keras.layers.Conv2D(4, 2, strides=2), "Conv2D 4, 2x2, strides 2"),
        (keras.layers.Conv2D(4, 3, strides=(2, 1)), "Conv2D 4, 3x3, strides 2x1"),
        (keras.layers.Conv2D(4, 3), "Conv2D 4, 3x3"),
    ],
)
def test_a_stride_is_said_where_it_is_not_the_usual_one(layer, title):
    assert layer_title(layer) == title


def test_a_name_is_no_model():
    with pytest.raises(ModelError, match=r"got 'fc': build it first, as versus.build\('fc'"):
        draw_model("fc")  # pyright: ignore
