"""The whole arrow in seconds: data, models, training, evaluation, verdict, report. Run it first."""

import json

import versus


def test_from_pictures_to_verdict_and_report(tiny, tmp_path):
    recipe = versus.Recipe(learning_rate=0.01, batch_size=16, epochs=2)
    study = versus.Study(
        name="tiny",
        question="Does the arrow hold?",
        data=tiny,
        variants=[
            versus.Variant("fc", "fc", recipe),
            versus.Variant("cnn", "cnn-stride", recipe),
        ],
        seeds=2,
    )
    result = study.run(tmp_path / "tiny", progress=False)

    table = result.frame()
    assert table.index.tolist() == ["fc", "cnn"]
    assert table["n"].tolist() == [2, 2]
    assert table["accuracy_mean"].between(0, 1).all()
    (verdict,) = result.verdicts
    assert (verdict.a, verdict.b, verdict.n, verdict.word) == ("fc", "cnn", 2, "can't tell")

    run = tmp_path / "tiny" / "cnn" / "1"
    assert sorted(path.name for path in run.iterdir()) == [
        "config.json",
        "data.json",
        "environment.json",
        "history.csv",
        "log.txt",
        "metrics.json",
        "model.keras",
        "predictions.npz",
        "record.json",
    ]
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["test"]["n"] == 48
    assert metrics["validation"]["n"] == 20

    page = versus.write_report(result)
    assert page == tmp_path / "tiny" / "report.html"
    assert "Does the arrow hold?" in page.read_text()
