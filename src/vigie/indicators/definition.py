"""What an indicator is: its words, its unit, and the rule that computes it. Each one is a small ``.toml`` file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.errors import InputError, UnknownNameError, Where
from vigie.language import Text
from vigie.validation import RefusedError, toml_file, validated

FOLDER = Path(__file__).parent / "definitions"
_REFUSED = Text("définition d'indicateur refusée", "indicator definition refused")

Theme = Literal["acces", "offre", "urgences", "population", "engagement", "alerte"]
Direction = Literal["higher", "lower", "neutral"]
Kind = Literal["count", "rate", "proportion", "measure"]
Level = Literal[
    "commune", "epci", "bassin_de_vie", "bassin_de_vie_2012", "canton_ou_ville", "tvs",
    "departement", "region", "france", "perimeter",
]  # fmt: skip


class _Strict(BaseModel):
    # Built where a file is validated: `vigie show` reads definitions that were, and should not wait for it.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Words(_Strict):
    """A text in French and in English."""

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, lang: str) -> str:
        """The text in ``lang``."""
        return Text(self.fr, self.en).of("en" if lang == "en" else "fr")


class Inputs(_Strict):
    """The periods of an indicator and the column of the place table that holds each, ``{period}`` standing for it.

    ``partial`` says what a territory is that the column covers only in part: ``estimated`` from half of its people
    on, or ``missing`` where a part must never stand for the whole.
    """

    periods: tuple[str, ...] = Field(min_length=1)
    value: str
    partial: Literal["estimated", "missing"] = "estimated"

    def columns(self) -> list[tuple[str, str]]:
        """Pairs of period and column."""
        return [(period, self.value.format(period=period)) for period in self.periods]


class Sum(_Strict):
    """Σ of a count over places."""

    rule: Literal["sum"]
    inputs: tuple[Inputs, ...] = Field(min_length=1)


class Ratio(_Strict):
    """``scale`` × Σ count / Σ denominator over the places where both are known."""

    rule: Literal["ratio"]
    inputs: tuple[Inputs, ...] = Field(min_length=1)
    denominator: str
    scale: float = 1.0


class Mean(_Strict):
    """Σ value · weight / Σ weight over the places where both are known; at a place, the value itself.

    ``coverage = "of_field"`` takes the places that have a value as the whole field, so that what lies outside it is
    no gap: only for an indicator whose definition says which field it is. ``weight`` names the weights in the order of
    preference, ``{period}`` standing for the period: the first that is at hand is taken.
    """

    rule: Literal["mean"]
    inputs: tuple[Inputs, ...] = Field(min_length=1)
    weight: tuple[str, ...] = Field(min_length=1)
    coverage: Literal["of_territory", "of_field"] = "of_territory"


class Share(_Strict):
    """``scale`` × Σ weight where the value is strictly under or over ``threshold`` / Σ weight where it is known.

    ``weight`` as for a mean.
    """

    rule: Literal["share_below", "share_above"]
    inputs: tuple[Inputs, ...] = Field(min_length=1)
    weight: tuple[str, ...] = Field(min_length=1)
    threshold: float
    scale: float = 100.0


class Published(_Strict):
    """Figures that a document publishes for a territory, in ``figure_unit``; nothing is computed.

    A table that an analyst imports may give them too: ``aggregate`` then says how territories above are made of it,
    where its denominators allow: a ``ratio`` is ``scale`` × Σ numerators / Σ denominators (``estimated`` from half of
    the people on), a ``sum`` Σ counts where all are known; ``none``, a median say, has no value but those given.
    """

    rule: Literal["published"]
    figure_unit: str
    aggregate: Literal["none", "ratio", "sum"] = "none"
    scale: float = Field(default=1.0, gt=0)


class Series(_Strict):
    """A series that a source publishes by territory in a tidy table; nothing is computed.

    ``table`` is the table, ``where`` the rows that belong to the indicator, ``value`` the column of the figure.
    """

    rule: Literal["series"]
    table: str
    where: dict[str, str]
    value: str


class Cells(_Strict):
    """The cells of one row and column of a table transcribed from a document, by period; nothing is computed."""

    rule: Literal["cells"]
    table: str
    row: str
    column: str


Compute = Annotated[Sum | Ratio | Mean | Share | Published | Series | Cells, Field(discriminator="rule")]


class Break(_Strict):
    """A break in a series: from ``period`` on, the figures are of another making and nothing is compared across."""

    period: str
    why: Words


class Definition(_Strict):
    """One indicator. ``thresholds`` are the levels that the field compares it with, in its unit, ascending.

    ``kind`` says what its intervals and trends are made of: a ``count`` of people or acts, a ``rate`` (a count over a
    denominator), a ``proportion`` (part of a whole), or a ``measure``, which has no sampling error to speak of.
    ``numerator``, ``denominator``, ``periodicity`` and ``source`` (whose figures, and where) are given in words for
    what is followed as a commitment or an alert; ``imports`` are the templates by which an analyst may bring the
    figures.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words
    short: Words
    theme: Theme
    unit: Words
    decimals: int = Field(ge=0, le=6)
    direction: Direction
    levels: tuple[Level, ...] = Field(min_length=1)
    thresholds: tuple[float, ...] = ()
    sources: tuple[str, ...] = ()
    formula: Words
    limits: Words
    kind: Kind = "measure"
    numerator: Words | None = None
    denominator: Words | None = None
    periodicity: Words | None = None
    source: Words | None = None
    imports: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    compute: Compute

    @model_validator(mode="after")
    def _periods_are_given_once(self) -> Definition:
        periods = self.periods()
        if len(periods) != len(set(periods)):
            raise RefusedError("une période est donnée deux fois", "a period is given by two inputs")
        return self

    def periods(self) -> list[str]:
        """The periods that the definition computes, in its order; empty for published figures and series."""
        inputs = getattr(self.compute, "inputs", ())
        return [period for group in inputs for period in group.periods]

    def same_series(self, former: str, later: str) -> bool:
        """Whether no break in the series lies between two periods."""
        return not any(former < one.period <= later for one in self.breaks)

    def unbroken(self, period: str) -> bool:
        """Whether a figure of ``period`` belongs to the series that goes on today."""
        return all(period >= one.period for one in self.breaks)


