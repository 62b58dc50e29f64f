"""The answers of the API, as its document describes them and as its addresses write them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["ok", "estimated", "missing", "suppressed"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


class Texts(_Answer):
    """A text in French and in English."""

    fr: str
    en: str


class Place(_Answer):
    """A territory in a list. ``kind`` and ``within`` are words in the language asked for."""

    key: str
    level: str
    code: str
    name: str
    kind: str
    within: str
    population: int | None
    href: str


class Places(_Answer):
    """Territories."""

    edition: str
    territories: list[Place]


class Card(_Answer):
    """A territory: its codes, its size, the level of each territory that holds it, in part or whole."""

    edition: str
    key: str
    level: str
    code: str
    name: str
    kind: str
    departement: str | None
    region: str | None
    population: int | None
    places: int
    area_km2: float | None
    lon: float | None
    lat: float | None
    parents: list[Place]
    members: str


class Observed(_Answer):
    """An observation. ``value`` is null where ``status`` is missing or suppressed: never zero."""

    indicator: str
    level: str
    code: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    status: Status
    snapshot: str


class Observations(_Answer):
    """A page of observations; ``total`` counts all that match, ``next`` is the cursor of the next page."""

    edition: str
    count: int
    total: int
    next: str | None
    observations: list[Observed]


class Indicator(_Answer):
    """A definition, without the details of its computation."""

    id: str
    title: Texts
    unit: Texts
    theme: str
    direction: str
    decimals: int
    levels: list[str]
    thresholds: list[float]
    formula: Texts
    limits: Texts
    periods: dict[str, list[str]]
    href: str


class Indicators(_Answer):
    """The definitions."""

    edition: str
    indicators: list[Indicator]


class Source(_Answer):
    """An original file, with its producer, its licence and its checksum; transcribed tables have no bytes."""

    id: str
    source: str
    title: Texts
    producer: str
    licence: str
    landing: str
    period: str
    files: str
    sha256: str
    bytes: int | None
    notes: Texts


class Sources(_Answer):
    """The original files of the edition."""

    edition: str
    sources: list[Source]


class PharmacyGroup(_Answer):
    """Contiguous communes without a pharmacy that reach the threshold together (L. 5125-6-1), the anchor first."""

    anchor: str
    rank: int
    communes: int
    members: list[str]
    people: int
    threshold: int
    quota: int


class Pharmacy(_Answer):
    """A commune and its pharmacies: quota of L. 5125-4, what is there, what closing the last one does, groups.

    ``without_10``, ``without_20``, ``served`` and ``reopening`` are null where there is not exactly one pharmacy.
    """

    code: str
    name: str
    departement: str
    region: str
    population: int | None
    first: int
    further: int
    quota: int | None
    to_next: int | None
    present: int | None
    present_status: Status | None
    period: str | None
    snapshot: str | None
    situation: Literal["room", "full", "over", "below_with", "below_without", "unknown"]
    last: bool | None
    without_10: float | None
    without_20: float | None
    served: float | None
    reopening: bool | None
    next_code: str | None
    next_minutes: float | None
    anchor: bool
    groups: int | None
    group_communes: int | None
    component_communes: int | None
    component_people: int | None
    kept: list[PharmacyGroup]
    member_of: list[str]


class RuleSource(_Answer):
    """Where a part of a rule comes from: a text in force, or an assumption of Vigie."""

    status: Literal["official", "ours"]
    text: Texts


class Pharmacies(_Answer):
    """A page of communes with their pharmacies; ``total`` counts all that match; ``rule`` is what the
    figures rest on: texts and assumptions."""

    edition: str
    count: int
    total: int
    rule: list[RuleSource]
    communes: list[Pharmacy]


class Table(_Answer):
    """A table of the edition as a Parquet file, with its checksum and the address of its Table Schema."""

    name: str
    title: Texts
    rows: int
    bytes: int
    sha256: str
    href: str
    table_schema: str


class Edition(_Answer):
    """The edition served, with the versions that built it, its checks and its tables."""

    id: str
    built: str
    checks: dict[str, int]
    versions: dict[str, str]
    tables: list[Table]


class Editions(_Answer):
    """The edition served: the only one of which questions can be asked."""

    editions: list[Edition]


class SchemaField(_Answer):
    """A column."""

    name: str
    type: str
    title: str


class TableSchema(_Answer):
    """A Table Schema (Frictionless Data)."""

    fields: list[SchemaField]
    primaryKey: list[str]  # noqa: N815
    missingValues: list[str]  # noqa: N815


class Wrong(_Answer):
    """A parameter that does not hold, and why."""

    parameter: str
    detail: str


class Problem(_Answer):
    """What went wrong (RFC 9457): ``detail`` in English, ``detail_fr`` in French."""

    type: str
    title: str
    status: int
    detail: str = ""
    detail_fr: str = ""
    errors: list[Wrong] = []
