"""Studies as they stand, made by hand."""

from versus.evaluation.comparison import compare_pairs
from versus.studies.watching.status import Outcome, RunStatus, Saved, StudyStatus, Worker, state_of
from versus.training.beat import Beat

FAULT = (
    "the training loss became nan in epoch 3, step 120: try a smaller learning rate, and look at "
    "the scale of the input"
)


def beat(**values) -> Beat:
    usual = {
        "epochs": 20,
        "steps": 375,
        "pictures": 12800,
        "loss": 0.1234,
        "accuracy": 0.9612,
        "val_loss": 0.2,
        "val_accuracy": 0.9544,
        "pictures_per_second": 52341.7,
        "seconds": 100.0,
        "seconds_left": 80.0,
    }
    return Beat(**{**usual, **values})


def waiting(variant, seed, **values) -> RunStatus:
    return RunStatus(variant=variant, seed=seed, **values)


def running(variant, seed, silent=0.5, alive=True, **values) -> RunStatus:
    worker = Worker(pid=4200 + seed, host="lab", alive=alive, silent_seconds=silent)
    return waiting(variant, seed, state="running", progress=beat(**values), worker=worker)


def stopped(variant, seed) -> RunStatus:
    worker = Worker(pid=99, host="lab", alive=False, silent_seconds=900.0)
    saved = Saved(epoch=2, step=120)
    return waiting(variant, seed, state="stopped", progress=beat(epoch=2, step=300), worker=worker,
                   checkpoint=saved)  # fmt: skip


def finished(variant, seed, accuracy=0.9, seconds=62.3) -> RunStatus:
    outcome = Outcome(split="test", accuracy=accuracy, loss=0.25, epochs=20, seconds=seconds)
    return waiting(variant, seed, state="finished", outcome=outcome)


def failed(variant, seed) -> RunStatus:
    return waiting(variant, seed, state="failed", reason=FAULT)


def status(runs, **values) -> StudyStatus:
    """A study of these runs, with the verdicts of those that are finished."""
    variants = tuple(dict.fromkeys(run.variant for run in runs))
    seeds = tuple(sorted({run.seed for run in runs}))
    by_run = {(run.variant, run.seed): run.outcome for run in runs}
    accuracies = {
        name: [(found := by_run.get((name, seed))) and found.accuracy for seed in seeds]
        for name in variants
    }
    several = len(variants) > 1
    verdicts = compare_pairs(accuracies, seeds, endpoint="accuracy") if several else []
    state = state_of(runs)
    usual = {
        "folder": "versus-runs/fc-vs-cnn",
        "name": "fc-vs-cnn",
        "question": "Which is better?",
        "data": "mnist",
        "command": "versus run fc-vs-cnn --seeds 8",
        "variants": variants,
        "seeds": seeds,
        "state": state,
        "runs": tuple(runs),
        "verdicts": tuple(verdicts),
        "final": state == "finished",
    }
    return StudyStatus(**{**usual, **values})


def _midway() -> list[RunStatus]:
    runs = []
    for seed in range(8):
        for number, variant in enumerate(("fc", "cnn-stride")):
            accuracy = 0.9 + 0.02 * number + 0.001 * ((seed * 7) % 5)
            runs.append(finished(variant, seed, accuracy))
    runs[4] = failed("fc", 2)
    runs[12] = running("fc", 6, epoch=6, step=100)
    runs[13] = running("cnn-stride", 6, silent=75.0, epoch=11, step=20, pictures_per_second=1034.2)
    runs[14] = running("fc", 7, stage="preparing", epochs=20)
    runs[15] = stopped("cnn-stride", 7)
    return runs


def _many() -> list[RunStatus]:
    names = [f"kernel-{size}x{size}-with-a-long-name" for size in (3, 5, 7)] + ["fc"]
    runs = [
        finished(name, seed, 0.9 + 0.01 * number + 0.001 * ((seed * 7) % 5))
        for seed in range(9)
        for number, name in enumerate(names)
    ]
    return runs + [running(name, seed, epoch=seed) for seed in range(9, 13) for name in names]


def _early() -> list[RunStatus]:
    runs = [waiting(name, seed) for seed in range(3) for name in ("fc", "cnn-stride")]
    runs[0] = running("fc", 0, epoch=0, step=30, val_loss=None, val_accuracy=None)
    return runs


STANDS = {
    "planned": status([waiting(name, seed) for seed in range(2) for name in ("a", "b")]),
    "early": status(_early(), seconds_left=3000.0),
    "midway": status(_midway(), seconds_left=380.0),
    "many": status(_many(), seconds_left=100000.0),
    "over": status(
        [finished(name, seed, 0.9 + 0.02 * number + 0.001 * seed)
         for seed in range(6) for number, name in enumerate(("fc", "cnn-stride"))],
        report="versus-runs/fc-vs-cnn/report.html",
    ),
}  # fmt: skip
