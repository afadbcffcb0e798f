"""The how-to page on transfer learning is true: its commands and snippets run, in their order."""

import re
from pathlib import Path

import h5py
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from test_guides import blocks, words

import versus
from versus.cli.main import run_command
from versus.models.pretrained import find_network

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "transfer-learning.md"
BLOCKS = blocks(PAGE)
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


def test_transfer_learning(tmp_path, monkeypatch, capsys):
    assert PAGE.name == "transfer-learning.md"
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VERSUS_WEIGHTS", raising=False)
    # In the place of what Keras would fetch: a file of its form, of untrained weights.
    with h5py.File(WEIGHTS, "w") as file:
        network = find_network("MobileNetV2")(weights=None, include_top=False)
        save_weights_to_hdf5_group(file, network)
    ran = []
    for language, text in BLOCKS:
        named = re.match(r"# ([\w-]+\.py)\n", text)
        if named:
            Path(named[1]).write_text(
                text.replace("seeds=6", "seeds=1").replace("epochs=6", "epochs=3")
            )
        elif language == "python":
            exec(compile(text, PAGE.name, "exec"), {})
        else:
            for command in text.splitlines():
                ran.append(words(command))
                assert run_command(ran[-1]) == 0, f"{command}: {capsys.readouterr().err}"
    assert [words[0] for words in ran] == ["compare", "run", "model", "model", "compare"]
    result = versus.read_result("parity")
    names = ("from-scratch", "frozen", "half", "gentle")
    assert [result.finished(name)[0].engine for name in names] == ["versus"] * 4
    assert Path("half.svg").read_text().count("stroke-dasharray") > 0
