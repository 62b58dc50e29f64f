"""The alerts of a territory as its page shows them: each with its figures, its threshold and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vigie.editions import alert_words as words
from vigie.editions import gathered
from vigie.editions.observatory import Alert, Answer, Observation, Territory
from vigie.indicators.alerts import Rule
from vigie.site.room import Room
from vigie.site.words import Speaker


@dataclass(frozen=True)
class Shown:
    """One alert, ready to show; ``severity`` is also the name of its style."""

    title: str
    indicator: str
    volet: str
    severity: str
    severity_text: str
    size: str
    lasting: str
    people: str
    status: str
    source: str


@dataclass(frozen=True)
class Degree:
    """The degree of response, in the words of the Cour des comptes, and why it is this one."""

    title: str
    quote: str
    reasons: tuple[str, ...]
    source: str
    criteria: str


@dataclass(frozen=True)
class Worries:
    """The section: alerts, what they add up to, how many rules could be judged, and those that could not.

    ``spaces``, for France, are the people by number of alerts of their commune, a row per kind of space.
    """

    alerts: tuple[Shown, ...]
    degree: Degree | None
    judged: int
    unjudged: tuple[str, ...]
    feed: str
    spaces: tuple[tuple[str, ...], ...]


def of_free(room: Room, speaker: Speaker, territory: Territory, own: Mapping[str, list[Observation]]) -> Worries | None:
    """The section of a free choice of communes, whose alerts are judged on demand; None without alerts to judge by."""
    if not room.observatory.has("alerts"):
        return None
    rules = room.observatory.alert_rules
    seen = [one for every in own.values() for one in every]
    found, answer = gathered.alerts(room.observatory, territory, seen)
    judged = answer.judged if answer else ()
    asked = {name: rule for name, rule in rules.items() if {"epci", "bassin_de_vie"} & set(rule.levels)}
    return Worries(
        tuple(_shown(room, speaker, one, rules[one.rule]) for one in found),
        _degree(room, speaker, answer),
        len(judged),
        _titles(speaker, {name: rule for name, rule in asked.items() if name not in judged}),
        "",
        (),
    )


def make(room: Room, speaker: Speaker, territory: Territory) -> Worries | None:
    """The section of a territory; None where no rule is made for its level, or in an edition without alerts."""
    if not room.observatory.has("alerts"):
        return None
    rules = room.observatory.alert_rules
    own = {name: rule for name, rule in rules.items() if _asked(rule, territory)}
    if not own:
        return None
    answer = room.observatory.answer(territory)
    judged = answer.judged if answer else ()
    alerts = tuple(_shown(room, speaker, one, rules[one.rule]) for one in room.observatory.alerts(territory))
    return Worries(
        alerts,
        _degree(room, speaker, answer),
        len(judged),
        _titles(speaker, {name: rule for name, rule in own.items() if name not in judged}),
        speaker.url("/alertes.atom" if territory.level == "france" else f"/territoires/{territory.key}/alertes.atom"),
        _spaces(room, speaker) if territory.level == "france" else (),
    )


def _spaces(room: Room, speaker: Speaker) -> tuple[tuple[str, ...], ...]:
    """For each kind of space the shares of people under none, 1, 2, 3 alerts or more, and how many under any."""
    return tuple(
        (
            speaker.of(words.SPACES[one.space]),
            *(speaker.tr(*[f"{speaker.number(share, 1)} %"] * 2) for share in one.shares),
            speaker.number(one.under),
        )
        for one in room.observatory.people_by_alerts("commune")
    )


def _asked(rule: Rule, territory: Territory) -> bool:
    return territory.level in rule.levels and (territory.population or 0) >= rule.least_population


def _titles(speaker: Speaker, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    return tuple(speaker.of(rule.title) for rule in rules.values())


def _shown(room: Room, speaker: Speaker, one: Alert, rule: Rule) -> Shown:
    source = words.step(one, rule).source
    return Shown(
        title=speaker.of(rule.title),
        indicator=one.indicator,
        volet=speaker.of(words.VOLETS[one.volet]),
        severity=one.severity,
        severity_text=_capital(speaker.of(words.SEVERITIES[one.severity])),
        size=speaker.of(words.size(one, rule, room.indicators[one.indicator])),
        lasting=speaker.of(words.lasting(one)),
        people=speaker.of(words.people(one)),
        status=_capital(speaker.of(words.STATUSES[source.status])),
        source=speaker.of(source),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _degree(room: Room, speaker: Speaker, answer: Answer | None) -> Degree | None:
    if answer is None or answer.degree is None:
        return None
    responses = room.observatory.responses
    degree = next(one for one in responses.degrees if one.id == answer.degree)
    return Degree(
        speaker.of(degree.title),
        speaker.tr(degree.quote, degree.quote),
        tuple(speaker.of(one.title) for one in degree.reasons if one.id in answer.reasons),
        speaker.of(responses.source),
        speaker.of(responses.criteria),
    )
