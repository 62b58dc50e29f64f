"""Minutes to the nearest place of an imported list: what a commitment to be near is measured by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from vigie.editions.french import minutes_to
from vigie.indicators.compute import Bools, Floats, Groups, Measure
from vigie.indicators.measures import Tidy
from vigie.sources.templates import ROWS, template
from vigie.territories.reference import VINTAGE, Reference
from vigie.territories.vintages import to_reference


def listed_minutes(
    lists: Sequence[Tidy], reference: Reference, groups: Groups, passage: pl.DataFrame, located: pl.DataFrame
) -> dict[str, Measure]:
    """A measure at places for each list and year: ``minutes_france_sante_2026``…

    ``lists`` are imported tables; those whose template names no minutes give none. ``located``: code, lon, lat of the
    places. Minutes are infinite beyond an hour, and unknown where the list is not said to be complete. Of two lists of
    a year the later counts.
    """
    found = {}
    for tidy in lists:
        form = template(tidy.source.fields["template"])
        name, listed = form.minutes, [one.indicator for one in form.figures if one.numerator == ROWS]
        for period, counts in _counts(tidy, listed, reference, passage) if name else ():
            minutes = minutes_to(counts, reference.places, located)
            known = _complete(tidy, groups, minutes.size)
            values = np.where(known, minutes, np.nan)
            found[f"{name}_{period[:4]}"] = Measure(values, np.ones(values.size, dtype=bool), tidy.snapshot)
    return found


def _counts(
    tidy: Tidy, listed: Sequence[str], reference: Reference, passage: pl.DataFrame
) -> Iterator[tuple[str, Floats]]:
    """Each period of a list, the oldest first, with the number of its places in each commune of reference."""
    kept = pl.col("indicator").is_in(listed) & (pl.col("numerator") > 0)
    own = tidy.table.filter(kept).select("code", "period", "numerator")
    vintage = tidy.source.cog or VINTAGE
    if vintage != VINTAGE:
        own = to_reference(
            own, vintage=vintage, passage=passage, places=reference.places, by=("period",), counts=("numerator",)
        ).table
    codes = pl.DataFrame({"code": reference.place_codes})
    for (period,), rows in sorted(own.group_by("period")):
        at = codes.join(rows.select("code", "numerator"), on="code", how="left", maintain_order="left")
        yield str(period), at["numerator"].fill_null(0.0).to_numpy()


def _complete(tidy: Tidy, groups: Groups, size: int) -> Bools:
    """The places of the territories in which the list is said to be complete."""
    known = np.zeros(size, dtype=bool)
    for one in (part for part in tidy.source.fields.get("complete_for", "").split(",") if part):
        level, _, code = one.partition(":")
        codes, member = groups[level]
        known[member[codes.index(code)].indices] = True
    return known
