"""Any table by commune brought to the reference vintage, through mergers, splits and changes of code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import polars as pl

from vigie.errors import InputError, Lang, Where
from vigie.language import number, percent
from vigie.territories.packaged import changes_2025, shares_2024
from vigie.territories.reference import VINTAGE, WHOLE_CITIES

FIRST: Final = 2014
LAST: Final = 2025
WholeCities = Literal["keep", "drop"]

_LINKS: Final = {
    "origin": pl.String,
    "target": pl.String,
    "ratio": pl.Float64,
    "merged": pl.Boolean,
    "shared": pl.Boolean,
    "placeholder": pl.Boolean,
}


@dataclass(frozen=True)
class Report:
    """What a conversion did, so that nothing changes or goes missing in silence.

    ``unmatched``: code, weight, share, vintages (those in which the code existed, empty when it never did): rows whose
    code is not of the declared vintage, left out of the table; ``unmatched_share`` is their share of ``weight`` (the
    name of a count, or "rows"). ``merged``, ``split``, ``renamed``: code_before, code_after, ratio, placeholder (true
    where the ratio is 1/n for want of populations). ``whole_cities``: code, weight, has_parts, of the rows of whole
    Paris, Lyon and Marseille, and ``whole_cities_policy`` what was done with them. ``absent``: the codes of reference
    that the table says nothing about. ``unweighted``: the codes whose rate is a plain mean for want of weights.
    ``partial``: the codes whose count lacks one of its parts. ``left_out``: the columns that are neither key nor
    measure.
    """

    vintage: int
    rows_in: int
    rows_out: int
    weight: str
    unmatched: pl.DataFrame
    unmatched_share: float
    merged: pl.DataFrame
    split: pl.DataFrame
    renamed: pl.DataFrame
    whole_cities: pl.DataFrame
    whole_cities_policy: WholeCities
    absent: tuple[str, ...] = ()
    unweighted: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def describe(self, lang: Lang) -> list[str]:
        """The report as sentences, the gravest first; empty when nothing happened."""
        words = _FRENCH if lang == "fr" else _ENGLISH
        cities = "whole_kept" if self.whole_cities_policy == "keep" else "whole_dropped"
        counts = {
            "unmatched": self.unmatched.height,
            cities: self.whole_cities.height,
            "placeholder": self.split.filter(pl.col("placeholder")).height,
            "unweighted": len(self.unweighted),
            "partial": len(self.partial),
            "absent": len(self.absent),
            "merged": self.merged["code_before"].n_unique(),
            "split": self.split["code_before"].n_unique(),
            "renamed": self.renamed.height,
        }
        share = percent(100 * self.unmatched_share, lang, 2)
        if self.weight == "rows":
            weight = "des lignes" if lang == "fr" else "of the rows"
        else:
            weight = f"de {self.weight}" if lang == "fr" else f"of {self.weight}"
        examples = ", ".join(self.unmatched["code"].unique().sort().head(5))
        return [
            words[key].format(n=number(count, lang), share=share, weight=weight, examples=examples)
            for key, count in counts.items()
            if count
        ]


_FRENCH: Final = {
    "unmatched": "Codes qui ne correspondent à rien : {n} ({share} {weight}), dont {examples}.",
    "whole_kept": "Villes entières (Paris, Lyon, Marseille) gardées à côté de leurs arrondissements : {n}.",
    "whole_dropped": "Villes entières (Paris, Lyon, Marseille) écartées : {n}.",
    "placeholder": "Parts de scission à 1/n, faute de populations : {n}.",
    "unweighted": "Taux en moyenne simple, faute de poids : {n}.",
    "partial": "Valeurs auxquelles il manque une partie : {n}.",
    "absent": "Codes de référence absents de la table : {n}.",
    "merged": "Codes fusionnés : {n}.",
    "split": "Codes scindés : {n}.",
    "renamed": "Codes changés : {n}.",
}
_ENGLISH: Final = {
    "unmatched": "Codes that match nothing: {n} ({share} {weight}), such as {examples}.",
    "whole_kept": "Whole cities (Paris, Lyon, Marseille) kept beside their arrondissements: {n}.",
    "whole_dropped": "Whole cities (Paris, Lyon, Marseille) dropped: {n}.",
    "placeholder": "Shares of splits at 1/n for want of populations: {n}.",
    "unweighted": "Rates as plain means for want of weights: {n}.",
    "partial": "Values that lack a part: {n}.",
    "absent": "Codes of reference absent from the table: {n}.",
    "merged": "Codes merged: {n}.",
    "split": "Codes split: {n}.",
    "renamed": "Codes changed: {n}.",
}


@dataclass(frozen=True)
class Harmonised:
    """A table in the vintage of reference, and the report of its conversion.

    ``table``: the code column, the ``by`` columns, the counts and rates (Float64), ``status`` ("ok", or "estimated"
    where a figure was shared out, copied to a part, averaged without weights or lacks a part) and ``change`` ("none",
    "code", "merger", "split", or both as "merger+split"); sorted by code and ``by``, each unique.
    """

    table: pl.DataFrame
    report: Report


@dataclass(frozen=True)
class _Measures:
    """The columns of one conversion."""

    code: str
    by: tuple[str, ...]
    counts: tuple[str, ...]
    rates: dict[str, str | None] = field(default_factory=dict)

    @property
    def values(self) -> tuple[str, ...]:
        return (*self.counts, *self.rates)

    @property
    def weight(self) -> str:
        """The column by which unmatched rows are weighed."""
        weights = [*self.counts, *(weight for weight in self.rates.values() if weight)]
        return weights[0] if weights else "rows"


def to_reference(
    table: pl.DataFrame,
    *,
    vintage: int,
    passage: pl.DataFrame,
    places: pl.DataFrame,
    code: str = "code",
    by: Sequence[str] = (),
    counts: Sequence[str] = (),
    rates: Mapping[str, str | None] | None = None,
    whole_cities: WholeCities = "keep",
    changes: pl.DataFrame | None = None,
) -> Harmonised:
    """``table``, by commune of the COG ``vintage``, in the COG 2024.

    ``counts`` (people, professionals) are added by mergers and shared by splits, in proportion to population; ``rates``
    (name of the rate → the count that weighs it, or None) become means weighted by their weight, which stay within the
    rates they come from. A weight is a column of the table, in ``counts`` or not. Without weights the parts count
    according to population ratios alone, and the row is "estimated". ``by`` are further key columns, a period say.

    ``passage``: code_before, code_after, date, change ("merger", "split", "code"), ratio, year_before, year_after; it
    is followed year by year. ``places``: code and population of :attr:`Reference.places`. ``changes``: those of 2025,
    by default the packaged table: a table of vintage 2025 goes backwards, each former commune taking the merged rate
    and its share of the merged counts. ``whole_cities``: whether rows of whole Paris, Lyon and Marseille stay
    ("keep", unchanged: never add them to their arrondissements) or go ("drop"); the report tells.

    Raises InputError for a vintage outside 2014–2025, a missing or non-numeric column, a code given twice or a code
    that has lost its leading zero.
    """
    measures = _Measures(code, tuple(by), tuple(counts), dict(rates or {}))
    years = Years(passage, places, changes_2025() if changes is None else changes)
    years.check(vintage)
    rows = _checked(table, measures)
    known = years.codes(vintage)
    is_known = rows[code].is_in(pl.Series(list(known), dtype=pl.String).implode())
    matched, stray = rows.filter(is_known), rows.filter(~is_known)
    is_city = pl.col(code).is_in(list(WHOLE_CITIES))
    cities = matched.filter(is_city)
    kept = matched if whole_cities == "keep" else matched.filter(~is_city)
    links = years.links(vintage).filter(pl.col("origin").is_in(kept[code].unique().implode()))
    converted, unweighted, partial = _convert(kept, links, measures)
    weigh = rows.filter(~is_city) if whole_cities == "drop" else rows
    unmatched, share = _unmatched(stray, weigh, measures, years)
    done = links.select(code_before="origin", code_after="target", ratio="ratio", placeholder="placeholder")
    report = Report(
        vintage=vintage,
        rows_in=table.height,
        rows_out=converted.height,
        weight=measures.weight,
        unmatched=unmatched,
        unmatched_share=share,
        merged=done.filter(links["merged"]),
        split=done.filter(links["shared"]),
        renamed=done.filter(~links["merged"] & ~links["shared"] & (links["origin"] != links["target"])),
        whole_cities=_city_rows(cities, matched, measures),
        whole_cities_policy=whole_cities,
        absent=_absent(places, converted, code),
        unweighted=unweighted,
        partial=partial,
        left_out=tuple(c for c in table.columns if c not in {code, *by, *measures.values, *measures.rates.values()}),
    )
    return Harmonised(converted, report)


class Years:
    """The codes of each vintage, and what each becomes in the vintage of reference."""

    def __init__(self, passage: pl.DataFrame, places: pl.DataFrame, changes: pl.DataFrame) -> None:
        """Keep the tables that :func:`to_reference` documents."""
        shares = shares_2024().select("code_before", "code_after", "population")
        self._population = places.select("code", "population")
        self._steps = _with_population_shares(passage, self._population, shares)
        self._changes = changes
        self._reference = frozenset(places["code"]) | set(WHOLE_CITIES)

    @staticmethod
    def check(vintage: int) -> None:
        """Raise InputError unless ``vintage`` is one that the tables of changes cover."""
        if isinstance(vintage, bool) or not isinstance(vintage, int) or not FIRST <= vintage <= LAST:
            raise InputError(
                f"millésime des communes inconnu\u202f: {vintage}.",
                f"unknown vintage of communes: {vintage}.",
                remedy_fr=f"Indiquez le millésime du code officiel géographique de la table, de {FIRST} à {LAST}.",
                remedy_en=f"State the vintage of the code officiel géographique of the table, {FIRST} to {LAST}.",
                where=Where(value=vintage),
            )

    def codes(self, vintage: int) -> frozenset[str]:
        """Every code of the COG ``vintage``, whole cities and arrondissements included."""
        return self._known[vintage]

    def vintages(self, codes: pl.Series) -> pl.DataFrame:
        """code, vintages: those in which each of ``codes`` existed, as text ("" for never)."""
        known = sorted(self._known.items())
        texts = [", ".join(str(year) for year, there in known if code in there) for code in codes]
        return pl.DataFrame({"code": codes, "vintages": texts}, schema={"code": pl.String, "vintages": pl.String})

    @cached_property
    def _known(self) -> dict[int, frozenset[str]]:
        return dict(self._walk())

    def _walk(self) -> Iterator[tuple[int, frozenset[str]]]:
        """Each vintage from the last to the first with its codes."""
        reference = self._reference
        yield LAST, (reference - set(self._changes["code_before"])) | set(self._changes["code_after"].drop_nulls())
        yield VINTAGE, reference
        codes = reference
        for year in range(VINTAGE - 1, FIRST - 1, -1):
            step = self._steps.filter(pl.col("year_before") == year)
            codes = (codes - set(step["code_after"])) | set(step["code_before"])
            yield year, codes

    def links(self, vintage: int) -> pl.DataFrame:
        """What the changed codes of ``vintage`` become: origin, target, ratio, merged, shared, placeholder.

        The ratios of an origin add up to 1. Codes that never change have no row.
        """
        if vintage > VINTAGE:
            return _marked(self._backwards())
        links = pl.DataFrame(schema={k: v for k, v in _LINKS.items() if k in ("origin", "target", "ratio")})
        links = links.with_columns(placeholder=pl.lit(False))
        for year in range(vintage, VINTAGE):
            links = _follow(links, self._steps.filter(pl.col("year_before") == year))
        known = self.codes(vintage)
        return _marked(links.filter(pl.Series([origin in known for origin in links["origin"]], dtype=pl.Boolean)))

    def _backwards(self) -> pl.DataFrame:
        """The codes of 2025 in those of 2024, counts shared by the populations of 2024 (equally where unknown)."""
        known = self._changes.filter(pl.col("code_after").is_not_null())
        parts = known.join(self._population, left_on="code_before", right_on="code", how="left", maintain_order="left")
        ratio, placeholder = _share("population", "code_after")
        return parts.select(
            origin="code_after", target="code_before", ratio=ratio, placeholder=placeholder & (ratio != 1.0)
        )


def _share(population: str, key: str) -> tuple[pl.Expr, pl.Expr]:
    """The share of ``population`` within ``key``, 1/n where one is unknown or all are 0; and whether it is 1/n."""
    total = pl.col(population).sum().over(key)
    unknown = pl.col(population).is_null().any().over(key) | (total == 0)
    even = 1.0 / pl.len().over(key)
    return pl.when(unknown).then(even).otherwise(pl.col(population) / total), unknown


def _with_population_shares(passage: pl.DataFrame, population: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """``passage`` with the 1/n of the last splits replaced by shares of population where all the parts have one.

    Populations of reference are trusted only when every part has one: a commune just split still bears the population
    of the whole.
    """
    key = ["code_before", "year_before"]
    split = pl.col("change") == "split"
    even = split & ((pl.col("ratio") * pl.len().over(key) - 1).abs() < 1e-9)
    steps = (
        passage.join(shares.rename({"population": "own"}), on=["code_before", "code_after"], how="left")
        .join(population, left_on="code_after", right_on="code", how="left")
        .with_columns(people=pl.coalesce("own", "population"))
        .with_columns(parts=pl.struct(key))
    )
    ratio, unknown = _share("people", "parts")
    recent = pl.col("year_after") == VINTAGE
    return steps.select(
        "code_before",
        "code_after",
        "year_before",
        ratio=pl.when(even & recent).then(ratio).otherwise("ratio"),
        placeholder=even & (unknown | ~recent),
    )


def _follow(links: pl.DataFrame, step: pl.DataFrame) -> pl.DataFrame:
    """``links`` carried through one year: targets that change again move on, codes that change first time enter."""
    onward = step.select("code_before", "code_after", step_ratio="ratio", step_placeholder="placeholder")
    moved = links.join(onward, left_on="target", right_on="code_before", how="left").select(
        "origin",
        target=pl.coalesce("code_after", "target"),
        ratio=pl.col("ratio") * pl.col("step_ratio").fill_null(1.0),
        placeholder=pl.col("placeholder") | pl.col("step_placeholder").fill_null(False),
    )
    new = onward.filter(~pl.col("code_before").is_in(links["origin"].unique().implode())).select(
        origin="code_before", target="code_after", ratio="step_ratio", placeholder="step_placeholder"
    )
    return (
        pl.concat([moved, new])
        .group_by("origin", "target")
        .agg(pl.col("ratio").sum(), pl.col("placeholder").any())
        .sort("origin", "target")
    )


def _marked(links: pl.DataFrame) -> pl.DataFrame:
    """``links`` with ``merged`` (several origins share the target) and ``shared`` (the origin has several targets)."""
    return (
        links.with_columns(merged=pl.len().over("target") > 1, shared=pl.len().over("origin") > 1)
        .select(pl.col(name).cast(dtype) for name, dtype in _LINKS.items())
        .sort("target", "origin")
    )


def _checked(table: pl.DataFrame, measures: _Measures) -> pl.DataFrame:
    """The columns of the conversion, measures as Float64; raises InputError for what cannot be converted."""
    weights = [weight for weight in measures.rates.values() if weight]
    names = dict.fromkeys([measures.code, *measures.by, *measures.values, *weights])
    for name in names:
        if name not in table.columns:
            raise InputError(
                f"colonne absente\u202f: {name}.",
                f"missing column: {name}.",
                remedy_fr=f"Colonnes présentes\u202f: {', '.join(table.columns)}.",
                remedy_en=f"Columns present: {', '.join(table.columns)}.",
                where=Where(column=name),
            )
    reserved = [name for name in names if name in ("status", "change")]
    if reserved:
        raise InputError(
            f"la colonne «\u00a0{reserved[0]}\u00a0» porte un nom que la conversion emploie.",
            f"column “{reserved[0]}” bears a name that the conversion uses.",
            remedy_fr="Renommez-la.",
            remedy_en="Rename it.",
            where=Where(column=reserved[0]),
        )
    for name in dict.fromkeys([*measures.values, *weights]):
        if not table.schema[name].is_numeric():
            raise InputError(
                f"un nombre est attendu, la colonne est de type {table.schema[name]}.",
                f"a number is expected, the column is of type {table.schema[name]}.",
                where=Where(column=name),
            )
    _check_codes(table, measures)
    numeric = [pl.col(name).cast(pl.Float64) for name in dict.fromkeys([*measures.values, *weights])]
    return table.select(measures.code, *measures.by, *numeric)


def _check_codes(table: pl.DataFrame, measures: _Measures) -> None:
    code = measures.code
    if table.schema[code] != pl.String:
        raise InputError(
            f"un code est un texte, la colonne est de type {table.schema[code]}\u202f: les zéros de tête sont perdus.",
            f"a code is text, the column is of type {table.schema[code]}: leading zeros are lost.",
            remedy_fr="Lisez la colonne comme du texte.",
            remedy_en="Read the column as text.",
            where=Where(column=code),
        )
    short = table.filter(pl.col(code).str.contains(r"^\d{4}$"))[code]
    if len(short):
        raise InputError(
            f"{len(short)} codes de 4 chiffres ont perdu leur zéro de tête, dont {short[0]} au lieu de 0{short[0]}.",
            f"{len(short)} codes of 4 digits have lost their leading zero, such as {short[0]} instead of 0{short[0]}.",
            remedy_fr="Lisez la colonne comme du texte.",
            remedy_en="Read the column as text.",
            where=Where(column=code, value=short[0]),
        )
    empty = table[code].null_count()
    if empty:
        raise InputError(f"{empty} codes vides.", f"{empty} empty codes.", where=Where(column=code))
    twice = table.filter(pl.struct(code, *measures.by).is_duplicated())[code].unique().sort()
    if len(twice):
        examples = ", ".join(twice.head(5))
        raise InputError(
            f"{len(twice)} codes figurent plusieurs fois, dont {examples}.",
            f"{len(twice)} codes appear more than once, such as {examples}.",
            remedy_fr="Gardez une ligne par code, ou donnez les autres colonnes de clé.",
            remedy_en="Keep one row a code, or name the other key columns.",
            where=Where(column=code, value=twice[0]),
        )


def _convert(
    rows: pl.DataFrame, links: pl.DataFrame, measures: _Measures
) -> tuple[pl.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """``rows`` through ``links``: the converted table, the codes of unweighted rates and of partial counts."""
    code, by = measures.code, measures.by
    touched = pl.concat([links["origin"], links["target"]]).unique().implode()
    same = rows.filter(~pl.col(code).is_in(touched)).select(
        code, *by, *measures.values, status=pl.lit("ok"), change=pl.lit("none")
    )
    # A target that is no origin itself may still have a row of its own only if the code is of the vintage: keep it.
    own = rows.filter(pl.col(code).is_in(touched) & ~pl.col(code).is_in(links["origin"].unique().implode()))
    parts = pl.concat(
        [
            rows.join(links.rename({"origin": code}), on=code, how="inner"),
            own.with_columns(target=pl.col(code), ratio=1.0, merged=False, shared=False, placeholder=False),
        ],
        how="diagonal",
    ).sort("target", *by, code)
    if parts.is_empty():
        return same.sort(code, *by), (), ()
    changed = parts.group_by("target", *by, maintain_order=True).agg(
        *(_shared_sum(name) for name in measures.counts),
        *(_weighted_mean(name, weight) for name, weight in measures.rates.items()),
        unweighted=_any([_lacks_weights(name, weight) for name, weight in measures.rates.items()]),
        partial=_any([_lacks_part(name) for name in measures.values]),
        merged=pl.len() > 1,
        shared=pl.col("shared").any(),
        renamed=(pl.col(code) != pl.col("target")).any(),
    )
    estimated = pl.any_horizontal("unweighted", "partial", "shared")
    changed = changed.with_columns(
        status=pl.when(estimated).then(pl.lit("estimated")).otherwise(pl.lit("ok")),
        change=pl.when("merged", "shared")
        .then(pl.lit("merger+split"))
        .when("merged")
        .then(pl.lit("merger"))
        .when("shared")
        .then(pl.lit("split"))
        .when("renamed")
        .then(pl.lit("code"))
        .otherwise(pl.lit("none")),
    )
    unweighted = tuple(changed.filter("unweighted")["target"].unique().sort())
    partial = tuple(changed.filter("partial")["target"].unique().sort())
    converted = pl.concat([same, changed.rename({"target": code}).select(same.columns)])
    return converted.sort(code, *by), unweighted, partial


def _any(conditions: list[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)


def _shared_sum(name: str) -> pl.Expr:
    """The sum of a count's shares; null when every part is null."""
    return pl.when(pl.col(name).count() > 0).then((pl.col(name) * pl.col("ratio")).sum()).alias(name)


