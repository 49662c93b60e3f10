"""Model cards: what is known of weights, as plain text for a terminal and as Markdown beside those that are shipped."""

import json
from collections.abc import Mapping, Sequence

from tasks.models.installed import Installed
from tasks.models.model import Model, OwnModel, PublishedModel
from tasks.models.shipped import card_path, parameters_in

TOLD = ("name", "recipe", "steps", "data_digest", "pictures", "held_out", "libraries", "code_version")
"""What training writes into a file of weights about itself; a card needs all of it."""

_UNITS = {"db": "dB", "change": "of 255"}


def card_text(model: Model, here: Installed | None) -> str:
    """Return a model card as plain text: for shipped weights, the card that came with them and where they lie.

    Args:
        model: Which one.
        here: Its weights on this machine; None if there are none.
    """
    if isinstance(model, OwnModel) and here is not None and card_path(model.name, here.path.parent).is_file():
        card = card_path(model.name, here.path.parent).read_text("utf-8").rstrip()
        return f"{model.name}\n{'=' * len(model.name)}\n{card.partition(chr(10))[2].strip()}\n\n{'file':<12}{here.path}"
    facts = [
        ("what", model.purpose),
        ("system", model.system),
        ("paper", model.paper),
        ("licence", model.licence),
        ("source", model.source),
        *_origin(model, here),
        ("network", model.network or "run by another library"),
        ("family", model.family),
    ]
    lines = [model.name, "=" * len(model.name), *(f"{what:<12}{value}" for what, value in facts)]
    return "\n".join([*lines, "known failures", *(f"  - {limit}" for limit in model.limits)])


def _origin(model: Model, here: Installed | None) -> list[tuple[str, str]]:
    if not isinstance(model, PublishedModel):
        if here is None:
            return [("installed", "no: this copy of oldphoto ships no such weights")]
        facts = [("parameters", f"{parameters_in(here.path):,}"), ("digest", here.record.sha256)]
        return [*facts, ("installed", str(here.path))]
    trouble = [("download", model.home.trouble)] if model.home.trouble else []
    return [
        ("file", f"{model.home.address}{f', member {model.member}' if model.member else ''}"),
        ("parameters", f"{model.parameters:,}"),
        ("digest", _digest_words(model, here)),
        ("installed", str(here.path) if here else f"no: oldphoto models fetch {model.name}"),
        *trouble,
    ]


def _digest_words(model: PublishedModel, here: Installed | None) -> str:
    if here:
        record = here.record
        archive = f", in an archive with SHA-256 {record.archive_sha256}" if record.archive_sha256 else ""
        other = f"; not the one known from {model.sha256_from}" if model.sha256 not in {None, record.sha256} else ""
        return f"{record.sha256}, recorded on {record.first_fetched} from {record.address}{archive}{other}"
    return f"{model.sha256}, known from {model.sha256_from}" if model.sha256 else "recorded at the first download"


def shipped_card(model: OwnModel, told: Mapping[str, str], *, sha256: str, size: int, parameters: int) -> str:
    """Return the Markdown card that lies beside shipped weights.

    Args:
        model: Which weights.
        told: What their file says of itself: all of ``TOLD``.
        sha256: Digest of the file.
        size: Its length in bytes.
        parameters: Numbers in it.

    Raises:
        ValueError: What the file says is not as training writes it.
    """
    recipe, held_out = json.loads(told["recipe"]), json.loads(told["held_out"])
    sections = [
        f"# {model.name}",
        f"{model.purpose}",
        _table(
            ("what", "value"),
            [
                ("network", str(model.network)),
                ("described", model.paper),
                ("parameters", f"{parameters:,}"),
                ("file", f"{model.file}, {size} bytes, float16"),
                ("SHA-256", sha256),
                ("licence", model.licence),
            ],
        ),
        "## Training",
        f"    {_command(model, recipe)}",
        _sources(told, recipe),
        _table(
            ("what", "value"),
            [
                ("digest of the data", told["data_digest"]),
                ("code", told["code_version"]),
                *((f"library {name}", version) for name, version in json.loads(told["libraries"]).items()),
            ],
        ),
        "## Held-out figures",
        "Of the averaged weights, on pictures of the same folder that were held out, aged by the same synthesis.",
        _table(("what", "value"), [(name, _figure(name, value)) for name, value in held_out.items()]),
        "## Limits",
        "\n".join(f"* {limit}" for limit in model.limits),
        "## Recipe",
        "\n".join(f"    {line}" for line in json.dumps(recipe, indent=2, sort_keys=True).splitlines()),
    ]
    return "\n\n".join(sections) + "\n"


def _sources(told: Mapping[str, str], recipe: Mapping[str, object]) -> str:
    return (
        f"{told['steps']} of {recipe.get('steps', '?')} planned steps, with the recipe below. DATA is a folder with a "
        f"table SOURCES.csv; of its pictures and damage shapes only those of split `train` and licence class `open` or "
        f"`presumed_pd` were learned from: {told['pictures']} pictures. A run that stopped goes on with `--resume`."
    )


def _command(model: OwnModel, recipe: Mapping[str, object]) -> str:
    steps = f" --steps {recipe['steps']}" if "steps" in recipe else ""
    return f"oldphoto train {model.name} --data DATA --out OUT{steps}"


def _figure(name: str, value: float) -> str:
    unit = _UNITS.get(name.rpartition("_")[2], "")
    return f"{value:.3f} {unit}".strip()


def _table(head: Sequence[str], rows: Sequence[tuple[str, str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)
