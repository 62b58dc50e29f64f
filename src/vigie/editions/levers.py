"""The ground of scenarios from an edition: its places and published APL, with the fitted times, decays and supply.

The same models as the recomputed APL (``recomputed.toml``): travels × decays, the first of each being the central one.
Practitioners count for the national mean of the profession; places outside the fit (Mayotte) are not in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.access.arrays import Floats, Integers
from vigie.access.decay import Decay, preset
from vigie.access.fitting import shipped
from vigie.access.travel import Points, points, with_speeds, zone_of
from vigie.editions.inputs import gather
from vigie.editions.observatory import Observatory, Territory
from vigie.editions.recomputed import plan as variants_plan
from vigie.errors import InputError, StorageError, UnknownNameError, Where
from vigie.levers.ground import Ground, prepare
from vigie.levers.professions import NAMES, professions
from vigie.levers.scenario import Area

INDICATOR = {name: f"apl_{name}" for name in NAMES}
HEADS = {name: f"nombre_{name}" for name in NAMES}
_AROUND_KM = 60.0  # supply reaches people 26 km away at most, and they have others within 26 km more


@dataclass(frozen=True)
class Playground:
    """The ground of an edition and its territories. ``places``: code, name, departement… in the order of the ground.

    ``area`` finds a territory by key, code or name.
    """

    edition: str
    ground: Ground
    places: pl.DataFrame
    area: Areas
    snapshots: tuple[str, ...]


def playground(observatory: Observatory, profession: str = "mg", around: Territory | None = None) -> Playground:
    """Prepare the scenarios of an edition: a few seconds for all of France, less ``around`` a territory.

    What a scenario in and near that territory changes there is the same; what is told of all of France is of the places
    kept. Raises StorageError for an edition without what they need.
    """
    ids = shipped().places.select(code="place")
    places = observatory.table("places").join(ids, on="code", how="semi").sort("code")
    if around is not None:
        places = _near(observatory, places, around)
    codes = places["code"].to_list()
    apl, year, snapshots = _published(observatory, INDICATOR[profession], codes)
    heads = _latest(observatory, HEADS[profession], codes)[0]
    # Supply in its own unit (FTE), so that an action of one practitioner is one; demand in as many inhabitants as the
    # published APL is per.
    scale = professions()[profession].scale
    ground = prepare(
        profession,
        year,
        np.array(codes, dtype=np.str_),
        places["population"].fill_null(0).to_numpy(),
        apl["denominator"].fill_null(0.0).to_numpy() / scale,
        apl["value"].fill_null(np.nan).to_numpy(),
        shipped().supply("heads", profession, codes) / scale,
        heads["value"].fill_null(0.0).to_numpy(),
        _travels(observatory, places, profession),
    )
    return Playground(observatory.id, ground, places, Areas(observatory, codes), snapshots)


def _near(observatory: Observatory, places: pl.DataFrame, around: Territory) -> pl.DataFrame:
    """The places within ``_AROUND_KM`` of the frame of a territory; all of them for France."""
    sql = """SELECT min(lon), max(lon), min(lat), max(lat) FROM places WHERE code IN (
        SELECT place FROM memberships WHERE level = ? AND code = ?) OR code = ?"""
    west, east, south, north = observatory.rows(sql, [around.level, around.code, around.code])[0]
    if west is None or around.level == "france":
        return places
    high = _AROUND_KM / 111.0
    wide = high / np.cos(np.radians(min(abs(south), abs(north)) + high)).item()
    lon, lat = pl.col("lon"), pl.col("lat")
    return places.filter(lon.is_between(west - wide, east + wide) & lat.is_between(south - high, north + high))


class Areas:
    """The territories of an edition as scenarios know them; each is found once."""

    def __init__(self, observatory: Observatory, codes: list[str]) -> None:
        """Read who belongs where."""
        self._observatory = observatory
        self._row = {code: row for row, code in enumerate(codes)}
        self._known: dict[str, Area] = {}
        known = pl.DataFrame({"place": codes, "row": np.arange(len(codes))})
        table = observatory.table("memberships").join(known, on="place").sort("level", "code", "row")
        runs = table.group_by("level", "code", maintain_order=True).agg(pl.len())
        rows, ends = table["row"].to_numpy(), runs["len"].cum_sum().to_list()
        # The rows of each territory, in order: parts of one array.
        self._members: dict[tuple[str, str], Integers] = {
            (level, code): rows[end - size : end]
            for (level, code, size), end in zip(runs.iter_rows(), ends, strict=True)
        }

    def __call__(self, text: str) -> Area:
        """The territory of that key, code or name.

        Raises UnknownNameError or AmbiguousNameError, and InputError for one without any place of the ground.
        """
        if text not in self._known:
            found = self.of(self._observatory.territory(text))
            if len(self._known) > 50_000:
                self._known.clear()
            self._known[text] = found
        return self._known[text]

    def within(self, level: str, scope: Area, people: Floats) -> list[Area]:
        """The territories of a level of whose ``people`` (by place) most live in ``scope``, by code.

        Raises UnknownNameError for a level that the edition does not have.
        """
        levels = sorted({name for name, _ in self._members} - {"france"})
        if level not in levels:
            raise UnknownNameError(
                f"niveau inconnu : « {level} ». Niveaux : {', '.join(levels)}.",
                f"unknown level: “{level}”. Levels: {', '.join(levels)}.",
                where=Where(column="by", value=level),
            )
        inside = np.zeros(people.size, dtype=np.bool_)
        inside[scope.places] = True
        names = self._names(level)
        found = []
        for (name, code), rows in self._members.items():
            if name != level:
                continue
            total = float(people[rows].sum())
            if total > 0 and float(people[rows][inside[rows]].sum()) > 0.5 * total:
                found.append(Area(f"{level}:{code}", names.get(code, code), rows))
        return found

    def _names(self, level: str) -> dict[str, str]:
        table = self._observatory.table("territories").filter(pl.col("level") == level)
        return dict(table.select("code", "name").iter_rows())

    def of(self, territory: Territory) -> Area:
        """The area of a territory's card. Raises InputError for one without any place of the ground."""
        if territory.level == "france":
            rows = np.arange(len(self._row))
        else:
            alone = [self._row[territory.code]] if territory.code in self._row else []
            rows = self._members.get((territory.level, territory.code), np.array(alone, dtype=np.int64))
        if not rows.size:
            raise InputError(
                f"aucune APL n'est publiée à {territory.name}.",
                f"no APL is published in {territory.name}.",
                where=Where(column="places", value=territory.key),
            )
        return Area(territory.key, territory.name, rows)


