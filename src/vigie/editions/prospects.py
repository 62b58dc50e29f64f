"""The outlook of an edition: its ground from the inputs, its tables, and the same drawn live for a variant.

``outlook`` has a row per variant, level, code and year. Of the central variant and of the one where nobody replaces
those who leave, every place and every group of places is told each year; of the others, large ones in some.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_array, vstack

from vigie.access import fitting
from vigie.access.catchment import prepare
from vigie.access.spread import Each
from vigie.editions.country import NEEDED, Country, at_hand, country, place_measures
from vigie.editions.imports import import_inputs
from vigie.editions.inputs import Input, gather, require
from vigie.editions.levers import Playground
from vigie.editions.projections import KINDS, growth, read_ages, read_projection, with_ages
from vigie.editions.steps import Tables
from vigie.errors import InputError, Where
from vigie.indicators.compute import Measure
from vigie.levers.effects import RAMP, change
from vigie.levers.scenario import Scenario, settle
from vigie.outlook import backtest
from vigie.outlook.ages import national_shares, shares_at_sites
from vigie.outlook.draws import SEED, Groups, Leaving, Outlook, Range, outlook
from vigie.outlook.draws import departures as departures_drawn
from vigie.outlook.ground import Ground, make_plan
from vigie.outlook.hypotheses import CENTRAL, CONSTANT, Model, Variant, demand, path, variants
from vigie.outlook.hypotheses import model as shipped_model
from vigie.outlook.tiling import tiled_outlook
from vigie.territories.reference import WHOLE_CITIES, Reference, build

BASE = 2023  # the last published APL at hand
PROFESSION = "mg"
AGES_OF = 2021  # the year whose APL is published by age
SERIES = (2015, 2019, 2023)
CODE = ("access", "outlook", "editions/prospects.py", "editions/projections.py", "editions/country.py")
"""The rooms and files of the package that decide these tables, beside those that read the inputs."""

NOBODY = "nobody"
DETAILED = (CENTRAL, NOBODY)
DRAWS, FEW_DRAWS = 60, 24
"""How often an edition draws a detailed variant, and one told for large territories alone."""

MILESTONES = (2035,)  # the years in which the latter are told

LARGE = ("departement", "region", "france")
_SKIPPED = ("commune", "bassin_de_vie_2012", "canton_ou_ville")
_SOURCES = ("drees_apl_2022_2023", "drees_apl_mg_2015_2023")

_FIGURES = (
    *("apl", "apl_low", "apl_high", "under", "under_low", "under_high"),
    *("supply", "supply_low", "supply_high", "none"),
    *("doctors", "retired", "moved", "arrived", "filled"),
)
OUTLOOK = {"variant": pl.String, "level": pl.String, "code": pl.String, "year": pl.Int16} | dict.fromkeys(
    _FIGURES, pl.Float32
)
"""``apl`` in consultations a year per inhabitant, with its interval (80 % of the draws). ``under``: for a territory of
several places the share of its people under 2.5, with its interval; for a place the share of the draws in which it is
under 2.5. ``supply`` over that of the base (null where there is none). ``none``: the share of the draws without any GP,
for a place that has some. ``doctors`` and flows of the year are means of the draws."""

VARIANTS = {
    "position": pl.Int64,
    "variant": pl.String,
    "title_fr": pl.String,
    "title_en": pl.String,
    "note_fr": pl.String,
    "note_en": pl.String,
    "status": pl.String,
    "path": pl.String,
    "branch": pl.String,
    "path_fr": pl.String,
    "path_en": pl.String,
    "demand_fr": pl.String,
    "demand_en": pl.String,
    "draws": pl.Int64,
    "seed": pl.Int64,
    "detailed": pl.Boolean,
}
TABLES = {"kind": pl.String, "code": pl.String, "by_age": pl.Boolean}
"""What is brought to the outlook: ``code`` is a département, a commune or FR; ``by_age``: told by age."""

BACKTEST = {"base": pl.Int64, "year": pl.Int64, "spread": pl.String, "over": pl.String} | {
    name: pl.String if name == "group" else pl.Int64 if name == "territories" else pl.Float64
    for name in backtest.Judged.__dataclass_fields__
}


@dataclass(frozen=True)
class Land:
    """A ground with the territories that its places make up: ``levels`` and ``codes`` name the groups."""

    ground: Ground
    groups: Groups
    levels: tuple[str, ...]
    codes: tuple[str, ...]


def reads(one: Input) -> bool:
    """Whether these tables are made from ``one``."""
    return one.source.id in (*NEEDED, *_SOURCES) or one.source.table in ("apl", *KINDS)


def prospect_tables(inputs: Mapping[str, Input], reference: Reference) -> Tables:
    """outlook, outlook_variants and outlook_backtest; empty where an input that they need is not at hand.

    Imported tables of doctors by age and of people projected take the place of the published ages and of constant
    people; ``outlook_tables`` then says of which territories they are.
    """
    if not (at_hand(inputs) and all(name in inputs for name in _SOURCES)):
        return {
            "outlook": pl.DataFrame(schema=OUTLOOK),
            "outlook_variants": pl.DataFrame(schema=VARIANTS),
            "outlook_backtest": pl.DataFrame(schema=BACKTEST),
        }
    model = shipped_model()
    at = place_measures(inputs, reference)
    plain = _land(inputs, reference, at, model)
    own_tables = imported_tables(inputs)
    land, more = _informed(plain, own_tables, reference, range(BASE, model.horizon + 1))
    large = _only(land, LARGE)
    frames = {}
    leaving: dict[tuple[bytes, float], Leaving] = {}  # of each law of exit and mobility: most variants share one
    for name, one in variants().items():
        detailed = name in DETAILED
        own = land if detailed else large
        plan = make_plan(own.ground, model, one, growth=more)
        law = (plan.leave.tobytes(), plan.mobility)
        if law not in leaving:
            leaving[law] = departures_drawn(own.ground, plan, model, _draws(name), SEED)
        told = None if detailed else MILESTONES
        found = outlook(own.ground, plan, model, own.groups, _draws(name), told=told, gone=leaving[law])
        frames[name] = table(own, found, name, places=detailed).sort("level", "code", "year")
    return {
        "outlook": pl.concat([frames[name] for name in sorted(frames)]),
        "outlook_variants": variants_table(variants().values(), _draws, SEED, own_tables),
        "outlook_backtest": _backtest(plain, at, reference, model),
    } | _tables_told(own_tables, reference)


def _tables_told(tables: OwnTables, reference: Reference) -> Tables:
    """outlook_tables: a row per territory that a brought table names; no table where none is brought."""
    rows = []
    if tables.ages is not None:
        rows += [(KINDS[0], code, True) for code in read_ages(tables.ages, reference).classes]
    if tables.people is not None:
        told = read_projection(tables.people, reference)
        rows += [(KINDS[1], code, told.weighted) for code in told.series]
    if not rows:
        return {}
    return {"outlook_tables": pl.DataFrame(rows, schema=TABLES, orient="row").sort("kind", "code")}


def _draws(name: str) -> int:
    return DRAWS if name in DETAILED else FEW_DRAWS


@dataclass(frozen=True)
class Brought:
    """A change of supply by place (codes, sorted) and year after the base, in consultations a year."""

    places: np.typing.NDArray[np.str_]
    supply: csr_array


def brought(scenario: Scenario, ground: Playground, first: int) -> Brought:
    """The supply that a scenario of levers adds from the year ``first`` on: years 1, 2, 3 of its ramps, then steady.

    Raises InputError for a scenario that changes demand or trips: only supply is carried to later years, or for a first
    year outside the outlook, and what :func:`vigie.levers.scenario.settle` raises.
    """
    horizon = shipped_model().horizon
    if not BASE < first <= horizon:
        raise InputError(
            f"un scénario commence entre {BASE + 1} et {horizon}.",
            f"a scenario begins between {BASE + 1} and {horizon}.",
            where=Where(column="from-year", value=first),
        )
    made = change(settle(scenario, ground.area), ground.ground, RAMP)
    if made.demand is not None or made.trips or made.link is not None:
        raise InputError(
            "ce scénario change la demande ou les trajets : seule l'offre se porte d'année en année.",
            "this scenario changes demand or trips: only supply is carried from year to year.",
            remedy_fr="Retirez ces leviers, ou jouez le scénario pour lui-même : vigie simulate.",
            remedy_en="Take these levers out, or play the scenario by itself: vigie simulate.",
        )
    columns = [
        np.zeros(made.supply.shape[0]) if year < first else made.supply[:, min(year - first, len(RAMP) - 1)]
        for year in range(BASE, horizon + 1)
    ]
    return Brought(ground.ground.ids, csr_array(np.column_stack(columns)))


@dataclass(frozen=True)
class OwnTables:
    """Files of an analyst (:mod:`vigie.editions.projections`): doctors by age, people projected; None without."""

    ages: Path | None = None
    people: Path | None = None


def imported_tables(inputs: Mapping[str, Input]) -> OwnTables:
    """The tables of ages and people among the inputs of a build."""
    paths = {one.source.table: one.paths[0] for one in inputs.values() if one.source.table in KINDS}
    return OwnTables(*(paths.get(kind) for kind in KINDS))


def draw(
    home: Path,
    variant: Variant,
    draws: int,
    seed: int = SEED,
    told: Collection[int] | None = None,
    extra: Brought | None = None,
    tables: OwnTables | None = None,
    progress: Callable[[int], None] = lambda _: None,
    each: Each | None = None,
) -> pl.DataFrame:
    """The rows of ``outlook`` for one variant, drawn now on the inputs of ``home`` or the embedded ones.

    ``extra`` is a supply brought from elsewhere, ``tables`` are what an analyst knows of ages and people, in the place
    of what ``home`` has imported. ``each``
    hands out the départements to workers; ``progress`` then hears of each of them instead of each year. Raises
    InputError where an input is lacking or damaged.
    """
    inputs = gather([], home / "snapshots")
    require(inputs, (*NEEDED, *_SOURCES))
    reference = build(inputs["communes"].table())
    model = shipped_model()
    land = _land(inputs, reference, place_measures(inputs, reference), model)
    added = None if extra is None else _aligned(extra, land.ground)
    kept, given = imported_tables(import_inputs(home)), tables or OwnTables()
    asked_for = OwnTables(given.ages or kept.ages, given.people or kept.people)
    land, more = _informed(land, asked_for, reference, range(BASE, model.horizon + 1))
    plan = make_plan(land.ground, model, variant, added, more)
    asked = (land.ground, plan, model, land.groups, draws)
    if each is None:
        found = outlook(*asked, seed, told=told, progress=progress)
    else:
        found = tiled_outlook(*asked, departements(land.ground), each, seed, told, progress)
    return table(land, found, variant.id).sort("variant", "level", "code", "year")


def departements(ground: Ground) -> np.typing.NDArray[np.str_]:
    """The département of each place: the tiles of an outlook that is spread over workers."""
    return np.array([code[: 3 if code.startswith("97") else 2] for code in ground.places.tolist()])


def _informed(
    land: Land, tables: OwnTables, reference: Reference, years: range
) -> tuple[Land, np.typing.NDArray[np.float64] | None]:
    """The land with the ages brought, and the growth of the people brought; None where they are held constant."""
    ground = land.ground
    codes, position = reference.members("departement")
    own = np.array(codes, dtype=np.str_)[position[_rows(ground.places, reference)]]
    more = None
    if tables.people is not None:
        more = growth(read_projection(tables.people, reference), years, ground.places, own)
    if tables.ages is not None:
        land = replace(land, ground=with_ages(ground, read_ages(tables.ages, reference), own))
    return land, more


def _aligned(extra: Brought, ground: Ground) -> csr_array:
    """The supply brought, in the order of the ground's places; a place that it does not name gets none."""
    rows = np.minimum(np.searchsorted(extra.places, ground.places), extra.places.size - 1)
    named = (extra.places[rows] == ground.places).astype(np.float64)
    return csr_array(extra.supply[rows].multiply(named[:, None]))


