"""Priority neighbourhoods (QPV) that a text lets be classed by themselves, whatever the class of the zone around them.

A neighbourhood is a part of one commune or more: it has no APL of its own, and takes nothing from its zone. What is
told is which ones the text lets be classed alone, where, and how many people live in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.zoning.rules import Alone

LISTED = {"neighbourhood": pl.String, "name": pl.String, "place": pl.String, "people": pl.Float64}
"""A row a neighbourhood and commune; ``people`` are those of the whole neighbourhood, ``place`` null where not told."""
ALONE = {
    "neighbourhood": pl.String, "name": pl.String, "places": pl.String, "communes": pl.String, "zones": pl.String,
    "departement": pl.String, "region": pl.String, "class": pl.String, "alone": pl.String, "people": pl.Float64,
}  # fmt: skip
"""A row a neighbourhood: codes and names of its communes, the class of its zone (the worst served where it has several)
and ``alone``, the class that it may have by itself, null where the text leaves it that of its zone."""


@dataclass(frozen=True)
class Counted:
    """How many neighbourhoods there are, how many may be classed alone, and the people of these.

    ``people`` are those of the ``told`` neighbourhoods among them, the others' being unknown.
    """

    listed: int
    alone: int
    told: int
    people: float


def alone(rule: Alone, order: list[str], classes: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """The neighbourhoods of ``listed`` (``LISTED``) under a rule: columns of ``ALONE``, by code.

    ``order`` are the classes of the rule from the worst served, ``classes`` a row a place: place, commune (its name),
    departement, region, zone (its name) and class.
    """
    ranks = {name: at for at, name in enumerate(order)}
    rank = pl.col("class").replace_strict(ranks, default=None, return_dtype=pl.Int64)
    joined = listed.join(classes, on="place", how="left").sort("neighbourhood", rank, "place", nulls_last=True)
    free = pl.col("class").is_in(list(rule.origins)).any()
    together = (pl.col(name).drop_nulls().unique(maintain_order=True).str.join(", ").alias(to)
                for name, to in (("place", "places"), ("commune", "communes"), ("zone", "zones")))  # fmt: skip
    found = joined.group_by("neighbourhood", maintain_order=True).agg(
        pl.col("name").first(),
        *together,
        pl.col("departement", "region", "class").first(),
        alone=pl.when(free).then(pl.lit(rule.target)),
        people=pl.col("people").first(),
    )
    return found.select(pl.col(name).cast(dtype) for name, dtype in ALONE.items())


def counted(found: pl.DataFrame) -> Counted:
    """The sums of :func:`alone`."""
    free = found.filter(pl.col("alone").is_not_null())
    known = free["people"].drop_nulls()
    return Counted(found.height, free.height, known.len(), float(known.sum()))


def shares(listed: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """For each commune with a neighbourhood: place, neighbourhoods (how many), people, share (per cent of its people).

    ``places``: code, population. People and share are null where a neighbourhood lies over several communes, as no
    table at hand says how many of its people live in each, or where its people are not known.
    """
    wide = pl.col("place").n_unique().over("neighbourhood") > 1
    known = listed.drop_nulls("place").with_columns(own=pl.when(~wide).then("people"))
    summed = known.group_by("place").agg(
        neighbourhoods=pl.col("neighbourhood").n_unique(),
        people=pl.when(pl.col("own").is_not_null().all()).then(pl.col("own").sum()),
    )
    people = places.select(place="code", residents="population")
    found = summed.join(people, on="place", how="left").sort("place")
    share = pl.when(pl.col("residents") > 0).then(100 * pl.col("people") / pl.col("residents"))
    return found.select("place", "neighbourhoods", "people", share=share)
