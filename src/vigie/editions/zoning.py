"""The tables of zoning of an edition, and zoning asked of an open one: official rules, rules of one's own, choices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from vigie.access import fitting
from vigie.access.travel import TravelTimes, crow_fly, points, with_speeds, zone_of
from vigie.editions.steps import Tables
from vigie.editions.zoned import zoned
from vigie.editions.zoning_regions import tables as brought_tables
from vigie.editions.zoning_regions import with_tables
from vigie.errors import StorageError, UnknownNameError
from vigie.indicators.definition import Words
from vigie.indicators.series import of_indicators
from vigie.zoning import choices, meshes, picture, redirect
from vigie.zoning.apply import Zoning, apply, mesh_of, periods, with_stand_ins
from vigie.zoning.classes import Figures, Floats
from vigie.zoning.field import Field, Key
from vigie.zoning.reasons import reasons
from vigie.zoning.rules import Rule, find_rule, professions

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory, Territory

TRAVEL_MODEL = "national"
INSTALLATIONS = ("primo_installes_mg", "installations_zones_sous_denses")
_MAYOTTE = "976"  # not in the fitted preset: no APL is published there
_OBSERVED = ("indicator", "period", "level", "code", "value", "denominator")
_LEVELS = ("commune", "bassin_de_vie_2012", "canton_ou_ville")  # of figures: communes, and the zones of arrêtés


# What rules are applied to --------------------------------------------------------------------------------------------


def wanted_indicators(known: Iterable[Rule]) -> set[str]:
    """The indicators that rules are on, those of their conditions, and what their professions are counted by."""
    found: set[str] = set(INSTALLATIONS)
    for rule in known:
        found |= {rule.indicator} if rule.indicator else set()
        found |= {one.indicator for each in rule.classes for one in each.conditions if one.indicator}
        profession = professions()[rule.profession]
        found |= {profession.heads} if profession.heads else set()
        found |= {profession.need.indicator} if profession.need else set()
    return found


def field_of(
    observed: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    variants: pl.DataFrame | None = None,
    degrees: pl.DataFrame | None = None,
) -> Field:
    """The field of an edition.

    ``observed``: observations at communes or at the zones of ``bvcv``, one row an indicator, period, level and code
    (these, value, denominator); ``tables``: places, memberships and territories; ``variants`` as the table of that
    name; ``degrees`` as ``alert_degrees``.
    """
    places = tables["places"].sort("code")
    codes = places.select("code")
    observed = _at_places(observed, places, tables)
    figures: dict[Key, Figures] = {}
    for (name, period), rows in observed.group_by("indicator", "period"):
        at = codes.join(rows, on="code", how="left", maintain_order="left")
        figures[str(name), str(period)] = Figures(_floats(at["value"]), _floats(at["denominator"]))
    found, names = _variants(codes, variants)
    return Field(
        places, tables["memberships"], tables["territories"], figures, found, names, _alerts(codes, degrees)
    )  # fmt: skip


def _at_places(observed: pl.DataFrame, places: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Figures by commune, and those of the zones of ``bvcv`` told of each commune in them that has none of its own."""
    own = observed.filter(pl.col("level") == "commune").drop("level")
    zoned = observed.filter(pl.col("level") != "commune")
    if zoned.is_empty():
        return own
    made = meshes.mesh("bvcv", places, tables["memberships"], tables["territories"])
    at = made.zones[made.index].select(level="zone_level", zone="code").with_columns(place=places["code"])
    spread = at.join(zoned.rename({"code": "zone"}), on=["level", "zone"]).rename({"place": "code"})
    told = spread.select(own.columns)
    return pl.concat([own, told.join(own, on=["indicator", "period", "code"], how="anti")])


def _floats(values: pl.Series) -> Floats:
    return cast(Floats, values.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy())


def _variants(codes: pl.DataFrame, variants: pl.DataFrame | None) -> tuple[dict[str, Floats], tuple[str, ...]]:
    if variants is None or variants.is_empty():
        return {}, ()
    names = tuple(name for name in variants.columns if name not in ("profession", "place"))
    found = {}
    for (profession,), rows in variants.group_by("profession"):
        at = codes.join(rows, left_on="code", right_on="place", how="left", maintain_order="left").select(names)
        found[str(profession)] = at.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return found, names


