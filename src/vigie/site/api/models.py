"""The answers of the API, as its document describes them and as its addresses write them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["ok", "estimated", "missing", "suppressed"]
FunnelPlace = Literal["below_strict", "below", "within", "above", "above_strict", "too_small"]


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


class Alike(_Answer):
    """A territory alike in structure: ``distance`` from the one asked, ``shared`` the known part of the weight."""

    rank: int
    distance: float
    shared: float
    territory: Place


class Trait(_Answer):
    """A structural variable of the territory; ``standardised`` is its distance from the median, in robust units."""

    variable: str
    title: Texts
    unit: Texts
    weight: float
    value: float | None
    standardised: float | None


class Neighbours(_Answer):
    """The territories most alike, the nearest first, and what they are compared by."""

    edition: str
    territory: str
    neighbours: list[Alike]
    structure: list[Trait]


class Provider(_Answer):
    """A territory of the same level that provides some of the access; ``code`` is null outside every territory of it.

    ``share`` of the access (0 to 1), mean ``minutes`` of the trips to it, and the practitioners that it has.
    """

    code: str | None
    name: str
    share: float
    minutes: float
    heads: float


class Sharer(_Answer):
    """A territory of the same level that uses the practitioners behind the access, and its ``share`` (0 to 1)."""

    code: str | None
    name: str
    share: float


class ProfessionProvision(_Answer):
    """Who provides the access to a profession: ``own`` by the territory itself, in all by ``providers_total``.

    ``own_use`` is the part of those practitioners' activity that goes to the territory's own people, ``minutes`` the
    mean trip. The greatest providers and sharers only are listed.
    """

    profession: str
    period: str
    own: float
    minutes: float
    providers_total: int
    providers: list[Provider]
    own_use: float
    sharers_total: int
    sharers: list[Sharer]


class ProvisionAnswer(_Answer):
    """Who provides a territory's access and with whom it is shared, in Vigie's model of 2021."""

    edition: str
    territory: str
    professions: list[ProfessionProvision]


class Contribution(_Answer):
    """What a commune brings to a figure: its part of the numerator and of the denominator."""

    code: str
    name: str
    value: float | None
    numerator: float | None
    denominator: float | None
    status: Status


class Explanation(_Answer):
    """Where a figure comes from: its observation, its definition and rule, its file, and the communes that it is of.

    ``communes`` are those that weigh most in the figure, ``communes_total`` how many there are; none where it is
    published as it stands.
    """

    edition: str
    indicator: str
    title: Texts
    unit: Texts
    territory: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    status: Status
    rule: str
    formula: Texts
    limits: Texts
    source: Source
    communes: list[Contribution]
    communes_total: int
    citation: str


class PlacedInFunnel(_Answer):
    """A territory in a funnel: its limits widened for dispersion, those of chance alone at 99.8 %, where it stands."""

    code: str
    name: str
    value: float
    numerator: float
    denominator: float
    low: float
    high: float
    lowest: float
    highest: float
    chance_lowest: float
    chance_highest: float
    place: FunnelPlace
    by_chance: FunnelPlace
    score: float
    p_adjusted: float | None
    kept: bool


class Funnel(_Answer):
    """A funnel over the territories of a level, those furthest from the average first.

    ``outside`` and ``outside_strict`` are counts outside the limits of chance alone at 95 and 99.8 %, ``by_luck`` and
    ``by_luck_strict`` what chance would give; ``dispersion`` how many times more than chance the territories vary,
    ``kept`` how many remain beyond it at a false discovery rate of 5 %.
    """

    edition: str
    indicator: str
    level: str
    period: str
    average: float
    territories: int
    too_small: int
    unknown: int
    dispersion: float
    overdispersed: bool
    outside: int
    outside_strict: int
    by_luck: float
    by_luck_strict: float
    kept: int
    placed: list[PlacedInFunnel]


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
    numerator: Texts | None
    denominator: Texts | None
    formula: Texts
    limits: Texts
    periodicity: Texts | None
    source: Texts | None
    imports: list[str]
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


class OutlookVariant(_Answer):
    """A set of hypotheses; ``detailed`` when every place is told each year. ``status`` "ours": no text gives it."""

    variant: str
    title: Texts
    note: Texts
    status: Literal["published", "approximate", "ours"]
    path: Texts
    demand: Texts
    draws: int
    seed: int
    detailed: bool


class OutlookVariants(_Answer):
    """The variants of the edition's outlook."""

    edition: str
    variants: list[OutlookVariant]