def read_definitions(folder: Path) -> dict[str, Definition]:
    """Definitions of every ``.toml`` of ``folder`` by id, in the order of the file names.

    A file with ``[[items]]`` is a family: it gives one definition per item, each ``{name}`` in its texts replaced by
    the item's value of that name.

    Raises InputError naming the file and the key for a file that is not TOML, a key that is missing, unknown or of a
    wrong type, an id given twice, or a single definition whose id is not its file's name.
    """
    found: dict[str, Definition] = {}
    for path in sorted(folder.glob("*.toml")):
        for definition in _read_file(path):
            if definition.id in found:
                raise InputError(
                    f"l'identifiant « {definition.id} » est défini deux fois.",
                    f"the id “{definition.id}” is defined twice.",
                    where=Where(file=path),
                )
            found[definition.id] = definition
    return found


def _read_file(path: Path) -> list[Definition]:
    raw = toml_file(path)
    items = raw.pop("items", None)
    if items is not None:
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InputError(
                "une liste de tables [[items]] est attendue.",
                "a list of tables [[items]] is expected.",
                where=Where(file=path, column="items"),
            )
        return [_validated(_fill(raw, item), path) for item in items]
    definition = _validated(raw, path)
    if definition.id != path.stem:
        raise InputError(
            f"l'identifiant doit être le nom du fichier, « {path.stem} ».",
            f"the id must be the file's name, “{path.stem}”.",
            where=Where(file=path, column="id", value=definition.id),
        )
    return [definition]


def _validated(raw: object, path: Path) -> Definition:
    return validated(Definition, raw, _REFUSED, "docs/add-an-indicator.md", path)


def _fill(template: Any, item: dict[str, str]) -> Any:
    if isinstance(template, str):
        for name, value in item.items():
            template = template.replace("{" + name + "}", str(value))
        return template
    if isinstance(template, dict):
        return {key: _fill(value, item) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, item) for value in template]
    return template


@cache
def definitions() -> dict[str, Definition]:
    """The indicators that Vigie ships, by id."""
    return read_definitions(FOLDER)


def restored(dump: Mapping[str, Any]) -> Definition:
    """The definition that ``model_dump(mode="json")`` gave, as it was: what was validated once is not validated again.

    A key that an earlier version did not have yet takes its default, so that its editions stay readable. Raises
    ValueError when the dump has a key that this version does not know, or lacks one that has no default.
    """
    return cast(Definition, _restored(Definition, dump))


def _restored(kind: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        model = kind if isinstance(kind, type) and issubclass(kind, BaseModel) else _with_rule(kind, value)
        if model is None:
            return dict(value)
        fields = model.model_fields
        required = {name for name, field in fields.items() if field.is_required()}
        wrong = (value.keys() - fields.keys()) | (required - value.keys())
        if wrong:
            raise ValueError(f"{model.__name__}: {sorted(wrong)}")
        return model.model_construct(**{name: _restored(fields[name].annotation, value[name]) for name in value})
    if isinstance(value, list):
        return tuple(_restored(get_args(kind)[0], one) for one in value)
    return value


def _with_rule(kind: Any, value: Mapping[str, Any]) -> type[BaseModel] | None:
    """The model of a union that ``value`` is of: its only one, or the one whose ``rule`` it names."""
    models = [one for one in get_args(kind) if isinstance(one, type) and issubclass(one, BaseModel)]
    if len(models) == 1:
        return models[0]
    return next((one for one in models if value.get("rule") in get_args(one.model_fields["rule"].annotation)), None)


def find_definition(known: Mapping[str, Definition], indicator: str) -> Definition:
    """The indicator of that id among ``known``. Raises UnknownNameError with the nearest ids."""
    import difflib

    if indicator in known:
        return known[indicator]
    near = ", ".join(difflib.get_close_matches(indicator, known, n=3, cutoff=0.4))
    raise UnknownNameError(
        f"indicateur inconnu : « {indicator} »." + (f" Vouliez-vous dire : {near} ?" if near else ""),
        f"unknown indicator: “{indicator}”." + (f" Did you mean: {near}?" if near else ""),
        remedy_fr="La liste : vigie indicators.",
        remedy_en="The list: vigie indicators.",
    )