def _alerts(codes: pl.DataFrame, degrees: pl.DataFrame | None) -> Floats | None:
    if degrees is None:
        return None
    own = degrees.filter(pl.col("level") == "commune").select("code", "alerts")
    return _floats(codes.join(own, on="code", how="left", maintain_order="left")["alerts"])


def open_field(observatory: Observatory, known: Iterable[Rule]) -> Field:
    """The field of an open edition, with what these rules need."""
    names = sorted(wanted_indicators(known))
    tables = {name: observatory.table(name) for name in ("places", "memberships", "territories")}
    at_communes = pl.col("level").is_in(_LEVELS) & pl.col("indicator").is_in(names)
    path = observatory.folder / "tables" / "observations.parquet"
    ranks = pl.scan_parquet(observatory.folder / "tables" / "snapshots.parquet").select(snapshot="id", rank="rank")
    observed = one_source(pl.scan_parquet(path).filter(at_communes).join(ranks, on="snapshot", how="left").collect())
    return field_of(
        observed,
        tables,
        observatory.table("variants") if observatory.has("variants") else None,
        observatory.table("alert_degrees") if observatory.has("alert_degrees") else None,
    )


def one_source(observed: pl.DataFrame) -> pl.DataFrame:
    """One row an indicator, period, level and code: of several sources, the one nearest to its producer (``rank``)."""
    key = ["indicator", "period", "level", "code"]
    several = (
        observed.select("indicator", "period", "snapshot").unique().group_by("indicator", "period").len()
        .filter(pl.col("len") > 1)
    )  # fmt: skip
    if several.is_empty():
        return observed.select(_OBSERVED)
    told = observed.join(several, on=["indicator", "period"], how="semi")
    first = told.sort(*key, "rank", "snapshot").unique(key, keep="first", maintain_order=True)
    rest = observed.join(several, on=["indicator", "period"], how="anti")
    return pl.concat([rest, first]).select(_OBSERVED)


# The tables of an edition ---------------------------------------------------------------------------------------------


def zoning_tables(
    observations: pl.DataFrame, tables: Mapping[str, pl.DataFrame], communes: pl.DataFrame, known: Mapping[str, Rule]
) -> Tables:
    """The tables of zoning.

    ``tables``: places, memberships, territories, snapshots, variants, alert_degrees; ``communes`` the tidy table of
    communes, which has the town halls. Returns zoning_rules, zones (``REASONS`` by rule and period), zone_members
    (mesh, place, zone), zoning_summary, zoning_selectivity, zoning_priority, zoning_over and zoning_pairs, all with
    rule and period.
    """
    wanted = of_indicators(observations, wanted_indicators(known.values()))
    ranks = tables["snapshots"].select(snapshot="id", rank="rank")
    observed = one_source(wanted.filter(pl.col("level").is_in(_LEVELS)).join(ranks, on="snapshot", how="left"))
    field = field_of(observed, tables, tables.get("variants"), tables.get("alert_degrees"))
    known = with_stand_ins(known, field)
    done = [apply(rule, field, period) for rule in known.values() for period in periods(rule, field)]
    last = [one for one in done if one.period == periods(one.rule, field)[-1]]
    paired = [one for one in last if _has_pairs(one)]
    by_mesh = {one.mesh.id: one for one in paired}
    travel = {name: centre_travel(one, field, communes) for name, one in by_mesh.items()}
    return {
        "zoning_rules": rule_table(known, field),
        "zones": _stacked(done, lambda one: reasons(one, field).with_columns(mesh=pl.lit(one.mesh.id))),
        "zone_members": _members(done, field),
        "zoning_summary": _stacked(done, lambda one: picture.summary(one, field)),
        "zoning_selectivity": _stacked(done, lambda one: picture.selectivity(one, field)),
        "zoning_priority": _stacked(done, lambda one: picture.priority_shares(one, field, counts(one.rule))),
        "zoning_over": _stacked(done, lambda one: redirect.over_supplied(one, field)),
        "zoning_pairs": _stacked(paired, lambda one: redirect.pairs(one, field, travel[one.mesh.id])),
    }


def counts(rule: Rule) -> list[str]:
    """What is followed in priority zones from year to year: practitioners, and for doctors new installations."""
    heads = professions()[rule.profession].heads
    return [*([heads] if heads else []), *(INSTALLATIONS if rule.profession == "mg" else ())]


