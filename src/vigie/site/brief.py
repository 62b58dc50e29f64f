"""The rest of a territory's story in a few lines beside its access: alerts, those alike, trend, what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vigie.editions.figures import latest
from vigie.editions.observatory import Observation
from vigie.editions.standings import VERDICTS, Moved
from vigie.editions.trend_words import outcome
from vigie.indicators import Definition
from vigie.site.comparables import Comparables
from vigie.site.pledges import Verdict
from vigie.site.words import Speaker
from vigie.site.worries import Worries

_NAMED = 2  # alerts named; more are counted
_MAIN = ("apl_mg_champ_constant", "apl_mg")  # the series on a constant field has the most points


@dataclass(frozen=True)
class Line:
    """One line: what it is about, what it says, and the section of the page that says it in full."""

    title: str
    text: str
    href: str


def make(
    speaker: Speaker,
    indicators: Mapping[str, Definition],
    own: Mapping[str, Sequence[Observation]],
    trends: Mapping[str, Moved],
    worries: Worries | None,
    comparables: Comparables | None,
    verdicts: Mapping[str, Verdict] | None,
) -> tuple[Line, ...]:
    """The lines of a territory; what is not known has none. ``verdicts`` are None where no promise is looked at."""
    lines = [
        _alerts(speaker, worries),
        _attached(speaker, indicators, own),
        _trend(speaker, indicators, trends),
        _alike(speaker, comparables),
        _promises(speaker, verdicts),
    ]
    return tuple(one for one in lines if one is not None)


def _alerts(speaker: Speaker, worries: Worries | None) -> Line | None:
    if worries is None or not (worries.judged or worries.alerts):
        return None
    tr, href = speaker.tr, "#worries-title"
    if not worries.alerts:
        rules = speaker.count(
            worries.judged, tr("règle vérifiée", "rule checked"), tr("règles vérifiées", "rules checked")
        )
        return Line(tr("Alertes", "Alerts"), tr(f"aucune, {rules}.", f"none, {rules}."), href)
    named = [one.title for one in worries.alerts[:_NAMED]]
    more = len(worries.alerts) - len(named)
    others = [speaker.count(more, tr("autre", "other"), tr("autres", "others"))] if more else []
    said = tr(" ; ", "; ").join([*named, *others])
    answer = f" {worries.degree.title}." if worries.degree else ""
    count = speaker.count(len(worries.alerts), tr("alerte", "alert"), tr("alertes", "alerts"))
    return Line(count, f"{said}.{answer}", href)


def _attached(
    speaker: Speaker, indicators: Mapping[str, Definition], own: Mapping[str, Sequence[Observation]]
) -> Line | None:
    last = latest(own.get("psmt", ()))
    if last is None or last.value is None:
        return None
    text = speaker.value(last.value, indicators["psmt"])
    when = speaker.period(last.period)
    said = speaker.tr(f"{text} des adultes n'en ont pas ({when}).", f"{text} of adults have none ({when}).")
    return Line(speaker.tr("Médecin traitant", "Médecin traitant"), said, speaker.url("/indicateur/psmt"))


def _trend(speaker: Speaker, indicators: Mapping[str, Definition], trends: Mapping[str, Moved]) -> Line | None:
    moved = next((trends[name] for name in _MAIN if name in trends and name in indicators), None)
    if moved is None:
        return None
    definition = indicators[moved.indicator]
    first, last = (speaker.value(value, definition) for value in (moved.from_value, moved.to_value))
    ends = f"{first} ({moved.first}) → {last} ({moved.last})"
    said = f"{speaker.of(definition.short)}{speaker.colon}{ends}, {speaker.of(outcome(moved))}."
    return Line(speaker.tr("Évolution", "Trend"), said, speaker.url("/methodes") + "#tendances")


def _alike(speaker: Speaker, comparables: Comparables | None) -> Line | None:
    if comparables is None or comparables.figure is None or not comparables.alike:
        return None
    median, own, count = comparables.figure.cells[0][3], comparables.figure.own_text, len(comparables.alike)
    said = speaker.tr(
        f"APL de {own}, contre {median} pour la médiane de {count} territoires de même structure.",
        f"APL of {own}, against {median}, the median of {count} territories of like structure.",
    )
    return Line(speaker.tr("Comparables", "Alike"), said, "#comparables-title")


def _promises(speaker: Speaker, verdicts: Mapping[str, Verdict] | None) -> Line | None:
    if verdicts is None:
        return None
    tr, href = speaker.tr, "#theme-commitments"
    title = tr("Engagements", "Commitments")
    counted = Counter(one.style.replace("-", "_") for one in verdicts.values())
    told = ", ".join(f"{counted[name]} {speaker.of(words)}" for name, words in VERDICTS.items() if counted[name])
    if not told:
        return Line(title, tr("aucun des dix n'est mesuré ici.", "none of the ten is measured here."), href)
    return Line(title, tr(f"sur les dix, {told}.", f"of the ten, {told}."), href)
