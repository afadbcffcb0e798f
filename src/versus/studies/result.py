"""StudyResult: what the finished runs of a study say together."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from versus.errors import ResultsError
from versus.evaluation.beside import Description
from versus.evaluation.intervals import mean_sd
from versus.evaluation.verdict import Verdict
from versus.results.contract import STUDY, Store
from versus.results.store import DirectoryStore
from versus.studies.caveats import caveats, validated_on_test
from versus.studies.descriptions import describe_pairs
from versus.studies.notebook import result_html
from versus.studies.pair_table import model_rows, pair_rows
from versus.studies.runs import StudyRuns
from versus.studies.speed import latency_and_size
from versus.studies.tested import chosen_on_validation, opened_runs
from versus.studies.verdicts import judge

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

VERDICTS = "verdicts.json"

_JUDGED = ("loss", "accuracy", "nll", "brier", "ece")
_MEASURED = ("temperature", "latency_ms")


class StudyResult(StudyRuns):
    """What the runs of a study say together: they, their verdicts and their tables."""

    @property
    def caveats(self) -> list[str]:
        """What every output says beside the numbers: how far they are to be trusted."""
        return caveats(self.study, self.openings, self.untested)

    @property
    def chosen_on_validation(self) -> str | None:
        """The variant that is best on validation; None unless a sealed test set was opened."""
        return chosen_on_validation(self)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """One verdict a pair of variants, in the order of the study."""
        return judge(self)

    @cached_property
    def descriptions(self) -> list[Description]:
        """What stands beside each verdict, read from the predictions; it changes no word."""
        return describe_pairs(self, self.verdicts)

    def frame(self) -> "pd.DataFrame":
        """Return one row a variant: its cost, and mean, sd and n of loss and accuracy.

        Columns: parameters, trainable, multiply_adds, recipe, seconds (mean training time),
        loss_mean, loss_sd, accuracy_mean, accuracy_sd, nll_mean, nll_sd, latency_ms (of one
        picture, median of the runs), pictures_per_second, model_bytes, n (finished runs), failed,
        diverged.
        """
        import pandas as pd  # slow to import

        rows = [self._row(variant.name, variant.recipe_text) for variant in self.study.variants]
        return pd.DataFrame(rows).set_index("variant")

    def runs(self) -> "pd.DataFrame":
        """Return one row a run: how it ended, what it took, and what it gave.

        Columns: variant, seed, status, epochs, seconds, loss, accuracy, nll, brier, ece,
        temperature (fitted on validation), latency_ms.
        """
        import pandas as pd  # slow to import

        rows = [
            {
                "variant": record.variant,
                "seed": record.seed,
                "status": record.status,
                "epochs": record.epochs,
                "seconds": record.seconds,
                **{key: record.judged().get(key) for key in _JUDGED},
                "temperature": record.metrics.get("validation", {}).get("temperature"),
                "latency_ms": record.latency and record.latency["ms"],
            }
            for record in self.records
        ]
        columns = ["variant", "seed", "status", "epochs", "seconds", *_JUDGED, *_MEASURED]
        return pd.DataFrame(rows, columns=columns)

    def pairs(self) -> "pd.DataFrame":
        """Return one row a pair of variants: the verdict, and what stands beside it.

        Columns: word, n, difference, low, high, p_adjusted, method of the verdict; mean and sd of
        each; nll_difference, nll_low, nll_high; chance_ahead with its interval (that B is ahead on
        a fresh seed); the bootstrap over seeds on these very pictures, and over seeds and pictures;
        seeds to settle it at 80 % power, by the difference seen and by the margin.
        """
        import pandas as pd  # slow to import

        return pd.DataFrame(pair_rows(self.verdicts, self.descriptions))

    def models(self) -> "pd.DataFrame":
        """Return one row a pair and seed: pictures that one model only gets right, McNemar's p."""
        import pandas as pd  # slow to import

        columns = ["a", "b", "seed", "only_a", "only_b", "p_value"]
        return pd.DataFrame(model_rows(self.descriptions), columns=columns)

    def plot(self) -> "Figure":
        """Draw the learning curves of every variant, seed by seed and their mean."""
        from versus.figures.learning_curves import learning_curves  # matplotlib is slow to import

        return learning_curves(
            {v.name: list(self.histories(v.name).values()) for v in self.study.variants}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return study, verdicts, table and runs, ready for JSON."""
        table = self.frame().reset_index()
        runs = self.runs()
        return {
            "study": self.study.to_dict(),
            "judged_on": self.judged_on,
            "validated_on_test": validated_on_test(self.study),
            "caveats": self.caveats,
            "openings": [opening.to_dict() for opening in self.openings],
            "chosen_on_validation": self.chosen_on_validation,
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "descriptions": [description.to_dict() for description in self.descriptions],
            "table": table.astype(object).where(table.notna(), None).to_dict("records"),
            "runs": runs.astype(object).where(runs.notna(), None).to_dict("records"),
            "failed": {f"{r.variant}/{r.seed}": r.error for r in self.failed},
            "untested": [f"{r.variant}/{r.seed}" for r in self.untested],
            "diverged": {f"{r.variant}/{r.seed}": r.error for r in self.diverged},
            "damaged": {f"{d.variant}/{d.seed}": d.reason for d in self.damaged},
            "folder": str(self.folder),
        }

    def __repr__(self) -> str:
        names = ", ".join(variant.name for variant in self.study.variants)
        return f"StudyResult({self.study.name!r}: {names}; {len(self.records)} runs)"

    def _repr_html_(self) -> str:
        texts = (self.study.question, *(v.reason for v in self.verdicts), *self.caveats)
        return result_html(texts, self.frame(), self.judged_on)

    def _row(self, variant: str, recipe: str) -> dict[str, Any]:
        finished = self.finished(variant)
        cost = next((r for r in self.records if r.variant == variant), None)
        loss = mean_sd([record.judged()["loss"] for record in finished])
        accuracy = mean_sd([record.judged()["accuracy"] for record in finished])
        nll = mean_sd([record.judged().get("nll") for record in finished])
        return {
            "variant": variant,
            "parameters": cost and cost.parameters,
            "trainable": cost and cost.trainable,
            "multiply_adds": cost and cost.multiply_adds,
            "recipe": recipe,
            "seconds": mean_sd([record.seconds for record in finished]).mean,
            "loss_mean": loss.mean,
            "loss_sd": loss.sd,
            "accuracy_mean": accuracy.mean,
            "accuracy_sd": accuracy.sd,
            "nll_mean": nll.mean,
            "nll_sd": nll.sd,
            **latency_and_size(finished),
            "n": len(finished),
            "failed": sum(record.variant == variant for record in self.failed),
            "diverged": sum(record.variant == variant for record in self.diverged),
        }


def read_result(place: Path | str | Store) -> StudyResult:
    """Return what the runs in a folder, or in a store, say together.

    Runs that are damaged are named in the result, and left as they are.

    Raises:
        ResultsError: there is no study, or what it is cannot be read.
    """
    store = place if isinstance(place, Store) else DirectoryStore(place)
    study = store.read_study()
    if study is None:
        raise ResultsError(
            f"{store.root}: no study here: expected a folder holding {STUDY}, "
            "as `versus run` and `versus compare` write it"
        )
    names, seeds = {variant.name for variant in study.variants}, set(study.seeds)
    survey = store.survey()
    records = tuple(r for r in survey.records if r.variant in names and r.seed in seeds)
    damaged = tuple(d for d in survey.damaged if d.variant in names and d.seed in seeds)
    found = opened_runs(store, records)
    return StudyResult(
        study, found.records, store, (*damaged, *found.damaged), found.openings, found.untested
    )