def _has_pairs(zoning: Zoning) -> bool:
    roles = {one.role for one in zoning.rule.classes}
    return {"priority", "over"} <= roles


def _stacked(zonings: Sequence[Zoning], make: Callable[[Zoning], pl.DataFrame]) -> pl.DataFrame:
    """The table that ``make`` gives of each zoning, with its rule and the period that it is applied to (``zoned``)."""
    return pl.concat(
        make(one).select(pl.lit(one.rule.id).alias("rule"), pl.lit(one.period).alias("zoned"), pl.all())
        for one in zonings
    )


def _members(zonings: Sequence[Zoning], field: Field) -> pl.DataFrame:
    """Which zone each place is in, mesh by mesh; a mesh of communes is left out: each is its own zone."""
    used = {one.mesh.id: one.mesh for one in zonings if one.mesh.id != "commune"}
    return pl.concat(
        field.places.select(mesh=pl.lit(name), place="code").with_columns(zone=one.zones["zone"].gather(one.index))
        for name, one in sorted(used.items())
    )


def rule_table(known: Mapping[str, Rule], field: Field) -> pl.DataFrame:
    """The rules: position, id, profession and its titles, status, verified, title_fr, title_en, mesh (used), named
    (by the text), indicator, periods (those at hand, separated by spaces) and the whole as JSON."""
    rows = [
        {
            "position": position,
            "id": rule.id,
            "profession": rule.profession,
            "profession_fr": professions()[rule.profession].title.fr,
            "profession_en": professions()[rule.profession].title.en,
            "status": rule.status,
            "verified": rule.verified,
            "title_fr": rule.title.fr,
            "title_en": rule.title.en,
            "mesh": mesh_of(rule, field).id,
            "named": rule.mesh,
            "indicator": rule.indicator,
            "periods": " ".join(periods(rule, field)),
            "definition": json.dumps(rule.model_dump(mode="json"), ensure_ascii=False, sort_keys=True),
        }
        for position, rule in enumerate(known.values())
    ]
    return pl.DataFrame(rows, schema_overrides={"indicator": pl.String})


def centre_travel(zoning: Zoning, field: Field, communes: pl.DataFrame) -> TravelTimes:
    """Minutes between the centres of zones, within an hour: town hall to town hall as the crow flies × 1.3, at the
    speeds by density of the fitted national model. An estimate, not a road time."""
    halls = communes.select(
        "code", lon=pl.coalesce("town_hall_lon", "lon"), lat=pl.coalesce("town_hall_lat", "lat")
    ).drop_nulls()
    wanted = pl.DataFrame({"code": redirect.centres(zoning, field)}).filter(~pl.col("code").str.starts_with(_MAYOTTE))
    fitted = fitting.shipped()
    located = wanted.join(halls, on="code").join(fitted.places.select(code="place"), on="code").sort("code")
    codes = located["code"].to_numpy().astype(np.str_)
    where = points(codes, located["lon"].to_numpy(), located["lat"].to_numpy(), zone_of(codes))
    moved = with_speeds(where, fitted.speeds(TRAVEL_MODEL, codes.tolist()), fitted.models[TRAVEL_MODEL].access)
    return crow_fly(moved, moved, redirect.WITHIN)


# Asked of an open edition ---------------------------------------------------------------------------------------------


def home_of(observatory: Observatory) -> Path:
    """The home that the edition is served from: what was brought for its rules is there."""
    return observatory.folder.parent.parent


def stored_rules(observatory: Observatory) -> dict[str, Rule]:
    """The rules that the edition was built with, by id, in their order. Raises StorageError for one without zoning."""
    _need(observatory)
    rows = observatory.rows("SELECT definition FROM zoning_rules ORDER BY position")
    found = [Rule.model_validate(json.loads(text)) for (text,) in rows]
    return {one.id: one for one in found}


def edition_rules(observatory: Observatory) -> dict[str, Rule]:
    """The rules of the edition, with what was brought of their régions since the build. Raises as `stored_rules`."""
    known, home = stored_rules(observatory), home_of(observatory)
    return with_tables(known, home, region_codes(observatory)) if brought_tables(home) else known


