"""Who loses most, and when: from the ranges of an outlook without any entry, or of any other."""

from __future__ import annotations

import polars as pl

HALF = 0.5


def losing(rows: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """The territories by what they lose from the base to ``horizon``, the greatest share of their APL first.

    ``rows``: level, code, year, apl, apl_low, apl_high and supply (over that of the base), of one variant. Gives for
    each level and code: before, after, after_low, after_high (consultations a year), loss (of the APL, 0 to 1),
    supply_loss (the same of its own supply; null where it has none), ``half_by`` (the first year by which half of the
    loss has happened) and ``under_by`` (the first year whose mean is under 2.5; the base where it is so already; null
    if never by then).
    """
    asked = rows.filter((pl.col("year") <= horizon) & pl.col("apl").is_not_null()).sort("level", "code", "year")
    first, last = pl.col("apl").first(), pl.col("apl").last()
    gone = asked.with_columns(
        before=pl.col("apl").first().over("level", "code"), after=pl.col("apl").last().over("level", "code")
    ).with_columns(done=(pl.col("before") - pl.col("apl")) >= HALF * (pl.col("before") - pl.col("after")))
    found = gone.group_by("level", "code", maintain_order=True).agg(
        before=first,
        after=last,
        after_low=pl.col("apl_low").last(),
        after_high=pl.col("apl_high").last(),
        loss=pl.when(first > 0).then(1 - last / first),
        supply_loss=1 - pl.col("supply").last(),
        half_by=pl.col("year").filter(pl.col("done") & (pl.col("before") > pl.col("after"))).min(),
        under_by=pl.col("year").filter(pl.col("apl") < 2.5).min(),
    )
    return found.sort("loss", "level", "code", descending=[True, False, False], nulls_last=True)
