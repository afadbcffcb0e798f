"""`versus study`: which studies there are, and what one holds."""

from typing import Any

import typer

from versus.cli import screen
from versus.cli.options import JsonOption, StudyArgument

app = typer.Typer(help="List and show studies.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_studies(json: JsonOption = False) -> None:
    """List the built-in studies."""
    from versus.library.catalogue import STUDIES  # brings numpy and pydantic

    rows = [describe(name) for name in STUDIES]
    if json:
        screen.print_json(rows)
        return
    screen.print_table(
        ("study", "data", "variants", "question"),
        [
            (
                row["name"],
                row["data"],
                ", ".join(v["name"] for v in row["variants"]),
                row["question"],
            )
            for row in rows
        ],
    )


@app.command("show")
def show(study: StudyArgument, json: JsonOption = False) -> None:
    """Show a study: question, variants with their recipes, protocol, seeds."""
    found = describe(study)
    if json:
        screen.print_json(found)
        return
    console = screen.console()
    console.print(f"\n{found['question']}", style="bold")
    screen.print_table(
        ("variant", "model", "recipe"),
        [(v["name"], v["model"], v["recipe_text"]) for v in found["variants"]],
    )
    protocol = found["protocol"]
    facts = {
        "data": found["data"],
        "seeds": ", ".join(map(str, found["seeds"])),
        "validation": _validation(protocol),
        "test": protocol["test"],
        "budget held equal": found["budget"],
        "endpoint": found["endpoint"],
        "margin": found["margin"] or "none stated",
        "source": found["source"],
    }
    screen.print_facts(facts)


def _validation(protocol: dict[str, Any]) -> str:
    if protocol["validation"] == "test":
        return "the test set itself: numbers are optimistic"
    drawn = f" with random_state {protocol.get('validation_seed', 0)}"
    how = protocol["validation"]
    return f"{protocol['validation_fraction']:.0%} of train, {how}{drawn if how == 'drawn' else ''}"


def describe(reference: str) -> dict[str, Any]:
    """Return a study's parts, ready for JSON."""
    from versus.library.catalogue import find_study  # brings numpy and pydantic

    with screen.user_code():
        study = find_study(reference)
    return {
        "name": study.name,
        "question": study.question,
        "data": study.data_name,
        "variants": [
            {
                "name": variant.name,
                "model": variant.model
                if isinstance(variant.model, str)
                else getattr(variant.model, "__name__", "function"),
                "recipe": variant.recipe.to_dict(),
                "recipe_text": variant.recipe.describe(epochs=study.protocol.budget_amount is None),
            }
            for variant in study.variants
        ],
        "seeds": list(study.seed_list),
        "protocol": study.protocol.to_dict(),
        "budget": f"{study.protocol.budget}, {study.protocol.describe_budget()}",
        "endpoint": study.endpoint,
        "margin": study.margin,
        "source": study.source,
    }