def variants_table(found: Iterable[Variant], draws: Callable[[str], int], seed: int, tables: OwnTables) -> pl.DataFrame:
    """What each variant supposes, in words: the columns of ``VARIANTS``."""
    rows = [
        {
            "position": position,
            "variant": one.id,
            "status": one.status,
            "path": one.path,
            "branch": one.branch,
            "title_fr": one.title.fr,
            "title_en": one.title.en,
            "note_fr": one.note.fr,
            "note_en": one.note.en,
            "path_fr": path(one.path).source.fr,
            "path_en": path(one.path).source.en,
            **_demand_told(one, tables),
            "draws": draws(one.id),
            "seed": seed,
            "detailed": one.id in DETAILED,
        }
        for position, one in enumerate(found)
    ]
    return pl.DataFrame(rows, schema=VARIANTS)


def _demand_told(one: Variant, tables: OwnTables) -> dict[str, str]:
    """The demand of a variant in words: what its definition says, or the people brought that take its place."""
    own = demand(one.demand)
    if tables.people is None:
        return {"demand_fr": own.note.fr, "demand_en": own.note.en}
    fr = "Projection de population importée ; constante où elle ne dit rien."
    en = "Population projection imported; constant where it says nothing."
    if own.id == CONSTANT:
        return {"demand_fr": fr, "demand_en": en}
    return {"demand_fr": f"{fr} {own.note.fr}", "demand_en": f"{en} {own.note.en}"}


