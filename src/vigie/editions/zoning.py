"""The tables of zoning of an edition, and zoning asked of an open one: official rules, rules of one's own, choices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from vigie.access import fitting
from vigie.access.travel import TravelTimes, crow_fly, points, with_speeds, zone_of
from vigie.editions.steps import Tables
from vigie.zoning import picture, redirect
from vigie.zoning.apply import Zoning, apply, mesh_of, periods
from vigie.zoning.classes import Figures, Floats
from vigie.zoning.field import Field, Key
from vigie.zoning.reasons import reasons
from vigie.zoning.rules import Rule, professions

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory

TRAVEL_MODEL = "national"
INSTALLATIONS = ("primo_installes_mg", "installations_zones_sous_denses")
_MAYOTTE = "976"  # not in the fitted preset: no APL is published there
_OBSERVED = ("indicator", "period", "code", "value", "denominator")


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

    ``observed``: observations at communes, one row an indicator, period and code (indicator, period, code, value,
    denominator); ``tables``: places, memberships and territories; ``variants`` as the table of that name; ``degrees``
    as ``alert_degrees``.
    """
    places = tables["places"].sort("code")
    codes = places.select("code")
    figures: dict[Key, Figures] = {}
    for (name, period), rows in observed.group_by("indicator", "period"):
        at = codes.join(rows, on="code", how="left", maintain_order="left")
        figures[str(name), str(period)] = Figures(_floats(at["value"]), _floats(at["denominator"]))
    found, names = _variants(codes, variants)
    return Field(
        places, tables["memberships"], tables["territories"], figures, found, names, _alerts(codes, degrees)
    )  # fmt: skip


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
    at_communes = (pl.col("level") == "commune") & pl.col("indicator").is_in(names)
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
    """One row an indicator, period and code: of several sources, the one nearest to its producer (``rank``)."""
    key = ["indicator", "period", "code"]
    if not observed.select(key).is_duplicated().any():
        return observed.select(_OBSERVED)
    return observed.sort(*key, "rank", "snapshot").unique(key, keep="first", maintain_order=True).select(_OBSERVED)


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
    at_communes = (pl.col("level") == "commune") & pl.col("indicator").is_in(sorted(wanted_indicators(known.values())))
    ranks = tables["snapshots"].select(snapshot="id", rank="rank")
    observed = one_source(observations.filter(at_communes).join(ranks, on="snapshot", how="left"))
    field = field_of(observed, tables, tables.get("variants"), tables.get("alert_degrees"))
    done = [apply(rule, field, period) for rule in known.values() for period in periods(rule, field)]
    last = [one for one in done if one.period == periods(one.rule, field)[-1]]
    travel = {one.mesh.id: centre_travel(one, field, communes) for one in last if _has_pairs(one)}
    return {
        "zoning_rules": rule_table(known, field),
        "zones": _stacked(done, lambda one: reasons(one, field).with_columns(mesh=pl.lit(one.mesh.id))),
        "zone_members": _members(done, field),
        "zoning_summary": _stacked(done, lambda one: picture.summary(one, field)),
        "zoning_selectivity": _stacked(done, lambda one: picture.selectivity(one, field)),
        "zoning_priority": _stacked(last, lambda one: picture.priority_shares(one, field, counts(one.rule))),
        "zoning_over": _stacked(last, lambda one: redirect.over_supplied(one, field)),
        "zoning_pairs": _stacked(
            [one for one in last if _has_pairs(one)], lambda one: redirect.pairs(one, field, travel[one.mesh.id])
        ),
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
    meshes = {one.mesh.id: one.mesh for one in zonings if one.mesh.id != "commune"}
    return pl.concat(
        field.places.select(mesh=pl.lit(name), place="code").with_columns(zone=one.zones["zone"].gather(one.index))
        for name, one in sorted(meshes.items())
    )


def rule_table(known: Mapping[str, Rule], field: Field) -> pl.DataFrame:
    """The rules: position, id, profession, status, verified, title_fr, title_en, mesh (used), named (by the text),
    indicator, periods (those at hand, separated by spaces) and the whole as JSON."""
    rows = [
        {
            "position": position,
            "id": rule.id,
            "profession": rule.profession,
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
