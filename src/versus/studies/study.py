"""Variant and Study: what is compared, and the question it answers."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, UnknownNameError
from versus.evaluation.looks import Looks
from versus.results.html_table import html_table
from versus.studies.protocol import Protocol
from versus.studies.study_values import NAME, check_margin, check_seeds, check_suppressed
from versus.training.recipe import Recipe

if TYPE_CHECKING:
    from versus.studies.result import StudyResult


@dataclass(frozen=True)
class Variant:
    """One contender: a name, a model and a recipe.

    Attributes:
        name: unique in its study; also the name of a folder.
        model: a MODEL (built-in name, `file.py:function`, `package.module:function`, a `.keras`
            file), or a function `(input_shape, classes) -> keras.Model`. The name where None.
        recipe: how it is trained.

    Raises:
        ConfigurationError: the name cannot be a folder's.
    """

    name: str
    model: str | Callable[..., Any] | None = None
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise ConfigurationError(
                "Variant.name: expected letters, digits and any of . _ + - (80 at most), "
                f"as it names a folder; got {self.name!r}"
            )
        if not isinstance(self.recipe, Recipe):
            raise ConfigurationError(
                f"Variant '{self.name}': expected a Recipe; got {type(self.recipe).__name__}"
            )
        if self.model is None:
            object.__setattr__(self, "model", self.name)


@dataclass(frozen=True)
class Study:
    """A question, one data set, the variants compared on it, and the seeds they share.

    Attributes:
        question: what the study answers, as a sentence.
        data: a Dataset, or the name of one.
        variants: the first is what the others are held against in tables.
        seeds: how many (N means 0 to N-1), or which.
        protocol: how the runs are made.
        endpoint: what the verdict is about.
        margin: differences below this count as equivalent, in the endpoint's unit (accuracy as a
            fraction); None makes no such claim.
        name: short, fit for a folder name.
        source: what the study repeats, in words.
        looks: when it is judged, if seeds are added until every pair is decided; see
            `run_until_decided`.
        suppress: codes of `versus check` that are not to be told, each with the reason, which
            reports print: {"VS104": "the document's own recipes"}.

    Raises:
        ConfigurationError: no variant, two of one name, a negative seed, no seed, or a code
            suppressed without a reason.
    """

    question: str
    data: str | Dataset
    variants: Sequence[Variant]
    seeds: int | Sequence[int] = 6
    protocol: Protocol = field(default_factory=Protocol)
    endpoint: Literal["accuracy", "nll"] = "accuracy"
    margin: float | None = None
    name: str = "study"
    source: str = ""
    looks: Looks | None = None
    suppress: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, value, kinds in (
            ("question", self.question, str),
            ("data", self.data, (str, Dataset)),
            ("protocol", self.protocol, Protocol),
        ):
            if not isinstance(value, kinds):
                raise ConfigurationError(f"Study.{what}: got {type(value).__name__} {value!r}")
        variants = tuple(Variant(v) if isinstance(v, str) else v for v in self.variants)
        for variant in variants:
            if not isinstance(variant, Variant):
                raise ConfigurationError(
                    f"Study.variants: expected Variants or model names; got {variant!r}"
                )
        object.__setattr__(self, "variants", variants)
        object.__setattr__(self, "seeds", check_seeds(self.seeds))
        folded = [variant.name.lower() for variant in self.variants]
        twice = [v.name for v in self.variants if folded.count(v.name.lower()) > 1]
        if not self.variants or twice:
            what = f"two are called {twice[0]!r}" if twice else "there is none"
            raise ConfigurationError(f"Study '{self.name}': expected variants of own names; {what}")
        if self.endpoint not in ("accuracy", "nll"):
            raise ConfigurationError(f"Study.endpoint: 'accuracy' or 'nll'; got {self.endpoint!r}")
        check_margin(self.margin, self.endpoint)
        for variant in self.variants:
            self.protocol.check(variant.recipe, variant.name)
        check_suppressed(self.suppress)
        if not NAME.fullmatch(self.name):
            raise ConfigurationError(f"Study.name: expected a folder's name; got {self.name!r}")

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds, each by its number."""
        return check_seeds(self.seeds)

    @property
    def data_name(self) -> str:
        """Name of the data set."""
        return self.data if isinstance(self.data, str) else self.data.name

    def run(
        self,
        out: Path | str | None = None,
        *,
        progress: bool = True,
        jobs: int | None = None,
        until_decided: bool = False,
        max_seeds: int | None = None,
        max_minutes: float | None = None,
    ) -> StudyResult:
        """Run what is missing, write each run at once, and return what all the runs say.

        Args:
            out: folder of the results; `versus-runs/NAME` where None.
            progress: show on stderr how it goes.
            jobs: runs at once, each in a process of its own; where None, as many as the cores have
                room for. Results do not depend on it.
            until_decided: add paired seeds, 0 and up, until every pair of variants has its word,
                in place of the study's own `seeds`. Pairs are judged at a few looks that are fixed
                before the first run, and share the 5 % of false words between them.
            max_seeds: of the last look; 30 where None. Goes with `until_decided`.
            max_minutes: no run starts after so many. Goes with `until_decided`.

        Raises:
            ConfigurationError: `max_seeds` or `max_minutes` without `until_decided`, or so few of
                them that no pair can be decided.
            VersusError: before the first run, if anything that it needs is wrong.
        """
        # Keras and torch take seconds to import, and a study is often only listed or shown.
        from versus.studies.runner import run_study
        from versus.studies.sequential import run_until_decided
        from versus.studies.watching.progress import progress_on

        folder = out or Path("versus-runs") / self.name
        observer = progress_on(sys.stderr) if progress else None
        if until_decided:
            return run_until_decided(
                self,
                folder,
                max_seeds=max_seeds,
                max_minutes=max_minutes,
                observer=observer,
                jobs=jobs,
            )
        if max_seeds is not None or max_minutes is not None:
            raise ConfigurationError(
                "Study.run: max_seeds and max_minutes go with until_decided=True"
            )
        return run_study(self, folder, observer=observer, jobs=jobs)

    def with_changes(
        self,
        *,
        data: str | Dataset | None = None,
        seeds: int | None = None,
        epochs: int | None = None,
        variants: Sequence[str] | None = None,
        budget: str | None = None,
    ) -> Study:
        """Return the study with other data, seeds or epochs, or with some of its variants only.

        `budget`, such as "seconds=60", is what every variant gets alike.

        Raises:
            UnknownNameError: a variant is not in the study.
            ConfigurationError: a value cannot be.
        """
        chosen = list(self.variants)
        if variants is not None:
            chosen = [self.variant(name) for name in variants]
        if epochs is not None:
            chosen = [
                replace(v, recipe=Recipe.from_dict({**v.recipe.to_dict(), "epochs": epochs}))
                for v in chosen
            ]
        return replace(
            self,
            variants=chosen,
            data=self.data if data is None else data,
            seeds=self.seeds if seeds is None else seeds,
            protocol=self.protocol if budget is None else self.protocol.with_budget(budget),
        )

    def _repr_html_(self) -> str:
        rows = [(variant.name, variant.recipe.describe()) for variant in self.variants]
        about = f"{self.data_name}, {len(self.seed_list)} seeds"
        said = "".join(f"<p>{html.escape(text)}</p>" for text in (self.question, about))
        return said + html_table(("variant", "recipe"), rows)

    def variant(self, name: str) -> Variant:
        """Return the variant called `name`.

        Raises:
            UnknownNameError: there is none.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise UnknownNameError("variant", name, [variant.name for variant in self.variants])
