"""Alerts as Atom feeds (RFC 4287): one for a territory, one for France, its régions and its départements.

An entry is an event between two editions: an alert that appeared, worsened, eased or was lifted. Its identifier is made
of the event alone, so that a feed read again shows what is new and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from vigie.editions import alert_words as words
from vigie.editions.alerting import Event, events
from vigie.editions.observatory import Territory
from vigie.editions.store import editions
from vigie.site.api.catalogue import HERE, base
from vigie.site.pages import room_of
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH, Speaker

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NATIONAL = ("france", "region", "departement")
MOST = 200
# A feed holds the address of the site that was asked: it is not one to keep for another who asks by another name.
_STREAM = {"x-vigie-stream": "1"}

Key = Annotated[str, Path(pattern="^[a-z_0-9]{3,20}:[A-Za-z0-9_-]{1,40}$")]

Xml.register_namespace("", ATOM)


def router(prefix: str) -> APIRouter:
    """The feeds under ``prefix``: ``/en`` for English, nothing for French."""
    feeds = APIRouter(prefix=prefix)
    speaker = ENGLISH if prefix else FRENCH

    @feeds.get("/alertes.atom")
    def national(request: Request) -> Response:
        """What became of the alerts of France, its régions and its départements."""
        room = room_of(request)
        title = speaker.tr("Vigie : alertes en France, par région et département",
                           "Vigie: alerts in France, by région and département")  # fmt: skip
        page = speaker.territory("france", "FR")
        kept: bytes = room.once(
            ("national feed", speaker.lang),
            lambda: _feed(request, room, speaker, title, page, history(room, NATIONAL, None)[:MOST], HERE),
        )
        return _answer(kept.replace(HERE.encode(), escape(base(request)).encode()))

    @feeds.get("/territoires/{key}/alertes.atom")
    def territory(request: Request, key: Key) -> Response:
        """What became of the alerts of a territory."""
        room = room_of(request)
        card = room.directory.card(*key.split(":", 1))
        if card is None:
            raise HTTPException(404)
        found = history(room, (card.level,), card.code)[:MOST]
        page = speaker.territory(card.level, card.code)
        return _answer(_feed(request, room, speaker, title_of(speaker, card), page, found, base(request)))

    return feeds


def title_of(speaker: Speaker, card: Territory) -> str:
    """What the feed of a territory is called."""
    return speaker.tr(f"Vigie : alertes, {card.name}", f"Vigie: alerts, {card.name}")


def history(room: Room, levels: Sequence[str], code: str | None) -> list[Event]:
    """The events up to the edition served, the latest first: one that was rolled back has not happened."""
    home = room.observatory.folder.parent.parent
    known = [one for one in editions(home) if (one.built, one.id) <= (room.built, room.id)]
    return events(known, levels, code)


def _answer(body: bytes) -> Response:
    return Response(body, media_type=MEDIA_TYPE, headers=_STREAM)


def _feed(
    request: Request, room: Room, speaker: Speaker, title: str, page: str, found: Sequence[Event], site: str
) -> bytes:
    return feed(room, speaker, title, f"{site}{request.url.path}", f"{site}{page}", site, found)


def feed(room: Room, speaker: Speaker, title: str, address: str, page: str, base: str, found: Sequence[Event]) -> bytes:
    """The feed as XML in UTF-8: ``address`` is its own, ``page`` that of its subject, ``base`` that of the site."""
    root = Xml.Element(_tag("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": speaker.lang})
    _add(root, "id", _urn(address.removeprefix(base)))
    _add(root, "title", title)
    _add(root, "updated", max((one.built for one in found), default=room.built).isoformat())
    Xml.SubElement(root, _tag("link"), rel="self", href=address, type="application/atom+xml")
    Xml.SubElement(root, _tag("link"), rel="alternate", href=page, type="text/html")
    _add(Xml.SubElement(root, _tag("author")), "name", "Vigie")
    for event in found:
        _add_entry(root, room, speaker, base, event)
    text: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _add_entry(root: Xml.Element, room: Room, speaker: Speaker, base: str, event: Event) -> None:
    card = room.directory.card(event.level, event.code)
    name = card.name if card else f"{event.level}:{event.code}"
    rule = room.observatory.alert_rules.get(event.rule)
    title = speaker.of(rule.title) if rule else event.rule
    change = speaker.of(words.CHANGES[event.change])
    entry = Xml.SubElement(root, _tag("entry"))
    _add(entry, "id", _urn(f"{event.level}:{event.code} {event.rule} {event.change} {event.severity} {event.edition}"))
    _add(entry, "title", f"{name}{speaker.colon}{title} ({change})")
    _add(entry, "updated", event.built.isoformat())
    Xml.SubElement(
        entry, _tag("link"), rel="alternate", href=base + speaker.territory(event.level, event.code), type="text/html"
    )
    if rule:
        Xml.SubElement(entry, _tag("category"), term=rule.volet, label=speaker.of(words.VOLETS[rule.volet]))
    content = _add(entry, "content", _told(room, speaker, card, event))
    content.set("type", "text")


def _told(room: Room, speaker: Speaker, card: Territory | None, event: Event) -> str:
    """The sentences of the alert as it is now; the measure alone where it is no longer there or has changed since."""
    own = room.observatory.alerts(card) if card and event.change != "gone" else []
    now = [one for one in own if (one.rule, one.period) == (event.rule, event.period)]
    for one in now:
        rule = room.observatory.alert_rules[one.rule]
        source = words.step(one, rule).source
        told = (words.size(one, rule, room.indicators[one.indicator]), words.lasting(one), words.people(one))
        sentences = [speaker.of(text) for text in (*told, source) if text.fr]
        return " ".join(sentences)
    rules, when = room.observatory.alert_rules, speaker.period(event.period)
    definition = room.indicators.get(rules[event.rule].indicator) if event.rule in rules else None
    # A rule of a former edition may be gone: its measure then has no unit to be told in.
    value = speaker.value(event.value, definition) if definition else speaker.number(event.value, 2)
    return speaker.tr(f"Dernière mesure : {value} ({when}).", f"Last measure: {value} ({when}).")


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _add(parent: Xml.Element, name: str, text: str) -> Xml.Element:
    child = Xml.SubElement(parent, _tag(name))
    child.text = text
    return child


def _urn(text: str) -> str:
    """An identifier that is always the same for the same text, wherever the site is served from."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"vigie {text}").urn