# The ground -----------------------------------------------------------------------------------------------------------


def ground_of(inputs: Mapping[str, Input], reference: Reference, model: Model) -> Land:
    """GPs in France: the catchment fitted to the APL of 2021, ages, the published APL of the base, and territories."""
    return _land(inputs, reference, place_measures(inputs, reference), model)


def _land(inputs: Mapping[str, Input], reference: Reference, at: Mapping[str, Measure], model: Model) -> Land:
    whole = country({name: inputs[name] for name in NEEDED}, reference, at, AGES_OF)
    rows = _rows(whole.points.ids, reference)
    matrices, levels, codes = [], [], []
    for level in reference.levels:
        if level in _SKIPPED and level != "commune":
            continue
        known, matrix = reference.membership_matrix(level)
        kept = [k for k, code in enumerate(known) if level != "commune" or code in WHOLE_CITIES]
        matrices.append(csr_array(matrix)[kept][:, rows])
        levels += [level] * len(kept)
        codes += [known[k] for k in kept]
    groups = Groups.of(csr_array(vstack(matrices)))
    return Land(_ground(whole, rows, at, model), groups, tuple(levels), tuple(codes))


def _rows(ids: np.typing.NDArray[np.str_], reference: Reference) -> np.typing.NDArray[np.int64]:
    return np.searchsorted(np.array(reference.place_codes), ids)