def region_codes(observatory: Observatory) -> set[str]:
    """The codes of the régions."""
    return {code for (code,) in observatory.rows("SELECT code FROM territories WHERE level = 'region'")}


def periods_at_hand(observatory: Observatory) -> dict[str, list[str]]:
    """The periods that each rule was applied to, by rule; empty for a rule whose indicator is not at hand."""
    _need(observatory)
    return {name: text.split() for name, text in observatory.rows("SELECT id, periods FROM zoning_rules")}


def periods_now(observatory: Observatory) -> dict[str, list[str]]:
    """As :func:`periods_at_hand`, with those of rules that a table brought since the build makes applicable."""
    found, stored = periods_at_hand(observatory), stored_rules(observatory)
    for name, rule in edition_rules(observatory).items():
        if rule != stored[name]:
            found[name] = periods(rule, open_field(observatory, [rule]))
    return found


def zones(observatory: Observatory, rule: str, period: str | None = None) -> pl.DataFrame:
    """The zones of a rule with their reasons (columns of ``REASONS``), borderline ones first.

    ``period`` is the last at hand by default. Raises UnknownNameError for another rule, and for one
    or a period that is not at hand.
    """
    return _of_rule(observatory, "zones", rule, period).drop("mesh")


def of_table(observatory: Observatory, table: str, rule: str, period: str | None = None) -> pl.DataFrame:
    """The rows of another table of zoning (zoning_summary, zoning_pairs…) for a rule in a period."""
    return _of_rule(observatory, table, rule, period)


def _of_rule(observatory: Observatory, table: str, rule: str, period: str | None) -> pl.DataFrame:
    known = find_rule(edition_rules(observatory), rule)
    at_hand = periods_at_hand(observatory)[known.id]
    if not at_hand or (period is not None and period not in at_hand):
        raise not_at_hand(known, at_hand, period)
    wanted = (pl.col("rule") == known.id) & (pl.col("zoned") == (period or at_hand[-1]))
    path = observatory.folder / "tables" / f"{table}.parquet"
    return pl.scan_parquet(path).filter(wanted).drop("rule", "zoned").collect()


@dataclass(frozen=True)
class Share:
    """The people of a territory in one class of a rule; ``place`` is the class's position, None without a value."""

    rule: str
    period: str
    place: int | None
    population: int
    communes: int
    zones: tuple[str, ...]


def shares(observatory: Observatory, territory: Territory) -> dict[str, list[Share]]:
    """By rule at hand, the classes that a territory lies in by their positions, those of most people first.

    What :func:`vigie.editions.zoned.zoned` says, for callers that hold the rules; empty for an edition without zoning.
    """
    here = [one for one in zoned(observatory, territory) if one.classes]
    known = edition_rules(observatory) if here else {}
    found = {}
    for one in here:
        ids = [each.id for each in known[one.rule].classes]
        found[one.rule] = [
            Share(one.rule, one.period, None if each.id is None else ids.index(each.id), each.population,
                  each.communes, each.zones)
            for each in one.classes
        ]  # fmt: skip
    return found


def not_at_hand(rule: Rule, at_hand: Sequence[str], period: str | None) -> UnknownNameError:
    """The error for a rule, or a period of it, whose figures the edition does not have."""
    if at_hand:
        listed = ", ".join(at_hand)
        return UnknownNameError(
            f"la règle {rule.id} n'a pas de chiffres pour {period} ; périodes : {listed}.",
            f"the rule {rule.id} has no figures for {period}; periods: {listed}.",
        )
    missing = rule.missing or Words(
        fr=f"Données non disponibles : {rule.indicator} n'est pas à disposition par commune.",
        en=f"Data not available: {rule.indicator} is not at hand by commune.",
    )
    return UnknownNameError(missing.fr, missing.en)


def _need(observatory: Observatory) -> None:
    if not observatory.has("zoning_rules"):
        raise StorageError(
            f"l'édition {observatory.id} n'a pas de zonages : une version antérieure de Vigie l'a construite.",
            f"the edition {observatory.id} has no zonings: an earlier version of Vigie built it.",
            remedy_fr="Reconstruisez-la : vigie build.",
            remedy_en="Build it again: vigie build.",
        )


