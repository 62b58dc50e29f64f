"""The collective targets as they were promised: read from the transcription, shown as it words them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from vigie.language import NNBSP
from vigie.site.words import Speaker

_SET = "convention_medicale_2024"


@dataclass(frozen=True)
class Promise:
    """One of the ten commitments of the convention médicale 2024."""

    number: int
    id: str
    title_fr: str
    title_en: str
    note_fr: str
    document: str
    place: str
    quote_fr: str
    owner: str
    target: dict[str, Any]
    then: dict[str, Any] | None
    published: tuple[str, ...]

    def aim(self, speaker: Speaker) -> str:
        """The target in a few words."""
        text = _aim(speaker, self.target)
        return text if self.then is None else f"{text}, {speaker.tr('puis', 'then')} {_aim(speaker, self.then)}"


def _aim(speaker: Speaker, target: dict[str, Any]) -> str:
    if target["kind"] == "none":
        return speaker.tr("objectif à définir", "target to be defined")
    value = float(target["value"])
    decimals = 0 if value == round(value) else 1
    percent = (NNBSP if speaker.lang == "fr" else "") + "%"
    if target["kind"] == "yearly_growth":
        sign = "+" if value > 0 else ""
        return f"{sign}{speaker.number(value, decimals)}{percent} {speaker.tr('par an', 'a year')}"
    text = speaker.number(value, decimals) + (percent if target["unit"] == "percent" else "")
    date = str(target.get("date", ""))
    return f"{text} {speaker.tr('en', 'in')} {speaker.period(date)}" if date else text


@cache
def promises() -> tuple[Promise, ...]:
    """The ten commitments, in their order."""
    file = resources.files("vigie.sources.published") / "targets.toml"
    targets = tomllib.loads(file.read_text(encoding="utf-8"))["target"]
    found = [_promise(target) for target in targets if target["set"] == _SET]
    return tuple(sorted(found, key=lambda promise: promise.number))


def _promise(target: dict[str, Any]) -> Promise:
    return Promise(
        number=target["number"],
        id=target["id"],
        title_fr=target["title_fr"],
        title_en=target["title_en"],
        note_fr=target["note_fr"],
        document=target["document"],
        place=target["place"],
        quote_fr=target["quote_fr"],
        owner=target["owner"],
        target=target["target"],
        then=target.get("then"),
        published=tuple(target.get("published", ())),
    )