def _ground(whole: Country, rows: np.typing.NDArray[np.int64], at: Mapping[str, Measure], model: Model) -> Ground:
    fitted = fitting.shipped()
    known = whole.published[PROFESSION]
    ids = whole.points.ids
    catchment = prepare(fitted.travel("local", whole.points), fitted.models["local"].decays[PROFESSION], known.demand)
    supply = fitted.supply("places", PROFESSION, ids.tolist())
    by_age = [at[f"apl_{PROFESSION}_{field}_{AGES_OF}"].values[rows] for field in ("62", "65", "all")]
    classes = np.maximum(np.diff(np.column_stack(by_age), prepend=0.0, axis=1), 0.0)
    heads = np.rint(known.heads).astype(np.int64)
    site_of = np.flatnonzero((heads > 0) & (supply > 0))
    weight = csr_array(catchment.weight)
    shares = shares_at_sites(
        csr_array(weight[:, site_of]), known.demand, supply[site_of], classes, national_shares(model.ages)
    )
    apl = at[f"apl_{PROFESSION}_all_{BASE}"].values[rows]
    scale = _weighted(apl, known.demand) / _weighted(known.apl, known.demand)
    return Ground(
        base=BASE,
        places=ids,
        site_of=site_of,
        heads=heads[site_of],
        activity=scale * supply[site_of] / heads[site_of],
        shares=shares,
        area=whole.areas[1][site_of],
        departement=whole.areas[0][site_of],
        weight=weight,
        demand=known.demand,
        population=whole.places["population"].fill_null(0).cast(pl.Float64).to_numpy(),
        apl=apl,
    )


def _weighted(values: np.typing.NDArray[np.float64], weights: np.typing.NDArray[np.float64]) -> float:
    known = np.isfinite(values)
    return float(values[known] @ weights[known] / weights[known].sum())


def _only(land: Land, levels: Sequence[str]) -> Land:
    """The same ground with the groups of some levels."""
    kept = [k for k, level in enumerate(land.levels) if level in levels]
    groups = Groups.of(csr_array(land.groups.matrix)[kept])
    return Land(land.ground, groups, tuple(land.levels[k] for k in kept), tuple(land.codes[k] for k in kept))


# Tables ---------------------------------------------------------------------------------------------------------------


def table(land: Land, found: Outlook, name: str, places: bool = True) -> pl.DataFrame:
    """The rows of ``outlook`` of one variant: its groups, and its places where ``places`` are wanted."""
    frames = [_of_groups(land, found)]
    if places:
        frames.append(_of_places(land.ground, found))
    rows = pl.concat(frames).with_columns(variant=pl.lit(name))
    return rows.select(pl.col(column).cast(kind) for column, kind in OUTLOOK.items())