@dataclass(frozen=True)
class Applied:
    """A rule applied: its zones with their reasons (``REASONS``), the ``summary`` and ``selectivity`` of ``picture``.

    ``priority`` is the share of practitioners and installations in priority zones by year (``priority_shares``), and
    ``over`` the over-supplied zones (``over_supplied``).
    """

    rule: Rule
    period: str
    mesh: str
    zones: pl.DataFrame
    summary: pl.DataFrame
    selectivity: pl.DataFrame
    priority: pl.DataFrame
    over: pl.DataFrame

    @property
    def stands_in(self) -> bool:
        """Whether the mesh is not the one that the text names."""
        return self.mesh != self.rule.mesh


def applied(observatory: Observatory, rule: str, period: str | None = None) -> Applied:
    """A rule of the edition as the build applied it, now where a table was brought since. Raises as :func:`zones`."""
    own = find_rule(edition_rules(observatory), rule)
    if own != stored_rules(observatory)[own.id]:
        field = open_field(observatory, [own])
        return told(apply(own, field, period), field)
    found = {
        name: _of_rule(observatory, name, rule, period)
        for name in ("zones", "zoning_summary", "zoning_selectivity", "zoning_priority", "zoning_over")
    }
    known = own
    chosen = period or periods_at_hand(observatory)[rule][-1]
    ((mesh,),) = observatory.rows("SELECT mesh FROM zoning_rules WHERE id = ?", [rule])
    zones, *others = found.values()
    return Applied(known, chosen, mesh, zones.drop("mesh"), *others)


def told(zoning: Zoning, field: Field) -> Applied:
    """A zoning made now, as :func:`applied` gives those of the build."""
    return Applied(
        zoning.rule,
        zoning.period,
        zoning.mesh.id,
        reasons(zoning, field),
        picture.summary(zoning, field),
        picture.selectivity(zoning, field),
        picture.priority_shares(zoning, field, counts(zoning.rule)),
        redirect.over_supplied(zoning, field),
    )


def zones_of_territory(observatory: Observatory, done: Applied, territory: Territory) -> pl.DataFrame:
    """The zones that a territory lies in, in whole or in part, borderline ones first."""
    sql = "SELECT place FROM memberships WHERE level = ? AND code = ?"
    places = [place for (place,) in observatory.rows(sql, [territory.level, territory.code])]
    if done.mesh == "commune":
        return done.zones.filter(pl.col("zone").is_in(places))
    sql = "SELECT DISTINCT zone FROM zone_members WHERE mesh = ? AND list_contains(?, place)"
    kept = [name for (name,) in observatory.rows(sql, [done.mesh, places])]
    if not kept and places:  # a mesh that the build did not use: that of a rule of one's own
        rules = edition_rules(observatory)
        mesh = open_field(observatory, rules.values()).mesh(done.mesh)
        at = pl.Series(mesh.index).filter(observatory.table("places").sort("code")["code"].is_in(places))
        kept = mesh.zones["zone"].gather(at.unique()).to_list()
    return done.zones.filter(pl.col("zone").is_in(kept))


def chosen(
    zoning: Zoning, field: Field, name: str, listed: Sequence[str], criterion: str, ceiling: float | None
) -> Zoning:
    """A choice that the rule leaves to the ARS made on ``zoning``: the zones listed, or by ``criterion``."""
    move = choices.find_move(zoning.rule, name)
    if listed:
        return choices.by_hand(zoning, move, listed, ceiling)
    return choices.by_criterion(zoning, move, cast(choices.Criterion, criterion), field, ceiling)


def pairs_of(observatory: Observatory, done: Applied, zones: Sequence[str]) -> pl.DataFrame:
    """The pairs that these zones are in, on either side, nearest first: the columns of ``PAIRS`` and both names.

    Empty for a rule that the build made no pairs of (one of one's own, or without over-supplied zones).
    """
    path = observatory.folder / "tables" / "zoning_pairs.parquet"
    names = done.zones.select("zone", "name")
    kept = pl.col("dense").is_in(list(zones)) | pl.col("under").is_in(list(zones))
    same = (pl.col("rule") == done.rule.id) & (pl.col("zoned") == done.period)
    found = pl.scan_parquet(path).filter(same & kept).drop("rule", "zoned").collect()
    for side in ("dense", "under"):
        found = found.join(names.rename({"zone": side, "name": f"{side}_name"}), on=side, how="left")
    return found.sort("minutes", "dense", "under")
