"""Territories by what people type: ``level:code``, a code, a name without accents, the beginning of a name."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import AmbiguousNameError, Lang, UnknownNameError
from vigie.territories.names import LEVEL_NAMES, search_text
from vigie.territories.packaged import departements, regions
from vigie.territories.reference import unknown_level

_ORDER: Final = ("france", "region", "departement", "commune", "epci", "perimeter")
# Levels whose codes and names repeat those of communes: a bare code or name means one of the others first.
_SECONDARY: Final = ("bassin_de_vie", "bassin_de_vie_2012", "canton_ou_ville")
_LATE: Final = 4
_LISTED: Final = 8
_ARRONDISSEMENT = re.compile(r"^(paris|lyon|marseille) (\d{1,2})(?:er|e|eme)?(?: arrondissement)?$")
_ARTICLE = "^(?:la|le|les|l) "


@dataclass(frozen=True)
class Territory:
    """A territory found: its row in :attr:`Reference.territories` without its sums; ``population`` in people."""

    level: str
    code: str
    name: str
    kind: str
    departement: str | None
    region: str | None
    population: int | None

    @property
    def key(self) -> str:
        """``level:code``, which names it without ambiguity."""
        return f"{self.level}:{self.code}"

    def describe(self, lang: Lang) -> str:
        """Name, level and département: "Saint-Denis (commune, Seine-Saint-Denis)"."""
        level = LEVEL_NAMES[self.level].of(lang) if self.level in LEVEL_NAMES else self.level
        inside = _departement_names().get(self.departement or "") if self.level != "departement" else None
        return f"{self.name} ({level}, {inside})" if inside else f"{self.name} ({level})"


def find(territories: pl.DataFrame, text: str, level: str | None = None) -> Territory:
    """The one territory that ``text`` names, at any level or at ``level``.

    ``text`` is ``level:code``, a code (five characters: a commune; nine digits: an EPCI; two or three: a département
    or a région) or a name, whatever its accents, case and hyphens, "St" for "Saint" included. A code or a name of a
    commune wins over the bassin de vie or canton of the same code or name.

    Raises AmbiguousNameError with the candidates, the most populated first, or UnknownNameError with the nearest names.
    """
    levels = territories["level"].unique(maintain_order=True).to_list()
    wanted = text.strip()
    if ":" in wanted:
        level, wanted = (part.strip() for part in wanted.split(":", 1))
    if level is not None and level not in levels:
        raise unknown_level(level, levels)
    rows = territories if level is None else territories.filter(pl.col("level") == level)
    found = _by_code(rows, wanted)
    if found.is_empty():
        found = _by_name(rows, wanted)
    if level is None and not found["level"].is_in(_SECONDARY).all():
        found = found.filter(~pl.col("level").is_in(_SECONDARY))
    if not found.is_empty():
        # The canton 1001 may be commune 01001 without its zero: the person decides.
        found = pl.concat([found, _without_zero(rows, wanted)])
    if found.height == 1:
        return _territory(found.row(0, named=True))
    if found.is_empty():
        raise _unknown(rows, wanted)
    raise _ambiguous(found, wanted)


class Searcher:
    """Search as one types over one table of territories: built once, then a few milliseconds a query."""

    def __init__(self, territories: pl.DataFrame) -> None:
        """Index the names from each of their words on, and the codes, of ``Reference.territories``."""
        order = {level: rank for rank, level in enumerate(_ORDER)}
        rank = pl.col("level").replace_strict(order, default=len(_ORDER), return_dtype=pl.Int64)
        rows = territories.sort(
            rank, pl.col("population").fill_null(0), "level", "code", descending=[False, True, False, False]
        )
        self._rows = rows.select(list(Territory.__dataclass_fields__))  # a table: as Python's objects it takes 20 MB
        entries: list[tuple[str, int, int]] = []
        for row, (level, code, text) in enumerate(rows.select("level", "code", "search").iter_rows()):
            late = _LATE if level in _SECONDARY else 0
            entries.append((code.lower(), row, late))
            words = text.split()
            entries.extend((" ".join(words[i:]), row, late + 2 * min(i, 1)) for i in range(len(words)))
        entries.sort()
        self._keys = [key for key, _, _ in entries]
        self._row = np.array([row for _, row, _ in entries], dtype=np.int64)
        self._tier = np.array([tier for _, _, tier in entries], dtype=np.int64)

    def search(self, text: str, limit: int = 10) -> list[Territory]:
        """The territories whose name (or code) has ``text`` at the start of a word, at most ``limit``.

        First the exact names, then those that begin with ``text``, then those that have it inside, then those that have
        its words in any order; within each by level (région, département, commune, EPCI, …) and by population; bassins
        de vie and cantons, which bear the names of communes, come last.
        """
        variants = {search_text(text), search_text(text, expand=False)} - {""}
        if not variants or limit < 1:
            return []
        size = self._rows.height
        best = np.concatenate([self._scores(variant) for variant in variants])
        if len(set((best % size).tolist())) < limit:
            best = np.concatenate([best, *(self._scattered(variant) for variant in variants)])
        rows = dict.fromkeys((np.sort(best) % size).tolist())
        return [Territory(*self._rows.row(row)) for row in list(rows)[:limit]]

    def _scores(self, query: str) -> NDArray[np.int64]:
        """For each entry that begins with ``query``: how far from exact (its tier) × number of rows + row."""
        first, last = bisect_left(self._keys, query), bisect_left(self._keys, query + "\uffff")
        exact = bisect_right(self._keys, query, first, last)
        begins = (np.arange(first, last) >= exact).astype(np.int64)
        scores: NDArray[np.int64] = (self._tier[first:last] + begins) * self._rows.height + self._row[first:last]
        return scores

    def _scattered(self, query: str) -> NDArray[np.int64]:
        """The same, after all others, for rows that have every word of ``query`` at the start of some word."""
        size = self._rows.height
        found = [set((self._scores(word) % size).tolist()) for word in query.split()]
        rows = np.array(sorted(set.intersection(*found)), dtype=np.int64)
        scores: NDArray[np.int64] = 2 * _LATE * size + rows
        return scores


def _by_code(rows: pl.DataFrame, text: str) -> pl.DataFrame:
    return rows.filter(pl.col("code").is_in([text.upper(), text]))


def _without_zero(rows: pl.DataFrame, text: str) -> pl.DataFrame:
    """The commune whose code ``text`` is, but for a lost leading zero."""
    if not re.fullmatch(r"\d{4}", text):
        return rows.clear()
    return rows.filter((pl.col("level") == "commune") & (pl.col("code") == "0" + text))


def _by_name(rows: pl.DataFrame, text: str) -> pl.DataFrame:
    """The rows called ``text``, or so called but for the article of one or the other."""
    wanted = search_text(text)
    part = _ARRONDISSEMENT.match(wanted)
    if part:
        return rows.filter(pl.col("search").str.contains(f"^{part[1]} {part[2]}(er|e) arrondissement$"))
    with_article = [
        (pl.col("level") == level) & pl.col("code").is_in(_with_article(level).get(wanted, []))
        for level in ("departement", "region")
    ]
    named = rows.filter((pl.col("search") == wanted) | pl.any_horizontal(with_article))
    return rows.filter(pl.col("search").str.replace(_ARTICLE, "") == wanted) if named.is_empty() else named


def _with_article(level: str) -> dict[str, list[str]]:
    """The codes of départements or régions by their name with its article, as search text."""
    table = departements() if level == "departement" else regions()
    return {search_text(article): [code] for code, article in table.select("code", "article").iter_rows()}


def _departement_names() -> dict[str, str]:
    return dict(departements().select("code", "name").iter_rows())


def _territory(row: dict[str, object]) -> Territory:
    return Territory(**{name: row[name] for name in Territory.__dataclass_fields__})  # type: ignore[arg-type]


def _ambiguous(found: pl.DataFrame, text: str) -> AmbiguousNameError:
    by_people = found.sort(pl.col("population").fill_null(0), "level", "code", descending=[True, False, False])
    candidates = [_territory(row) for row in by_people.iter_rows(named=True)]
    listed = {
        lang: ", ".join(f"{one.describe(lang)} = {one.key}" for one in candidates[:_LISTED]) for lang in ("fr", "en")
    }
    more = "…" if len(candidates) > _LISTED else ""
    return AmbiguousNameError(
        f"«\u00a0{text}\u00a0» désigne {len(candidates)} territoires\u202f: {listed['fr']}{more}.",
        f"“{text}” names {len(candidates)} territories: {listed['en']}{more}.",
        candidates=tuple(one.key for one in candidates),
        remedy_fr=f"Précisez, par exemple {candidates[0].key}.",
        remedy_en=f"Be specific, for instance {candidates[0].key}.",
    )


def _unknown(rows: pl.DataFrame, text: str) -> UnknownNameError:
    likely = pl.concat([_without_zero(rows, text), _nearest(rows, search_text(text))])
    nearest = [_territory(row) for row in likely.iter_rows(named=True)]
    remedy = {
        lang: ", ".join(f"{one.describe(lang)} = {one.key}" for one in nearest) if nearest else ""
        for lang in ("fr", "en")
    }
    return UnknownNameError(
        f"aucun territoire ne s'appelle «\u00a0{text}\u00a0».",
        f"no territory is called “{text}”.",
        remedy_fr=f"Les plus proches\u202f: {remedy['fr']}." if nearest else "",
        remedy_en=f"The nearest: {remedy['en']}." if nearest else "",
    )


def _nearest(rows: pl.DataFrame, text: str, limit: int = 5) -> pl.DataFrame:
    """The rows whose name is closest to ``text``: those that share most trigrams, then by edit similarity."""
    grams = _trigrams(text)
    primary = rows.filter(~pl.col("level").is_in(_SECONDARY)) if rows["level"].n_unique() > 1 else rows
    names = primary["search"].to_list()
    shared = [(len(grams & _trigrams(name)), i) for i, name in enumerate(names)]
    likely = sorted((pair for pair in shared if pair[0]), key=lambda pair: (-pair[0], pair[1]))[:200]
    people = primary["population"].fill_null(0).to_list()
    ranked = sorted(
        ((SequenceMatcher(None, text, names[i]).ratio(), people[i], i) for _, i in likely),
        key=lambda one: (-one[0], -one[1], one[2]),
    )
    return primary[[i for ratio, _, i in ranked if ratio >= 0.5][:limit]]


def _trigrams(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
