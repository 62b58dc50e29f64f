"""Funnels of an edition: which territories of a level lie outside what chance explains, for a proportion or a rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vigie.errors import Lang, UnknownNameError
from vigie.indicators import Definition
from vigie.language import NNBSP, Text, number

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory
    from vigie.indicators.funnel import Kind, Limits

# Large enough, at most of them, for limits to say something; communes are too small for most rates.
LEVELS: Final = ("departement", "region", "epci", "bassin_de_vie")
KINDS: Final = ("proportion", "rate")
_LANGS: Final[tuple[Lang, Lang]] = ("fr", "en")
READINGS: Final = {
    "below_strict": Text("sous les limites à 99,8 %", "below the 99.8 % limits"),
    "below": Text("sous les limites à 95 %", "below the 95 % limits"),
    "within": Text("dans les limites", "within the limits"),
    "above": Text("au-dessus des limites à 95 %", "above the 95 % limits"),
    "above_strict": Text("au-dessus des limites à 99,8 %", "above the 99.8 % limits"),
    "too_small": Text("trop petit pour être jugé", "too small to be judged"),
}
RULE: Final = Text(
    "Limites de Poisson (taux) ou de score (proportions) autour de la moyenne de tous les territoires ; élargies de la "
    "racine de la dispersion quand elle dépasse ce que donne le hasard, les 10 % d'écarts extrêmes de chaque côté "
    "étant ramenés au dernier décile (Spiegelhalter, 2005). Ceux qui restent à part sont examinés ensemble : au plus "
    "5 % d'entre eux le seraient par hasard (Benjamini et Hochberg, 1995). Moins de 5 événements attendus : trop petit "
    "pour être jugé (seuil de Vigie).",
    "Poisson limits (rates) or score limits (proportions) around the mean of all territories; widened by the square "
    "root of the dispersion where it exceeds what chance gives, the 10 % largest departures of each side being drawn "
    "in to the last decile (Spiegelhalter, 2005). Those that stand apart are looked at together: at most 5 % of them "
    "would do so by chance (Benjamini and Hochberg, 1995). Fewer than 5 events expected: too small to be judged "
    "(Vigie's threshold).",
)


@dataclass(frozen=True)
class Placed:
    """A territory in a funnel, in the unit of the indicator.

    ``low`` to ``highest`` are its limits at 95 and 99.8 %, widened where territories vary more than chance;
    ``chance_lowest`` and ``chance_highest`` those of chance alone at 99.8 %. ``place`` and ``by_chance`` say where it
    stands against each, ``score`` how many standard errors of chance from the average, ``kept`` whether it remains once
    all are looked at together.
    """

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
    place: str
    by_chance: str
    score: float
    p_adjusted: float | None
    kept: bool


@dataclass(frozen=True)
class Spread:
    """The funnel of an indicator over the territories of a level in a period, those furthest from the average first.

    ``outside`` and ``outside_strict`` count those outside the limits of chance alone (95 %, 99.8 %), ``by_luck`` and
    ``by_luck_strict`` how many would be by luck; ``kept`` those that remain against the limits widened for
    ``dispersion``, at a false discovery rate of 5 %. ``too_small`` are left out of the test, ``unknown`` without
    counts: missing, or hidden.
    """

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
    placed: tuple[Placed, ...]


@dataclass(frozen=True)
class Curve:
    """The limits of a funnel along its denominators, in the unit of the indicator."""

    at: tuple[float, ...]
    chance: tuple[tuple[float, ...], ...]
    widened: tuple[tuple[float, ...], ...]


def funnel_levels(observatory: Observatory, definition: Definition) -> list[str]:
    """The levels at which a funnel of the indicator can be asked for, départements first."""
    if definition.kind not in KINDS:
        return []
    known = {level for (level,) in observatory.rows(
        "SELECT DISTINCT level FROM observations WHERE indicator = ? AND numerator IS NOT NULL AND denominator > 0",
        [definition.id])}  # fmt: skip
    return [level for level in LEVELS if level in known]


def funnel_of(observatory: Observatory, definition: Definition, level: str, period: str | None = None) -> Spread | None:
    """The funnel of an indicator at a level, in its last period of known counts or the one asked for.

    None where it is neither a proportion nor a rate, its counts are not known, or too few territories are large enough.
    Raises UnknownNameError for a level without funnels.
    """
    from vigie.indicators import funnel as drawn

    if level not in LEVELS:
        raise UnknownNameError(
            f"pas d'entonnoir au niveau « {level} ». Niveaux : {', '.join(LEVELS)}.",
            f"no funnel at the level “{level}”. Levels: {', '.join(LEVELS)}.",
        )
    if definition.kind not in KINDS:
        return None
    found, unknown, period = _counted(observatory, definition, level, period)
    if not found:
        return None
    counts, totals = [one[2] for one in found], [one[3] for one in found]
    kind = _kind(definition)
    made = drawn.funnel(counts, totals, kind)
    if made is None:
        return None
    names = dict(observatory.rows("SELECT code, name FROM territories WHERE level = ?", [level]))
    scale = scale_of(definition)
    limits, chance = _ends(made.limits, scale), _ends(made.chance, scale)
    placed = [
        Placed(
            code=code,
            name=names.get(code, code),
            value=value,
            numerator=count,
            denominator=total,
            low=limits[row][0],
            high=limits[row][1],
            lowest=limits[row][2],
            highest=limits[row][3],
            chance_lowest=chance[row][2],
            chance_highest=chance[row][3],
            place=drawn.PLACES[made.place[row]],
            by_chance=drawn.PLACES[made.by_chance[row]],
            score=float(made.score[row]),
            p_adjusted=None if made.place[row] == drawn.TOO_SMALL else float(made.p_adjusted[row]),
            kept=bool(made.kept[row]),
        )
        for row, (code, value, count, total) in enumerate(found)
    ]
    too_small = made.count(drawn.TOO_SMALL)
    tested = len(found) - too_small
    strict = made.count(drawn.BELOW_STRICT, drawn.ABOVE_STRICT)
    return Spread(
        indicator=definition.id,
        level=level,
        period=period or "",
        average=scale * made.average,
        territories=tested,
        too_small=too_small,
        unknown=unknown,
        dispersion=made.dispersion,
        overdispersed=made.overdispersed,
        outside=strict + made.count(drawn.BELOW, drawn.ABOVE),
        outside_strict=strict,
        by_luck=0.05 * tested,
        by_luck_strict=0.002 * tested,
        kept=int(made.kept.sum()),
        placed=tuple(sorted(placed, key=lambda one: (one.place == "too_small", -abs(one.score), one.code))),
    )


def curve(spread: Spread, definition: Definition, at: Sequence[float]) -> Curve:
    """The limits of a funnel at some denominators: low, high, lowest, highest, by chance alone and widened."""
    from vigie.indicators.funnel import chance_limits, widened

    scale = scale_of(definition)
    kind = _kind(definition)
    average = spread.average / scale
    chance = chance_limits(average, list(at), kind)
    wide = widened(average, list(at), kind, spread.dispersion**0.5) if spread.overdispersed else chance
    sides = [tuple(zip(*_ends(one, scale), strict=True)) for one in (chance, wide)]
    return Curve(tuple(at), *sides)


def _kind(definition: Definition) -> Kind:
    return "proportion" if definition.kind == "proportion" else "rate"


def scale_of(definition: Definition) -> float:
    """What turns a share or a rate into the unit of the indicator: 100 for a percentage."""
    return float(getattr(definition.compute, "scale", 100.0 if definition.kind == "proportion" else 1.0))


def _counted(
    observatory: Observatory, definition: Definition, level: str, period: str | None
) -> tuple[list[tuple[str, float, float, float]], int, str | None]:
    """Code, value, count and total of each territory whose counts are known, how many are without, and the period."""
    sql = """SELECT code, observations.period, value, numerator, denominator FROM observations
        JOIN snapshots ON snapshots.id = observations.snapshot
        WHERE indicator = ? AND level = ? AND (? IS NULL OR observations.period = ?)
        ORDER BY snapshots.rank DESC, snapshot DESC"""
    rows = observatory.rows(sql, [definition.id, level, period, period])
    known = [row for row in rows if _usable(definition, *row[2:])]
    if not known:
        return [], 0, period
    last = period or max(row[1] for row in known)
    # Of several sources for one territory, the nearest to its producer comes last and is kept.
    whole = {code: (code, value, count, total) for code, when, value, count, total in known if when == last}
    told = {row[0] for row in rows if row[1] == last}
    return [whole[code] for code in sorted(whole)], len(told - whole.keys()), last


def _usable(definition: Definition, value: float | None, count: float | None, total: float | None) -> bool:
    if value is None or count is None or total is None or total <= 0 or count < 0:
        return False
    return definition.kind == "rate" or count <= total


def _ends(limits: Limits, scale: float) -> list[tuple[float, ...]]:
    """The four limits of each territory, in the unit of the indicator."""
    columns = (scale * one for one in (limits.low, limits.high, limits.lowest, limits.highest))
    return list(zip(*(column.tolist() for column in columns), strict=True))


# Words ----------------------------------------------------------------------------------------------------------------


def said(spread: Spread) -> list[Text]:
    """What a funnel says, in sentences: how many lie outside, what chance would give, what remains and why."""
    return [_outside(spread), _dispersion(spread), _kept(spread)]


def _outside(spread: Spread) -> Text:
    fr, en = (
        (
            *(number(count, lang) for count in (spread.territories, spread.outside, spread.outside_strict)),
            *(number(count, lang, 1) for count in (spread.by_luck, spread.by_luck_strict)),
        )
        for lang in _LANGS
    )
    return Text(
        f"Hors des limites du hasard seul, sur {fr[0]} territoires : {fr[1]} à 95 % (le hasard en donnerait {fr[3]}), "
        f"{fr[2]} à 99,8 % (il en donnerait {fr[4]}).",
        f"Outside the limits of chance alone, of {en[0]} territories: {en[1]} at 95 % (chance would give {en[3]}), "
        f"{en[2]} at 99.8 % (it would give {en[4]}).",
    )


def _dispersion(spread: Spread) -> Text:
    fr, en = (number(spread.dispersion, lang, 1) for lang in _LANGS)
    if not spread.overdispersed:
        return Text(
            f"Dispersion : {fr}. Les territoires ne varient pas plus que le hasard ne l'explique ; les limites restent "
            "celles du hasard.",
            f"Dispersion: {en}. The territories vary no more than chance explains; the limits stay those of chance.",
        )
    return Text(
        f"Dispersion : {fr}. Les territoires varient {fr} fois plus que le hasard ne l'explique : leur offre, leur "
        "population ou leur histoire diffèrent. Les limites sont élargies d'autant.",
        f"Dispersion: {en}. The territories vary {en} times more than chance explains: their supply, their people or "
        "their history differ. The limits are widened accordingly.",
    )


def _kept(spread: Spread) -> Text:
    names = [one.name for one in spread.placed if one.kept]
    listed = ", ".join(names[:8])
    if not names:
        return Text(
            "Aucun territoire ne reste hors des limites élargies une fois tous examinés ensemble.",
            "No territory remains outside the widened limits once all are looked at together.",
        )
    more_fr = f", et {number(len(names) - 8, 'fr')}{NNBSP}autres" if len(names) > 8 else ""
    more_en = f", and {number(len(names) - 8, 'en')} others" if len(names) > 8 else ""
    if len(names) == 1:
        return Text(
            f"Un seul reste à part une fois tous examinés ensemble : {listed}.",
            f"One alone stands apart once all are looked at together: {listed}.",
        )
    return Text(
        f"{number(len(names), 'fr')} restent à part une fois tous examinés ensemble : {listed}{more_fr}.",
        f"{number(len(names), 'en')} stand apart once all are looked at together: {listed}{more_en}.",
    )