class OutlookYear(_Answer):
    """A year of a territory: means of the draws, and the range of 80 % of them (``_low``, ``_high``).

    ``apl`` in consultations a year per inhabitant. ``under``: the share of the people whose commune is under 2.5; for a
    commune, the share of the draws in which it is. ``supply`` over that of the base, null where there is none.
    ``none``: the share of the draws without any GP, for a commune that has some. ``doctors`` and the flows of the year
    are numbers of GPs.
    """

    year: int
    apl: float | None
    apl_low: float | None
    apl_high: float | None
    under: float | None
    under_low: float | None
    under_high: float | None
    supply: float | None
    supply_low: float | None
    supply_high: float | None
    none: float | None
    doctors: float | None
    retired: float | None
    moved: float | None
    arrived: float | None
    filled: float | None


class OutlookBasis(_Answer):
    """What ages and demand rest on in a territory; ``_from`` is whose imported table is used there, null without."""

    ages: Texts
    demand: Texts
    ages_from: str | None
    demand_from: str | None


class TerritoryOutlook(_Answer):
    """The outlook of a territory under a variant; no year where no APL is published or the variant is not told."""

    edition: str
    level: str
    code: str
    name: str
    variant: OutlookVariant
    basis: OutlookBasis
    years: list[OutlookYear]


class Loser(_Answer):
    """What a territory loses of its APL by a year; ``loss`` and ``supply_loss`` are shares."""

    level: str
    code: str
    name: str
    departement: str | None
    population: int
    before: float
    after: float
    after_low: float
    after_high: float
    loss: float
    supply_loss: float | None
    half_by: int | None
    under_by: int | None


class Losers(_Answer):
    """The territories of a level, the most affected first; ``total`` counts them all."""

    edition: str
    variant: str
    level: str
    by: int
    total: int
    territories: list[Loser]


class OutlookJudged(_Answer):
    """How a forecast of the past did over a group of territories: see docs/methods-outlook.md."""

    base: int
    year: int
    spread: Literal["earlier", "used"]
    over: Literal["places", "levels"]
    group: str
    territories: int
    error: float
    kept: float
    bias: float
    coverage: float
    weighted: float
    width: float


class OutlookBacktest(_Answer):
    """The back-test of the outlook."""

    edition: str
    backtest: list[OutlookJudged]


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


# Levers and scenarios -------------------------------------------------------------------------------------------------


class Origin(_Answer):
    """Who says a figure: ``published``, ``derived`` from published figures, or a ``hypothesis`` of Vigie."""

    status: Literal["published", "derived", "hypothesis"]
    fr: str
    en: str


class LeverParameter(_Answer):
    """A parameter: its value, its range, and the bounds of what a scenario may set."""

    title: Texts
    unit: Texts
    value: float
    low: float
    high: float
    least: float
    most: float
    source: Origin


class Slider(_Answer):
    """The amount of a lever: what a slider offers."""

    title: Texts
    unit: Texts
    least: float
    most: float
    default: float
    step: float


class LeverPreset(_Answer):
    """Other values (value, low, high) of some parameters, under a name."""

    title: Texts
    values: dict[str, list[float]]
    source: Origin


class LeverCost(_Answer):
    """A line of cost in euros for years 1, 2, 3 and later, per unit, territory, inhabitant, practitioner or act."""

    title: Texts
    per: str
    years: list[float]
    low: list[float]
    high: list[float]
    source: Origin


class Lever(_Answer):
    """A lever. ``degrees`` of difficulty that it suits: 1, aids to private practice; 2, public means."""

    id: str
    title: Texts
    text: Texts
    limits: Texts
    degrees: list[int]
    professions: list[str]
    priced: bool
    mechanism: str
    needs_origins: bool
    amount: Slider
    parameters: dict[str, LeverParameter]
    presets: dict[str, LeverPreset]
    costs: list[LeverCost]


class Levers(_Answer):
    """The levers."""

    edition: str
    levers: list[Lever]


class Ranged(_Answer):
    """A figure under the central model, and its range over the hypotheses; null where it has no bound."""

    value: float | None
    low: float | None
    high: float | None


class BeforeAfter(_Answer):
    """A mean before the scenario and after it."""

    before: float
    after: Ranged


class Near(_Answer):
    """People within 30 minutes of a practitioner, before and after."""

    before: float
    after: float


class Unequal(_Answer):
    """A measure of inequality before and after."""

    title: Texts
    before: float | None
    after: Ranged


class ThresholdCrossed(_Answer):
    """People under a threshold: those who leave it, those who fall under it, the difference, and by year."""

    threshold: float
    before: float
    after: Ranged
    leave: Ranged
    enter: Ranged
    net: Ranged
    net_by_year: list[float]


class ScenarioScope(_Answer):
    """The figures of a territory."""

    key: str
    name: str
    people: float
    unpublished: float
    mean: BeforeAfter
    thresholds: list[ThresholdCrossed]
    within_30_minutes: Near
    gain: float
    lose: float
    inequality: dict[str, Unequal]