def _weighted_mean(name: str, weight: str | None) -> pl.Expr:
    """The mean of a rate over the parts that have one, by their shares of ``weight``, or by ratio for want of weights.

    Held between the smallest and the largest rate, so that rounding never takes it out of them.
    """
    known = pl.col(name).is_not_null()
    value, ratio = pl.col(name).filter(known), pl.col("ratio").filter(known)
    # A part whose share is nothing (no inhabitants) still has its rate.
    mean = pl.when(ratio.sum() > 0).then((value * ratio).sum() / ratio.sum()).otherwise(value.mean())
    if weight is not None:
        weights = ratio * pl.col(weight).filter(known)
        usable = weights.is_not_null().all() & (weights.sum() > 0)
        mean = pl.when(usable).then((value * weights).sum() / weights.sum()).otherwise(mean)
    return pl.when(known.any()).then(mean.clip(value.min(), value.max())).alias(name)


def _lacks_weights(name: str, weight: str | None) -> pl.Expr:
    """Whether a rate made of several parts cannot be weighted: no weight named, one unknown, or all zero."""
    known = pl.col(name).is_not_null()
    if weight is None:
        return known.sum() > 1
    weights = pl.col(weight).filter(known)
    return (known.sum() > 1) & (weights.is_null().any() | (weights.sum() == 0))


