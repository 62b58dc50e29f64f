"""S'orienter: who is near, whom to turn to at this hour, when a certificate is needed. No triage, no medical advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from vigie.access.travel import DETOUR, Points, crow_fly, points, zone_of
from vigie.editions.figures import latest
from vigie.editions.observatory import Territory
from vigie.editions.rosters import rosters
from vigie.site.room import Room
from vigie.site.words import Speaker
from vigie.sources.published.orientation import orientation
from vigie.sources.roster import Duty

FARTHEST = 90.0  # minutes
_MOST = 3
_SPEED = 60.0  # km/h: ours, as in the preset of straight lines of docs/methods-access.md

# What is looked for, the indicator that counts it by commune, and its category in FINESS where it has one.
_KINDS = (
    ("mg", "nombre_mg", "", ("Médecin généraliste", "General practitioner")),
    ("pharmacies", "nombre_pharmacies", "620", ("Pharmacie", "Pharmacy")),
    ("urgences", "nombre_urgences", "", ("Service d'urgences", "Emergency department")),
    ("centres", "nombre_centres_sante", "124", ("Centre de santé", "Health centre")),
    ("msp", "nombre_msp", "603", ("Maison de santé", "Multidisciplinary health house")),
)


_ON_DUTY = 4  # of each kind
DUTY_KINDS = {
    "pharmacie": ("Pharmacie de garde", "Pharmacy on duty"),
    "maison_medicale": ("Maison médicale de garde", "On-call practice"),
    "sas": ("Service d'accès aux soins (SAS)", "Access to care service (SAS)"),
}
_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}


@dataclass(frozen=True)
class Near:
    """A commune that has some of what is looked for, or an establishment: ``km`` as the crow flies."""

    name: str
    href: str
    count: str
    km: str
    minutes: str


@dataclass(frozen=True)
class Kind:
    """One thing that is looked for: how many in the commune, the nearest communes that have some, and those named."""

    id: str
    title: str
    here: int | None
    period: str
    near: tuple[Near, ...]
    named: tuple[Near, ...]


def context(room: Room, speaker: Speaker, place: Territory | None, moment: datetime | None) -> dict[str, Any]:
    """What the template of the page shows, for a commune or for none yet, at a moment or at none in particular."""
    told = orientation()
    origin = _points([place.code], [(place.lon, place.lat)]) if place and place.lon is not None else None
    why_closed = closed(speaker, moment, place.departement if place else None) if moment else None
    return {
        "place": place,
        "moment": moment,
        "why_closed": why_closed,
        "duty": _duty(room, speaker, place, origin, moment) if place else None,
        "kinds": [_kind(room, speaker, place, origin, *one) for one in _KINDS] if place else [],
        "emergency": _emergency_time(room, speaker, place) if place else None,
        "no_sas": _no_sas(room, place) if place else False,
        "contacts": {when: [one for one in told.contact if one.when == when] for when in ("always", "open", "closed")},
        "helps": told.help,
        "certificates": told.certificate,
    }


@dataclass(frozen=True)
class OnDuty:
    """Someone on duty: where, until when, how far (empty for the SAS, which answers by telephone)."""

    kind: str
    name: str
    where: str
    phone: str
    until: str
    far: str


@dataclass(frozen=True)
class Duties:
    """Who is on duty at ``moment``, from the rosters of these names; ``rosters`` is empty where none was brought."""

    moment: datetime
    now: bool
    found: tuple[OnDuty, ...]
    rosters: tuple[str, ...]


def rosters_of(room: Room) -> dict[str, list[Duty]]:
    """The duty rosters beside the edition."""
    return rosters(room.observatory.folder.parent.parent)


def _duty(
    room: Room, speaker: Speaker, place: Territory, origin: Points | None, moment: datetime | None
) -> Duties | None:
    brought = rosters_of(room)
    zone = ZoneInfo(_ZONES.get(place.departement or "", "Europe/Paris"))
    when = moment or datetime.now(zone).replace(tzinfo=None)
    on = [one for duties in brought.values() for one in duties if one.on(when)]
    minutes = _minutes(room, origin, [one.commune for one in on])
    known = []
    for one in on:
        card = room.directory.card("commune", one.commune)
        if card is None or (one.kind == "sas" and card.departement != place.departement):
            continue
        far = 0.0 if one.kind == "sas" or one.commune == place.code else minutes.get(one.commune, FARTHEST + 1)
        if far <= FARTHEST:
            known.append((far, one, card))
    known.sort(key=lambda item: (item[0], item[1].kind, item[1].name))
    kept = [item for kind in DUTY_KINDS for item in [each for each in known if each[1].kind == kind][:_ON_DUTY]]
    shown = tuple(_on_duty(speaker, far, one, card) for far, one, card in kept)
    return Duties(when, moment is None, shown, tuple(brought))


def _minutes(room: Room, origin: Points | None, codes: Sequence[str]) -> dict[str, float]:
    """Estimated minutes from the commune to each of these, those within reach."""
    cards = [card for code in sorted(set(codes)) if (card := room.directory.card("commune", code)) is not None]
    placed = [card for card in cards if card.lon is not None]
    sites = _points([card.code for card in placed], [(card.lon, card.lat) for card in placed])
    if origin is None or sites is None:
        return {}
    travel = crow_fly(origin, sites, FARTHEST)
    return dict(zip(travel.sites[travel.indices].tolist(), travel.minutes.tolist(), strict=True))


def _on_duty(speaker: Speaker, far: float, one: Duty, card: Territory) -> OnDuty:
    fr, en = DUTY_KINDS[one.kind]
    same = one.start.date() == one.end.date()
    hour = speaker.tr(f"{one.end:%H} h {one.end:%M}".replace(" 00", ""), f"{one.end:%H:%M}")
    until = hour if same else f"{speaker.date(one.end)}, {hour}"
    told = "" if one.kind == "sas" else speaker.tr("dans la commune", "in the commune")
    if far:
        told = speaker.tr(*[f"{speaker.number(max(1, round(far)))} min"] * 2)
    where = ", ".join(part for part in (one.address, card.name) if part)
    return OnDuty(speaker.tr(fr, en), one.name, where, one.phone, until, told)


def closed(speaker: Speaker, moment: datetime, departement: str | None) -> str:
    """Why practices are closed then (the hours of the permanence des soins), in words; empty when they are open.

    Evenings from 20 h to 8 h, Saturday after 12 h, Sundays and public holidays, those of Alsace and Moselle included
    (Cour des comptes 2024).
    """
    if moment.date() in _holidays(departement, moment.year):
        return speaker.tr("jour férié", "public holiday")
    if moment.weekday() == 6:
        return speaker.tr("dimanche", "Sunday")
    if moment.hour >= 20 or moment.hour < 8:
        return speaker.tr("entre 20 h et 8 h", "between 20:00 and 8:00")
    if moment.weekday() == 5 and moment.hour >= 12:
        return speaker.tr("samedi après 12 h", "Saturday after 12:00")
    return ""


def _holidays(departement: str | None, year: int) -> Any:
    import holidays

    local = {"57": "57", "67": "6AE", "68": "6AE"}.get(departement or "")
    return holidays.country_holidays("FR", subdiv=local, years=year)


def _kind(
    room: Room,
    speaker: Speaker,
    place: Territory,
    origin: Points | None,
    name: str,
    indicator: str,
    category: str,
    title: tuple[str, str],
) -> Kind:
    own = latest(room.profile(place).get(indicator, ()))
    here = None if own is None or own.value is None else int(own.value)
    known = [when for one, when in room.distributions("commune") if one == indicator]
    period = max(known, default="")
    near = _nearest(speaker, origin, room.once(("near", indicator), lambda: _communes(room, indicator, period)))
    named = _nearest(speaker, origin, room.once(("named", category), lambda: _establishments(room, category)))
    return Kind(name, speaker.tr(*title), here, period, near, named)


@dataclass(frozen=True)
class _Sites:
    """Where something is: ``points`` with, by id, its name, the commune's code ("" for an address) and a count."""

    points: Points | None
    known: dict[str, tuple[str, str, int]]


