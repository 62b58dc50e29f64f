"""Doubts and corrections: the full reference of a figure, to be sent by whoever doubts it, and what was mended since.

Nothing that a reader writes comes here: the message is theirs, to send from their own mailbox.
"""

from __future__ import annotations

import os
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from vigie.editions.figures import latest
from vigie.editions.observatory import Observation, Territory
from vigie.indicators import Definition
from vigie.indicators.definition import Words
from vigie.language import Text
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.validation import toml_file, validated

FILE = Path(__file__).parent / "corrections.toml"
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}")


class Correction(BaseModel):
    """A correction: when, from which edition on, of which indicator, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    date: date
    edition: str = Field(min_length=1)
    indicator: str = ""
    what: Words
    source: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    corrections: tuple[Correction, ...] = ()


def read_corrections(file: Path) -> tuple[Correction, ...]:
    """The corrections of a file, the newest first. Raises InputError that names the file, the key and the value."""
    refused = Text("correction refusée", "correction refused")
    found = validated(_File, toml_file(file), refused, "docs/operate.md", file).corrections
    return tuple(sorted(found, key=lambda one: one.date, reverse=True))


@cache
def corrections() -> tuple[Correction, ...]:
    """The corrections of this version of Vigie."""
    return read_corrections(FILE)


def listed(speaker: Speaker) -> list[dict[str, str]]:
    """The corrections in the reader's language."""
    return [
        {"date": speaker.date(one.date), "edition": one.edition, "indicator": one.indicator,
         "what": speaker.of(one.what), "source": one.source}
        for one in corrections()
    ]  # fmt: skip


def contact() -> str:
    """Where doubts are sent: ``VIGIE_CONTACT``, an e-mail address; empty where none is set."""
    told = os.environ.get("VIGIE_CONTACT", "").strip()
    return told if _ADDRESS.fullmatch(told) else ""


def doubt(room: Room, speaker: Speaker, territory: Territory, definition: Definition, period: str) -> dict[str, Any]:
    """What the page of a doubt shows: the figure's whole reference as a message, ready to be copied or sent."""
    series = room.profile(territory).get(definition.id, [])
    figure = latest(series, period or None)
    lines = _reference(room, speaker, territory, definition, figure, period)
    message = "\n".join(f"{name}{speaker.colon}{value}" for name, value in lines)
    ask = speaker.tr("Ce que j'attendais, et d'où je le tiens :", "What I expected, and where I have it from:")
    subject = f"Vigie, {definition.id}, {territory.key}"
    body = f"{message}\n\n{ask}\n"
    return {
        "territory": territory,
        "definition": definition,
        "title": speaker.of(definition.title),
        "lines": lines,
        "message": body,
        "contact": contact(),
        "mailto": f"mailto:{contact()}?subject={quote(subject)}&body={quote(body)}",
        "periods": [one.period for one in series],
        "period": figure.period if figure else period,
    }


def _reference(
    room: Room,
    speaker: Speaker,
    territory: Territory,
    definition: Definition,
    figure: Observation | None,
    period: str,
) -> list[tuple[str, str]]:
    value = speaker.status("missing")
    if figure is not None:
        known = figure.value is not None
        number = speaker.tr(
            f"{figure.value!r}".replace(".", ","), f"{figure.value!r}"
        )  # whole: it is to be found again
        value = f"{number} ({speaker.status(figure.status)})" if known else speaker.status(figure.status)
    return [
        (speaker.tr("Édition", "Edition"), room.id),
        (speaker.tr("Indicateur", "Indicator"), f"{speaker.of(definition.title)} ({definition.id})"),
        (speaker.tr("Territoire", "Territory"), f"{territory.name} ({territory.key})"),
        (speaker.tr("Période", "Period"), figure.period if figure else period or "–"),
        (speaker.tr("Valeur", "Value"), value),
        (speaker.tr("Fichier d'origine", "Original file"), figure.snapshot if figure else "–"),
        (speaker.tr("Adresse", "Address"), speaker.territory(territory.level, territory.code)),
    ]