def _of_groups(land: Land, found: Outlook) -> pl.DataFrame:
    ground = land.ground
    people = land.groups.matrix @ np.where(np.isfinite(ground.apl), ground.population, 0.0)
    share = np.divide(1.0, people, out=np.full(people.size, np.nan), where=people > 0)
    under = found.group_under
    by_site = csr_array(land.groups.matrix[:, ground.site_of])
    columns = {
        **_range("apl", found.group_apl),
        **_range("under", Range(under.value * share, under.low * share, under.high * share)),
        **_range("supply", found.group_supply),
        "none": np.full_like(under.value, np.nan),
        **_flows(found, by_site),
    }
    # A group without any GP at the base has no supply to compare with.
    empty = (by_site @ ground.heads) == 0
    for column in ("supply", "supply_low", "supply_high"):
        columns[column] = np.where(empty, np.nan, columns[column])
    rows = _long(found, columns, np.array(land.levels), np.array(land.codes))
    return rows.filter(pl.col("apl").is_not_null())  # Mayotte


def _of_places(ground: Ground, found: Outlook) -> pl.DataFrame:
    nothing = np.full((len(found.told), ground.places.size), np.nan)

    def spread(values: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        filled = nothing.copy()
        filled[:, ground.site_of] = values
        return filled

    supply = Range(*(spread(part) for part in (found.supply.value, found.supply.low, found.supply.high)))
    at_places = csr_array(
        (np.ones(ground.site_of.size), (ground.site_of, np.arange(ground.site_of.size))),
        shape=(ground.places.size, ground.site_of.size),
    )
    columns = {
        **_range("apl", found.apl),
        "under": found.under,
        "under_low": nothing,
        "under_high": nothing,
        **_range("supply", supply),
        "none": spread(found.none),
        **_flows(found, at_places),
    }
    rows = _long(found, columns, np.full(ground.places.size, "commune"), ground.places)
    return rows.filter(pl.col("apl").is_not_null())


def _range(name: str, one: Range) -> dict[str, np.typing.NDArray[np.float64]]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}


def _flows(found: Outlook, by_site: csr_array) -> dict[str, np.typing.NDArray[np.float64]]:
    told = [year - found.years[0] for year in found.told]
    summed = found.flows.summed(by_site)
    names = ("doctors", "retired", "moved", "arrived", "filled")
    return {name: part[told] for name, part in zip(names, summed.parts(), strict=True)}


def _long(
    found: Outlook,
    columns: Mapping[str, np.typing.NDArray[np.float64]],
    levels: np.typing.NDArray[np.str_],
    codes: np.typing.NDArray[np.str_],
) -> pl.DataFrame:
    """Tables of years × territories as rows: level, code, year and a column each."""
    years = pl.Series("year", np.repeat(np.array(found.told, dtype=np.int16), codes.size))
    keys = pl.concat([pl.DataFrame({"level": levels, "code": codes})] * len(found.told))
    values = {name: part.ravel().astype(np.float32) for name, part in columns.items()}
    return keys.with_columns(years, **values).with_columns(pl.col(pl.Float32).fill_nan(None))


def _backtest(land: Land, at: Mapping[str, Measure], reference: Reference, model: Model) -> pl.DataFrame:
    """How the model would have done: 2019 from 2015, and 2023 from 2019 with each of the two spreads."""
    ground = land.ground
    rows = _rows(ground.places, reference)
    series = {year: at[f"apl_constant_{PROFESSION}_all_{year}"].values[rows] for year in SERIES}
    growth = backtest.growth_seen(series, ground.demand, 2015, 2019)
    heads = np.zeros(ground.places.size, dtype=np.int64)
    heads[ground.site_of] = ground.heads
    earlier = model.model_copy(update={"spread": model.earlier_spread})
    frames: list[dict[str, object]] = []
    for base, year, spread, own in ((2015, 2019, "earlier", earlier), (2019, 2023, "earlier", earlier),
                                    (2019, 2023, "used", model)):  # fmt: skip
        one = backtest.forecast(ground, own, land.groups, series, base, year, growth, DRAWS)
        judged = [("places", found) for found in backtest.places_judged(one, heads)]
        judged += [("levels", found) for found in backtest.groups_judged(one, land.groups, np.array(land.levels))]
        key = {"base": base, "year": year, "spread": spread}
        frames += [key | {"over": over} | asdict(found) for over, found in judged if found.territories]
    return pl.DataFrame(frames, schema=BACKTEST)
