"""The collective targets as they were promised, in a few words."""

from __future__ import annotations

from vigie.language import NNBSP
from vigie.site.words import Speaker
from vigie.sources.published.targets import Aim, Target


def aim(speaker: Speaker, promised: Target) -> str:
    """What a target aims at, and what follows it."""
    text = _aim(speaker, promised.target)
    if promised.then is None:
        return text
    return f"{text}, {speaker.tr('puis', 'then')} {_aim(speaker, promised.then)}"


def _aim(speaker: Speaker, one: Aim) -> str:
    if one.value is None:
        return speaker.tr("objectif à définir", "target to be defined")
    decimals = 0 if one.value == round(one.value) else 1
    percent = (NNBSP if speaker.lang == "fr" else "") + "%"
    if one.kind == "yearly_growth":
        sign = "+" if one.value > 0 else ""
        return f"{sign}{speaker.number(one.value, decimals)}{percent} {speaker.tr('par an', 'a year')}"
    text = speaker.number(one.value, decimals) + (percent if one.unit == "percent" else "")
    return f"{text} {speaker.tr('en', 'in')} {speaker.period(one.date)}" if one.date else text