class KeyName(_Answer):
    """A territory by its key."""

    key: str
    name: str


class ScenarioAction(_Answer):
    """What one action came to; ``used`` is the amount that could be."""

    lever: str
    title: Texts
    limits: Texts
    amount: float
    used: float | None
    unit: Texts
    places: list[KeyName]
    origins: list[KeyName] = Field(alias="from")
    added: Ranged
    taken: Ranged
    notes: list[Texts]


class Euros(_Answer):
    """Euros in years 1, 2, 3 and every later one; ``low`` and ``high`` over the hypotheses."""

    value: list[float]
    low: list[float]
    high: list[float]


class CostLine(Euros):
    """A line of cost of an action."""

    action: int
    lever: str
    title: Texts
    source: Origin


class ScenarioCosts(_Answer):
    """The costs; ``unknown`` are the levers whose cost is not modelled, so that no total is told."""

    unit: str
    years: list[str]
    total: Euros
    lines: list[CostLine]
    unknown: list[str]


class ScenarioConservation(_Answer):
    """Consultations a year added to supply and reached by people; ``gap`` is their difference, 0 but for rounding."""

    supply: float | None
    reached: float | None
    unserved: float | None
    gap: float | None
    floor: float | None
    unpublished: float | None


class ScenarioHypothesis(LeverParameter):
    """A parameter of the scenario that no text gives."""

    lever: str
    lever_title: Texts
    name: str


class ScenarioDepartement(_Answer):
    """Who gains and who loses in a département."""

    departement: str | None
    gain: float
    lose: float
    leave: float
    enter: float
    consultations: float


class ScenarioPlace(_Answer):
    """A place that changes; ``low`` and ``high`` are those of the change."""

    code: str
    name: str
    departement: str | None
    people: int
    before: float
    after: float
    change: float
    low: float
    high: float


class SitingRequest(_Answer):
    """What was asked for."""

    objective: Literal["coverage", "everybody", "time", "threshold", "worst"]
    sites: int
    territory: dict[str, str]
    minutes: float
    profession: str
    threshold: float
    existing: str | None
    min_population: int
    facilities: list[str]
    zone: str | None
    forced: list[str]
    forbidden: list[str]
    capacity: int | None
    posts_each: int
    activity: float
    tolerance: float


class Siting(_Answer):
    """Places chosen: ``value`` of the best plan, ``before`` without any, ``bound`` that no plan exceeds, in ``unit``.

    ``plans`` has a row per plan (value, range over the models, loss, places in common); ``places`` a row per place,
    with what the best plan would lose without it, the share of models that choose it, and its posts in each plan.
    """

    simulation: Literal[True]
    warning: Texts
    edition: str
    snapshots: list[str]
    year: str
    request: SitingRequest
    objective: Texts
    unit: Texts
    candidates: int
    existing: int
    people: float
    before: float
    value: float
    bound: float
    gap_percent: float
    optimal: bool
    unreachable_people: float
    models: list[str]
    sentences: list[Texts]
    plans: list[dict[str, float | None]]
    places: list[dict[str, float | str | bool | None]]


class _Shared(_Answer):
    """What every sharing of means says of itself: ``thresholds`` are those of ``net`` people, ``unit`` of supply."""

    simulation: Literal[True]
    warning: Texts
    edition: str
    profession: str
    thresholds: list[float]
    unit: Texts
    year: str
    snapshots: list[str]
    sentences: list[Texts]


class AllocationRule(_Answer):
    """The total under one rule: net people above the two thresholds, the share of the lack that is closed, Gini's
    index, euros, and units by degree of difficulty (territories under each of ``degrees``, others)."""

    rule: Literal["open", "priority", "need", "effect"]
    title: Texts
    net: list[float]
    lack_closed: float
    gini: dict[str, float]
    first_year: float
    steady: float
    by_degree: list[float]


class Allocation(_Shared):
    """The same total of a lever under four rules; ``territories`` has the units of each territory under each rule."""

    lever: str
    total: float
    territory: dict[str, str]
    by: str
    degrees: list[float]
    rules: list[AllocationRule]
    territories: list[dict[str, float | str | None]]


class PairedEnd(_Answer):
    """A territory that gives or receives, with its APL before and after."""

    key: str
    name: str
    before: float
    after: float


class PairingAnswer(_Shared):
    """Days a month from dense to under-dense territories.

    ``lack_closed`` is what they bring as a share of what is lacking, ``lack_closed_bound`` what no division of days
    exceeds, ``lack_reached`` the share that is no longer lacking once all who reach the days have their part.
    """

    pairs: list[dict[str, float | str]]
    days: float
    net: list[float]
    lack_closed: float
    lack_closed_bound: float
    lack_reached: float
    origins: list[PairedEnd]
    destinations: list[PairedEnd]


