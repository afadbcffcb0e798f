"""The thresholds of rules, and what must never be found: properties of clean subjects."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_examples import predicted, record, recorded

import versus
from versus.backend import keras
from versus.data.dataset import Dataset
from versus.evaluation.comparison import compare_pairs
from versus.lint.check import check, check_subject
from versus.lint.collect.model import built_graph, model_graph
from versus.lint.collect.script import collect_script
from versus.lint.graph import Graph, Layer, graph_from_config
from versus.lint.rules.aspects import differing
from versus.lint.rules.factors import difference
from versus.lint.script.choices import is_test_name
from versus.lint.subject import Candidate, Design, Loss, Run, Subject
from versus.models.build import build
from versus.models.zoo import ZOO
from versus.studies.protocol import Protocol


def codes(**parts) -> tuple[str, ...]:
    return check_subject(Subject("made", **parts)).codes


def chain(*layers: Layer) -> Graph:
    """Layers one after the other."""
    fed = [()] + [(layer.name,) for layer in layers]
    joined = [
        Layer(layer.name, layer.kind, layer.config, inputs)
        for layer, inputs in zip(layers, fed, strict=False)
    ]
    return Graph("net", tuple(joined))


def net(*layers: Layer, loss: Loss | None = None) -> tuple[Candidate, ...]:
    head = Layer("head", "Dense", {"units": 10, "activation": "softmax"})
    scale = Layer("scale", "Rescaling", {"scale": 1 / 255, "offset": 0.0})
    return (Candidate("net", graph=chain(scale, *layers, head), loss=loss),)


@settings(deadline=None)
@given(rate=st.floats(-3, 30, allow_nan=False))
def test_every_rate_is_judged_once(rate):
    found = codes(candidates=net(Layer("drop", "Dropout", {"rate": rate})))
    if 0 <= rate <= 0.6:
        assert found == ()
    elif 0.6 < rate < 1:
        assert found == ("VS305",)
    else:
        assert found == ("VS304",)


@settings(deadline=None)
@given(
    widths=st.lists(st.integers(1, 512), min_size=0, max_size=4),
    activation=st.sampled_from(["relu", "tanh", "sigmoid", "gelu"]),
    rate=st.floats(0, 0.6),
    normalised=st.booleans(),
    loss=st.sampled_from(["categorical_crossentropy", "sparse_categorical_crossentropy"]),
)
def test_a_plain_net_has_no_fault(widths, activation, rate, normalised, loss):
    layers = []
    for n, width in enumerate(widths):
        layers.append(Layer(f"dense{n}", "Dense", {"units": width, "activation": activation}))
        if normalised:
            layers.append(Layer(f"norm{n}", "BatchNormalization", {}))
        # After the last normalisation only: before one it would be VS306.
        if n == len(widths) - 1:
            layers.append(Layer(f"drop{n}", "Dropout", {"rate": rate}))
    assert codes(candidates=net(*layers, loss=Loss(loss))) == ()


@settings(deadline=None)
@given(
    loss=st.floats(0.05, 2.0),
    noise=st.lists(st.floats(-0.004, 0.004), min_size=6, max_size=30),
)
def test_a_curve_that_is_level_at_its_end_has_no_fault(loss, noise):
    steps = np.arange(len(noise))
    train = loss * (1 + 5 * 0.4**steps)
    held_out = 1.1 * train * (1 + np.array(noise) / 4)
    right = np.minimum(0.9 + 0.0 * steps, 1)
    curves = {"loss": train.tolist(), "val_loss": held_out.tolist(), "val_accuracy": right.tolist()}
    found = set(codes(runs=(recorded(curves),)))
    assert found <= ({"VS401"} if len(noise) < 9 else set())  # a short one may still be falling


@settings(deadline=None)
@given(n=st.integers(1, 12), k=st.integers(2, 5))
def test_seeds_are_too_few_exactly_where_no_verdict_can_come(n, k):
    names = [f"v{i}" for i in range(k)]
    values = {name: [0.5 + 0.1 * i + 0.001 * s for s in range(n)] for i, name in enumerate(names)}
    verdicts = compare_pairs(values, list(range(n)), endpoint="accuracy")
    candidates = tuple(Candidate(name, name, versus.Recipe()) for name in names)
    design = Design("s", "q", tuple(range(n)), "accuracy", None, Protocol(test="sealed"))
    silent = "VS102" not in codes(design=design, candidates=candidates)
    assert silent == any(verdict.word != "can't tell" for verdict in verdicts)


def test_a_diverged_run_is_one_finding():
    run = Run(record(status="diverged", error="the training loss became nan in epoch 2: try"))
    (finding,) = check_subject(Subject("made", runs=(run,))).findings
    assert (finding.code, finding.what) == ("VS404", "the training loss became nan in epoch 2")


def test_a_grid_of_factors_is_no_fault_and_its_corners_alone_are():
    recipes = {
        (o, b): versus.Recipe(optimizer=o, batch_size=b) for o in ("sgd", "adam") for b in (32, 64)
    }
    cells = {key: Candidate(f"{key}", "fc", recipe) for key, recipe in recipes.items()}
    design = Design("s", "q", tuple(range(9)), "accuracy", None, Protocol(test="sealed"))
    assert codes(design=design, candidates=tuple(cells.values())) == ()
    corners = (cells["sgd", 32], cells["adam", 64])
    assert codes(design=design, candidates=corners) == ("VS105",)


def test_a_difference_of_a_few_pictures_is_not_one_of_new_pictures():
    """Two nets that differ in the same 3 of 400 pictures on every seed: sure, and of no weight."""
    labels = np.arange(400) % 2
    runs, values = [], {"a": [], "b": []}
    for name, wrong in (("a", 6), ("b", 3)):
        for seed in range(8):
            said = labels.copy()
            said[:wrong] = 1 - said[:wrong]
            probabilities = np.full((400, 2), 0.1)
            probabilities[np.arange(400), said] = 0.9
            run = predicted({"labels": labels, "probabilities": probabilities})
            config = run.record.config.model_copy(update={"variant": name, "seed": seed})
            record = run.record.model_copy(update={"config": config})
            runs.append(type(run)(record, {}, run.predictions))
            values[name].append(record.metrics["test"]["accuracy"])
    verdicts = tuple(compare_pairs(values, list(range(8)), endpoint="accuracy"))
    assert verdicts[0].word == "better"
    design = Design("s", "q", tuple(range(8)), "accuracy", None, Protocol())
    assert codes(design=design, runs=tuple(runs), verdicts=verdicts) == ("VS111",)


@pytest.mark.parametrize("name", ZOO)
def test_built_in_models_have_the_faults_that_are_printed_and_no_other(name):
    classes = ZOO[name].classes
    graph = built_graph(name, (28, 28, 1), classes, seed=0)
    found = codes(
        candidates=(Candidate(name, name, graph=graph, loss=Loss("categorical_crossentropy")),)
    )
    expected = {"fashion5-resnet-2": ("VS307",), "vgg16-frozen": ("VS204",)}
    sizes = ("7x7", "3x3", "2x2", "3-controlled", "5-controlled", "7-controlled")
    high_rates = dict.fromkeys((f"kernel-{size}" for size in sizes), ("VS305",))
    assert found == {**expected, **high_rates}.get(name, ())


def test_models_are_the_same_whatever_their_names():
    one, other = (model_graph(build(n, (28, 28, 1), 10)) for n in ("dropout", "filters-64-5x5"))
    assert one is not None
    assert other is not None
    assert one.signature == other.signature
    assert differing(one, other) == []
    without = model_graph(build("no-dropout", (28, 28, 1), 10))
    assert without is not None
    assert differing(one, without) == ["dropout"]


def test_two_saved_models_of_one_architecture_are_two():
    graph = chain(Layer("head", "Dense", {"units": 3}))
    a, b = (Candidate(n, f"{n}.keras", versus.Recipe(), graph) for n in "ab")
    assert difference(a, b).model == ("initial weights",)


def test_a_model_inside_a_model_is_looked_into():
    inner = {
        "class_name": "Sequential",
        "config": {
            "name": "inner",
            "layers": [
                {"class_name": "InputLayer", "config": {"name": "in"}},
                {"class_name": "Dense", "config": {"name": "d", "units": 4}},
            ],
        },
    }
    head = {"class_name": "Dense", "config": {"name": "head", "units": 2}}
    start = {"class_name": "InputLayer", "config": {"name": "start"}}
    layers = [start, inner, head]
    graph = graph_from_config({"config": {"name": "outer", "layers": layers}})
    assert graph is not None
    assert [layer.name for layer in graph.layers] == ["start", "inner/in", "inner/d", "head"]
    assert graph.by_name["inner/in"].inputs == ("start",)
    assert graph.by_name["head"].inputs == ("inner/d",)
    assert graph_from_config({"config": {}}) is None


def pretrained(*before, frozen: bool = True) -> tuple[str, ...]:
    """What is found in a net on a small stand-in for VGG16, with these layers before it."""
    base = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu")], name="vgg16"
    )
    base.trainable = not frozen
    x = pictures = keras.Input((8, 8, 3))
    for layer in before:
        x = layer(x)
    x = keras.layers.GlobalAveragePooling2D()(base(x))
    model = keras.Model(pictures, keras.layers.Dense(3, activation="softmax")(x))
    return codes(candidates=(Candidate("net", graph=model_graph(model)),))


def test_a_pretrained_base_wants_its_own_preprocessing():
    assert pretrained() == ("VS204",)
    assert pretrained(keras.layers.Rescaling(1 / 255)) == ("VS204",)
    assert pretrained(keras.applications.vgg16.preprocess_input) == ()
    # Nothing is frozen, so nothing says that its weights come from elsewhere; the bytes do matter.
    assert pretrained(frozen=False) == ("VS201",)
    assert pretrained(keras.layers.Rescaling(1 / 255), frozen=False) == ()


@pytest.mark.parametrize(("after", "found"), [(3, True), (2, False)])
def test_layers_that_would_begin_after_the_last_epoch(after, found):
    groups = (versus.LayerGroup(layers="block5", after=after),)
    candidates = (Candidate("net", recipe=versus.Recipe(epochs=3, groups=groups)),)
    design = Design("s", "q", tuple(range(8)), "accuracy", None, Protocol())
    assert ("VS403" in codes(candidates=candidates, design=design)) == found
    in_seconds = replace(design, protocol=Protocol(budget="seconds", budget_amount=5))
    assert "VS403" not in codes(candidates=candidates, design=in_seconds)


def test_validation_pictures_that_are_the_test_pictures(tiny):
    data = Dataset(tiny.name, tiny.classes, tiny.train, tiny.test, validation=tiny.test)
    study = versus.Study("Which?", data, ["fc", "cnn-stride"])
    assert "VS101" in check(study).codes


@pytest.mark.parametrize("name", ["x_test", "testX", "test_ds", "Y_test_hot", "xTest", "test2"])
def test_names_of_test_data(name):
    assert is_test_name(name)


@pytest.mark.parametrize("name", ["latest", "x_train", "contest_x", "attested", "tester"])
def test_other_names(name):
    assert not is_test_name(name)


CLEAN = """
import keras
from keras import layers

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 28, 28, 1).astype("float32") / 255
x_test = x_test.reshape(-1, 28, 28, 1).astype("float32") / 255
model = keras.Sequential()
model.add(keras.Input((28, 28, 1)))
model.add(layers.Conv2D(32, 3, activation="relu"))
model.add(layers.BatchNormalization())
model.add(layers.Dropout({rate}))
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
for seed in range(3):
    model.fit(x_train, y_train, epochs={epochs}, validation_split=0.2, callbacks=[stop])
    print(model.evaluate(x_test, y_test))
labels = model.predict(x_test).argmax(axis=1)
model.save("net.keras")
"""


@settings(deadline=None)
@given(rate=st.floats(0, 0.6), epochs=st.integers(1, 300))
def test_a_clean_script_has_no_fault(rate, epochs, tmp_path_factory):
    path = tmp_path_factory.mktemp("clean") / "clean.py"
    path.write_text(CLEAN.format(rate=rate, epochs=epochs))
    assert check(path).findings == ()


def test_any_python_can_be_read(request):
    """Of versus's own source, only what rounds on purpose, and a pickle between its processes."""
    source = request.config.rootpath / "src" / "versus"
    errors = {}
    for path in sorted(source.rglob("*.py")):
        found = check_subject(collect_script(path)).of("error")
        if found:
            errors[path.relative_to(source).as_posix()] = [finding.code for finding in found]
    assert errors == {
        "lint/rules/records.py": ["VS502"],
        "studies/processes/handover.py": ["VS506"],
    }