def _lacks_part(name: str) -> pl.Expr:
    return pl.col(name).is_null().any() & pl.col(name).is_not_null().any()


def _unmatched(
    stray: pl.DataFrame, rows: pl.DataFrame, measures: _Measures, years: Years
) -> tuple[pl.DataFrame, float]:
    """The rows that match nothing (code, weight, share, vintages), the heaviest first, and their share of the table."""
    weight = pl.lit(1.0) if measures.weight == "rows" else pl.col(measures.weight).fill_null(0.0)
    total = float(rows.select(weight.sum() if measures.weight != "rows" else pl.len()).item())
    table = stray.select(code=measures.code, weight=weight).group_by("code").agg(pl.col("weight").sum())
    table = table.with_columns(share=pl.col("weight") / total if total else pl.lit(0.0))
    table = table.join(years.vintages(table["code"]), on="code").sort(["weight", "code"], descending=[True, False])
    return table, float(table["share"].sum())


def _city_rows(cities: pl.DataFrame, matched: pl.DataFrame, measures: _Measures) -> pl.DataFrame:
    """code, weight, has_parts of the rows of whole cities: ``has_parts`` when their arrondissements are there too."""
    codes = matched[measures.code].unique()
    weight = pl.lit(1.0) if measures.weight == "rows" else pl.col(measures.weight)
    present = [city for city, start in WHOLE_CITIES.items() if codes.str.starts_with(start).any()]
    return (
        cities.select(code=measures.code, weight=weight)
        .group_by("code")
        .agg(pl.col("weight").sum())
        .with_columns(has_parts=pl.col("code").is_in(present))
        .sort("code")
    )


def _absent(places: pl.DataFrame, converted: pl.DataFrame, code: str) -> tuple[str, ...]:
    return tuple(places.filter(~pl.col("code").is_in(converted[code].unique().implode()))["code"].sort())