class PortfolioPlan(_Answer):
    """The mix of a budget: people brought above the threshold, the bound that no mix exceeds, the levers and where, and
    the same as the word of a scenario (``scenario``, to play at /api/v1/scenarios)."""

    budget: float
    euros: float
    people: float
    bound: float | None
    proved: bool
    scenario: str | None
    mix: list[dict[str, float | str]]


class PortfolioAnswer(_Shared):
    """The best mix found for each budget, rising: the efficient frontier."""

    territory: dict[str, str]
    plans: list[PortfolioPlan]


class Simulation(_Answer):
    """The answer to a scenario: a simulation, never a forecast. ``token`` is the scenario as a word for an address."""

    simulation: Literal[True]
    warning: Texts
    id: str
    token: str
    scenario: dict[str, Any]
    edition: str
    profession: str
    unit: Texts
    year: str
    snapshots: list[str]
    variants: list[str]
    sentences: list[Texts]
    scope: ScenarioScope
    whole: ScenarioScope
    actions: list[ScenarioAction]
    costs: ScenarioCosts
    cost_per_person: list[Ranged | None]
    conservation: ScenarioConservation
    hypotheses: list[ScenarioHypothesis]
    departements: list[ScenarioDepartement]
    places_changed: int
    places: list[ScenarioPlace]


class QualityCheck(_Answer):
    """A check of the edition: an ``error`` that failed would have kept it from being published, a ``doubt`` not."""

    id: str
    title: Texts
    severity: Literal["error", "doubt"]
    passed: bool
    found: str


class Agreement(_Answer):
    """How near the recomputed indicator is to the published one; ``within`` is a share of the territories."""

    indicator: str
    recomputed: str
    period: str
    level: str
    territories: int
    correlation: float | None
    error: float
    mean: float
    within: float | None


class Covered(_Answer):
    """What is known of an indicator at a level in its last period."""

    indicator: str
    level: str
    period: str
    territories: int
    known: int
    suppressed: int
    missing: int
    share: float


class Sides(_Answer):
    """Two producers of one quantity: ``difference`` is the median one, as a share of the first."""

    quantity: str
    level: str
    first: str
    second: str
    territories: int
    equal: int
    explained: int
    difference: float | None


class BrokenRelation(_Answer):
    """A relation that a transcribed table does not keep, and why."""

    table: str
    relation: str
    printed: float | None
    recomputed: float | None
    explanation: Texts


class Transcription(_Answer):
    """The relations that the transcribed tables must keep."""

    relations: int
    hold: int
    broken: list[BrokenRelation]


class NextRelease(_Answer):
    """A source in the calendar. ``months`` is its age and ``late`` how long its next release is due, at the build."""

    source: str
    title: Texts
    producer: str
    landing: str
    cadence: Literal["yearly", "quarterly", "monthly", "irregular", "once"]
    delay_months: int
    at_hand: bool
    snapshot: str
    period: str
    period_end: date | None
    expected: date | None
    basis: Literal["announced", "cadence", "none"]
    announced_at: str
    months: int | None
    late: int | None


class Measured(_Answer):
    """A figure measured of the software."""

    label: Texts
    value: float
    unit: Texts | None
    target: Texts | None


class Proof(_Answer):
    """A measure of the software; where it was not made, ``missing`` says so and there is no figure."""

    id: str
    title: Texts
    what: Texts
    command: str
    date: str | None
    machine: Texts | None
    commit: str | None
    figures: list[Measured]
    note: Texts | None
    missing: Texts | None


class Quality(_Answer):
    """The quality report of the edition served, and the measures of the software."""

    edition: str
    built: str
    passed: int
    checks: list[QualityCheck]
    agreement: list[Agreement]
    coverage: list[Covered]
    backtest: list[dict[str, Any]]
    reconciliation: list[Sides]
    transcription: Transcription
    releases: list[NextRelease]
    evidence: list[Proof]


class Releases(_Answer):
    """The calendar of the sources."""

    edition: str
    releases: list[NextRelease]


class Revision(_Answer):
    """What an edition changed of the one before, of an indicator at a level, and why."""

    edition: str
    before: str
    built: str
    indicator: str
    level: str
    added: int
    removed: int
    changed: int
    same: int
    largest: float | None
    by_source: int
    by_method: int
    sources: str
    cause: Literal["correction", "release", "source", "method", "both"]
    why: Texts


class Revisions(_Answer):
    """The revision log, the newest edition first; ``total`` rows in all.

    ``since`` is the oldest edition that the log compares with: the one served while nothing has been revised.
    """

    edition: str
    since: str
    total: int
    revisions: list[Revision]
    note: Texts
