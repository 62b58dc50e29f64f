"""The collective targets as they were promised, and why each has the verdict that it has, in a few words."""

from __future__ import annotations

from collections.abc import Iterator

from vigie.editions.standings import REASONS, Standing
from vigie.editions.voice import Voice
from vigie.language import NNBSP, month_of
from vigie.sources.published.targets import Aim, Target


def aim(speaker: Voice, promised: Target) -> str:
    """What a target aims at, and what follows it."""
    text = _aim(speaker, promised.target)
    if promised.then is None:
        return text
    return f"{text}, {speaker.tr('puis', 'then')} {_aim(speaker, promised.then)}"


def _aim(speaker: Voice, one: Aim) -> str:
    if one.value is None:
        return speaker.tr("objectif à définir", "target to be defined")
    decimals = 0 if one.value == round(one.value) else 1
    percent = (NNBSP if speaker.lang == "fr" else "") + "%"
    if one.kind == "yearly_growth":
        sign = "+" if one.value > 0 else ""
        return f"{sign}{speaker.number(one.value, decimals)}{percent} {speaker.tr('par an', 'a year')}"
    text = speaker.number(one.value, decimals) + (percent if one.unit == "percent" else "")
    return f"{text} {speaker.tr('en', 'in')} {speaker.period(one.date)}" if one.date else text


def verdict_sentences(speaker: Voice, one: Standing) -> Iterator[str]:
    """Why a target has the verdict that it has, in words and figures."""
    if one.verdict == "not_measurable":
        yield _sentence(speaker.of(REASONS[one.reason]))
        return
    if one.rule == "yearly_growth":
        if one.pace is not None and one.value is not None:
            yield _grown(speaker, one, growth(speaker, one.pace), growth(speaker, one.value))
        return
    if one.baseline is not None and one.latest is not None and one.baseline_period != one.latest_period:
        yield speaker.tr(
            f"De {amount(speaker, one.baseline, one.unit)} ({speaker.period(one.baseline_period or '')}) à "
            f"{amount(speaker, one.latest, one.unit)} ({speaker.period(one.latest_period or '')}).",
            f"From {amount(speaker, one.baseline, one.unit)} ({speaker.period(one.baseline_period or '')}) to "
            f"{amount(speaker, one.latest, one.unit)} ({speaker.period(one.latest_period or '')}).",
        )
    if one.gap is not None and one.expected is not None:
        wanted = amount(speaker, one.expected, one.unit)
        behind = speaker.tr("en retard", "behind") if one.gap < 0 else speaker.tr("en avance", "ahead")
        yield speaker.tr(f"Attendu à cette date : {wanted} ; {behind}.", f"Expected by then: {wanted}; {behind}.")
    if one.arrival is not None and one.arrival < 2100:
        yield speaker.tr(
            f"À ce rythme, la cible serait atteinte en {month_of(one.arrival, 'fr')}.",
            f"At this pace the target would be met in {month_of(one.arrival, 'en')}.",
        )
    yield _sentence(speaker.of(REASONS[one.reason]))


def _grown(speaker: Voice, one: Standing, done: str, promised: str) -> str:
    """How much a value has grown each year between its two points, or over the last twelve months."""
    if one.baseline is None or one.latest is None or one.baseline_period == one.latest_period:
        return speaker.tr(
            f"{done} sur douze mois, pour {promised} promis chaque année.",
            f"{done} over twelve months, where {promised} a year was promised.",
        )
    ends = [
        f"{amount(speaker, value, one.measured)} ({speaker.period(period or '')})"
        for value, period in ((one.baseline, one.baseline_period), (one.latest, one.latest_period))
    ]
    return speaker.tr(
        f"De {ends[0]} à {ends[1]}, soit {done} par an, pour {promised} promis chaque année.",
        f"From {ends[0]} to {ends[1]}, or {done} a year, where {promised} a year was promised.",
    )


def aim_of(speaker: Voice, one: Standing) -> str:
    """What a target aims at, in a few words: ``2 %``, ``+5 % par an``, ``4 000 en 2027``, to be defined."""
    if one.value is None or one.kind == "none":
        return speaker.tr("à définir", "to be defined")
    if one.kind == "yearly_growth":
        return f"{growth(speaker, one.value)} {speaker.tr('par an', 'a year')}"
    text = amount(speaker, one.value, one.unit)
    return f"{text} {speaker.tr('en', 'in')} {speaker.period(one.due)}" if one.due else text


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def amount(speaker: Voice, value: float, unit: str) -> str:
    """A figure of a target, with its per cent sign."""
    decimals = 0 if value == round(value) or abs(value) >= 100 else 1
    return speaker.number(value, decimals) + (_percent(speaker) if unit == "percent" else "")


def growth(speaker: Voice, value: float) -> str:
    """A growth in per cent, with its sign."""
    decimals = 0 if value == round(value) else 1
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{speaker.number(abs(value), decimals)}{_percent(speaker)}"


def _percent(speaker: Voice) -> str:
    return f"{NNBSP}%" if speaker.lang == "fr" else "%"