def _published(observatory: Observatory, indicator: str, codes: list[str]) -> tuple[pl.DataFrame, str, tuple[str, ...]]:
    rows, year = _latest(observatory, indicator, codes)
    return rows, year, tuple(sorted(rows["snapshot"].drop_nulls().unique().to_list()))


def _latest(observatory: Observatory, indicator: str, codes: list[str]) -> tuple[pl.DataFrame, str]:
    """The observations of the last period at the places, in their order; the nearest to the producer where several."""
    sql = """SELECT code, observations.period, value, denominator, snapshot FROM observations
        JOIN snapshots ON snapshots.id = observations.snapshot
        WHERE indicator = ? AND level = 'commune' AND observations.period =
            (SELECT max(period) FROM observations WHERE indicator = ? AND level = 'commune')
        ORDER BY snapshots.rank, snapshot"""
    kinds = {"code": pl.String, "period": pl.String, "value": pl.Float64, "denominator": pl.Float64,
             "snapshot": pl.String}  # fmt: skip
    found = pl.DataFrame(observatory.rows(sql, [indicator, indicator]), schema=kinds, orient="row")
    if found.is_empty():
        raise StorageError(
            f"l'édition {observatory.id} n'a pas l'indicateur {indicator}.",
            f"the edition {observatory.id} does not have the indicator {indicator}.",
            remedy_fr="Reconstruisez-la : vigie build.",
            remedy_en="Build it again: vigie build.",
        )
    year, last = str(found["period"][0]), found.unique("code", keep="first")
    order = pl.DataFrame({"code": codes})
    return order.join(last, on="code", how="left", maintain_order="left"), year


def _travels(
    observatory: Observatory, places: pl.DataFrame, profession: str
) -> list[tuple[str, Points, dict[str, Decay]]]:
    halls = gather([], observatory.folder.parents[1] / "snapshots")["communes"].table()
    halls = halls.select("code", "town_hall_lon", "town_hall_lat")
    placed = places.join(halls, on="code", how="left", maintain_order="left")
    codes = places["code"].to_numpy().astype(np.str_)
    lon, lat = (placed.select(pl.coalesce(f"town_hall_{axis}", axis)).to_series().to_numpy() for axis in ("lon", "lat"))
    ground = points(codes, lon, lat, zone_of(codes))
    fitted, models = shipped(), variants_plan()
    first_travel, first_decay, _ = models.central.split("/")
    travels = sorted(models.travels, key=lambda name: name != first_travel)
    decays = sorted(models.decays, key=lambda name: name != first_decay)
    return [
        (
            model,
            with_speeds(ground, fitted.speeds(model, codes.tolist()), fitted.models[model].access),
            {
                name: fitted.models[model].decays[profession] if name == "fitted" else preset(name).decay
                for name in decays
            },
        )
        for model in travels
    ]