def _communes(room: Room, indicator: str, period: str) -> _Sites:
    """The places that have some of what an indicator counts."""
    values = room.values(indicator, "commune", period) if period else {}
    cards = [room.directory.card("commune", code) for code, (value, _) in values.items() if value]
    found = [one for one in cards if one is not None and one.kind != "whole_city" and one.lon is not None]
    known = {one.code: (one.name, one.code, int(values[one.code][0] or 0)) for one in found}
    return _Sites(_points([one.code for one in found], [(one.lon, one.lat) for one in found]), known)


def _establishments(room: Room, category: str) -> _Sites:
    """The establishments of a category that the edition knows by name and point."""
    rows = [one for one in room.rows("establishments") if one["category"] == category and one["lon"] is not None]
    known = {one["finess"]: (one["name"], "", 1) for one in rows}
    return _Sites(_points([one["finess"] for one in rows], [(one["lon"], one["lat"]) for one in rows]), known)


def _points(ids: Sequence[str], where: Sequence[tuple[float | None, float | None]]) -> Points | None:
    if not ids:
        return None
    lon, lat = np.array(where, dtype=np.float64).T
    # A FINESS number begins with the département, as a commune's code does.
    return points(ids, lon, lat, zone_of(ids), speed=_SPEED)


def _nearest(speaker: Speaker, origin: Points | None, sites: _Sites) -> tuple[Near, ...]:
    """The nearest sites outside the commune, at most three, within ninety minutes."""
    if sites.points is None or origin is None:
        return ()
    travel = crow_fly(origin, sites.points, FARTHEST)
    nearest = travel.minutes.argsort(kind="stable")[: _MOST + 1]
    found = zip(travel.sites[travel.indices[nearest]].tolist(), travel.minutes[nearest].tolist(), strict=True)
    chosen = [(one, minutes) for one, minutes in found if one != origin.ids[0]][:_MOST]
    return tuple(_near(speaker, *sites.known[one], minutes) for one, minutes in chosen)


def _near(speaker: Speaker, name: str, code: str, count: int, minutes: float) -> Near:
    return Near(
        name=name,
        href=speaker.territory("commune", code) if code else "",
        count=speaker.number(count),
        km=speaker.number(minutes / DETOUR * _SPEED / 60, 0 if minutes >= 10 else 1),
        minutes=speaker.number(max(1, round(minutes))),
    )


def _emergency_time(room: Room, speaker: Speaker, place: Territory) -> str | None:
    """The published minutes to the nearest emergency department, with their year."""
    own = latest(room.profile(place).get("temps_urgences", ()))
    if own is None or own.value is None:
        return None
    minutes = speaker.number(own.value)
    return speaker.tr(f"{minutes} min par la route en {own.period}", f"{minutes} min by road in {own.period}")


def _no_sas(room: Room, place: Territory) -> bool:
    """Whether a document says that the département had no access to care service."""
    card = room.directory.card("departement", place.departement or "")
    own = latest(room.profile(card).get("couverture_sas", ())) if card else None
    return own is not None and own.value == 0
