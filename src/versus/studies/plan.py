"""From a Study to the runs it needs, all checked before the first one starts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from versus.backend import device_name
from versus.data import catalogue
from versus.data.dataset import Dataset
from versus.data.equal_pictures import EqualPictures, find_equal_pictures
from versus.errors import DamagedError, MismatchError
from versus.evaluation.predict import measure
from versus.models.build import architecture_json, architecture_sha256, build
from versus.models.builder import Builder, find_builder
from versus.models.cost import Cost, cost
from versus.results.contract import Store
from versus.results.environment import decisive_versions
from versus.results.record import RunConfig, RunRecord
from versus.results.study_record import StudyRecord
from versus.studies.budget import Allowance, allowance
from versus.studies.protocol import Protocol
from versus.studies.study import Study, Variant
from versus.training.engines import check_recipe


@dataclass(frozen=True)
class PlannedRun:
    """One Variant with one seed, ready to run."""

    variant: Variant
    builder: Builder
    protocol: Protocol
    config: RunConfig
    cost: Cost
    allowance: Allowance

    @property
    def epochs(self) -> int | None:
        """How many there are at most; None where the budget's seconds decide."""
        return self.allowance.epochs

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.config.seed


@dataclass(frozen=True)
class Plan:
    """What a study needs.

    Attributes:
        study: what is asked.
        data: loaded and checked.
        runs: every run, by seed, then in the order of the variants.
        finished: the records of those that are there already, made in the same way; also of those
            that diverged.
        equal_pictures: what is equal within the data's splits and between them.
        architectures: of each variant, its model's configuration as JSON: whoever looks at layers
            need not build it again.
        record: of the whole study that these runs go into, with what the folder held already;
            None until that is settled.
        others: the records of that study's other runs that are there.
    """

    study: Study
    data: Dataset
    runs: tuple[PlannedRun, ...]
    finished: tuple[RunRecord, ...]
    equal_pictures: tuple[EqualPictures, ...] = ()
    architectures: Mapping[str, str] = field(default_factory=dict)
    record: StudyRecord | None = None
    others: tuple[RunRecord, ...] = ()

    @property
    def missing(self) -> tuple[PlannedRun, ...]:
        """The runs still to be made."""
        there = {(record.variant, record.seed) for record in self.finished}
        return tuple(run for run in self.runs if (run.variant.name, run.seed) not in there)


def make_plan(study: Study, store: Store) -> Plan:
    """Load the data, build every model once, and look for runs that are finished already.

    Raises:
        VersusError: data, model or recipe of any variant cannot be used.
        MismatchError: a finished run in `store` was made in another way; it names the difference.
    """
    data = catalogue.load(study.data) if isinstance(study.data, str) else study.data
    # An impossible split is told beforehand.
    pictures = len(study.protocol.split(data, study.seed_list[0]).train)
    prepared = [_prepare(study, variant, data, pictures) for variant in study.variants]
    first = [run for run, _ in prepared]
    runs = tuple(
        replace(run, config=run.config.model_copy(update={"seed": seed}))
        for seed in study.seed_list
        for run in first
    )
    equal = tuple(find_equal_pictures(data))
    ended = ended_runs(store, runs, records_of(store, runs))
    architectures = {run.variant.name: architecture for run, architecture in prepared}
    return Plan(study, data, runs, ended, equal, architectures)


Records = dict[tuple[str, int], RunRecord | None]


def records_of(store: Store, runs: Iterable[PlannedRun]) -> Records:
    """Return what is there of each of `runs`, by variant and seed; None also for damaged ones."""
    return {(run.variant.name, run.seed): _read(store, run.config) for run in runs}


def ended_runs(store: Store, runs: Iterable[PlannedRun], there: Records) -> tuple[RunRecord, ...]:
    """Return those records of `runs` that need not be made any more.

    Raises:
        MismatchError: there is a finished run of this variant and seed made in another way.
    """
    records = (_ended(store, run.config, there[run.variant.name, run.seed]) for run in runs)
    return tuple(record for record in records if record is not None)


def _read(store: Store, config: RunConfig) -> RunRecord | None:
    try:
        return store.read(config.variant, config.seed)
    except DamagedError:
        return None


def _ended(store: Store, config: RunConfig, record: RunRecord | None) -> RunRecord | None:
    """Return a record if its run need not be made any more: it finished, or would diverge again."""
    if record is None or record.status == "failed":
        return None
    differences = record.config.differences(config)
    if differences and record.status == "diverged":
        return None
    if differences:
        folder = store.run_folder(config.variant, config.seed)
        more = f" and {len(differences) - 2} more" if len(differences) > 2 else ""
        raise MismatchError(
            f"{folder} holds a finished run made with {'; '.join(differences[:2])}{more}: "
            "give another folder with --out, or remove this one"
        )
    return record


def _prepare(
    study: Study, variant: Variant, data: Dataset, pictures: int
) -> tuple[PlannedRun, str]:
    """Build the variant once with the first seed: it must fit, and its cost is counted.

    Returns:
        The run of that seed, and the model's configuration as JSON.
    """
    builder = find_builder(variant.model)  # pyright: ignore[reportArgumentType]
    seed = study.seed_list[0]
    model = build(builder, data.input_shape, len(data.classes), seed)
    check_recipe(model, variant.recipe)
    # Outputs that are no probabilities are told now, not after the training.
    measure(
        model, data.train.take(np.arange(min(2, len(data.train)))), data.classes, variant.recipe
    )
    config = RunConfig(
        variant=variant.name,
        model=builder.reference,
        builder_sha256=builder.source_sha256,
        architecture_sha256=architecture_sha256(model),
        recipe=variant.recipe.to_dict(),
        protocol=study.protocol.to_dict(),
        data=data.name,
        data_fingerprint=data.fingerprint,
        seed=seed,
        versions=decisive_versions(),
        device=device_name(),
    )
    costs = cost(model)
    given = allowance(study.protocol, variant.recipe, costs, pictures, variant.name)
    run = PlannedRun(variant, builder, study.protocol, config, costs, given)
    return run, architecture_json(model)
