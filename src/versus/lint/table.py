"""Every rule, as an explicit table: nothing registers itself."""

from collections.abc import Mapping
from types import MappingProxyType

from versus.lint.rule import Rule
from versus.lint.rules import (
    data,
    design,
    factors,
    heads,
    judging,
    likeness,
    models,
    outputs,
    records,
    scripts,
    training,
)
from versus.lint.rules.suppression import suppression_rule

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "VS1": "design of the experiment",
        "VS2": "data",
        "VS3": "models",
        "VS4": "training records",
        "VS5": "code",
    }
)

_FAMILIES: tuple[Rule, ...] = (
    *design.RULES,
    *factors.RULES,
    *judging.RULES,
    *data.RULES,
    *likeness.RULES,
    *models.RULES,
    *heads.RULES,
    *outputs.RULES,
    *training.RULES,
    *records.RULES,
    *scripts.RULES,
)

_ALL = (*_FAMILIES, suppression_rule([rule.code for rule in _FAMILIES]))

RULES: tuple[Rule, ...] = tuple(sorted(_ALL, key=lambda rule: rule.code))

CODES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in RULES})
