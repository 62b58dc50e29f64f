"""« Comparer » : scenarios shared by their addresses, side by side; one alone is given a name, an owner and a date.

The state is the address's: ``s``, the word of a scenario, up to six of them; ``ajouter``, one more by its address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from vigie.editions.scenarios import WARNING, compared, sentences
from vigie.errors import InputError, VigieError, Where
from vigie.levers.answer import Answer
from vigie.levers.definition import levers
from vigie.levers.professions import Profession, professions
from vigie.levers.scenario import COMPARED, Scenario, canonical, from_data, from_token, identity, token
from vigie.site import act_asked, act_page, act_sites, playing
from vigie.site.limits import TooLongError
from vigie.site.room import Room
from vigie.site.words import Speaker

PATH = "/agir/comparer"
LONGEST_ADDRESS = 8_000
"""Bytes of the address of the page: the words of six scenarios."""
_WIDTH, _LEFT, _ROW = 560, 12, 44


@dataclass(frozen=True)
class Card:
    """A scenario: its name, what it does, what it would change, its files."""

    id: str
    title: str
    owner: str
    date: str
    actions: tuple[str, ...]
    sentences: tuple[str, ...]
    files: Mapping[str, str]
    levers_href: str
    without_href: str


@dataclass(frozen=True)
class Bar:
    """A scenario on the chart: where its interval and its value are."""

    title: str
    y: int
    low: float
    high: float
    at: float
    text: str


def context(room: Room, speaker: Speaker, query: Mapping[str, str], words: Sequence[str]) -> dict[str, Any]:
    """What the template of the page shows; ``words`` are those of the scenarios."""
    shown: dict[str, Any] = {
        "tabs": act_asked.tabs(speaker, PATH, None), "cards": [], "fault": "", "http": 200, "kept": [],
        "most": COMPARED,
    }  # fmt: skip
    added = query.get("ajouter", "").strip()[:LONGEST_ADDRESS]
    try:
        scenarios = [from_token(word) for word in words[:COMPARED]]
        scenarios += [_read(room, speaker, added)] if added else []
        if len(scenarios) > COMPARED:
            raise InputError(f"{COMPARED} scénarios au plus à la fois.", f"{COMPARED} scenarios at most at once.")
        if len(scenarios) == 1:
            scenarios = [_named(scenarios[0], query)]
        answers = [playing.played(room, partial(_same, one)) for one in scenarios]
    except playing.RefusedScenarioError as refused:
        return shown | {"fault": refused.fault.message(speaker.lang)}
    except VigieError as fault:
        return shown | {"fault": fault.message(speaker.lang)}
    except TooLongError:
        return shown | {"fault": act_sites.too_long(speaker), "http": 503}
    if not answers:
        return shown
    ground = playing.ground(room, answers[0].plan.scenario.profession)
    settled = [one.plan.scenario for one in answers]
    kept = [token(one) for one in settled]
    first = settled[0]
    return shown | {
        "tabs": act_asked.tabs(speaker, PATH, room.observatory.territory(first.territory)),
        "cards": [_card(speaker, one, kept, k) for k, one in enumerate(answers)],
        "kept": kept,
        "alone": {"title": first.title, "owner": first.owner, "date": first.date} if len(settled) == 1 else None,
        "rows": _rows(speaker, answers),
        "bars": _bars(speaker, answers),
        "width": _WIDTH,
        "warning": speaker.of(WARNING),
        "edition": ground.edition,
        "year": ground.ground.year,
    }


def _read(room: Room, speaker: Speaker, text: str) -> Scenario:
    """A scenario from its word, from an address that has it, or from that of the page of levers."""
    query = parse_qs(urlsplit(text).query) if "?" in text else {}
    if "s" in query:
        return from_token(query["s"][0])
    if "territoire" in query:
        asked = act_page.read(room, speaker, {name: values[0] for name, values in query.items()})
        if not asked.actions:
            raise InputError(
                asked.fault or "cette adresse n'a aucun levier.",
                asked.fault or "this address has no lever.",
                where=Where(column="ajouter"),
            )
        return from_data(asked.scenario)
    return from_token(text)


def _named(one: Scenario, query: Mapping[str, str]) -> Scenario:
    """The scenario with the name, owner and date of the form, where it was sent."""
    given = {"title": "titre", "owner": "porteur", "date": "date"}
    if not any(name in query for name in given.values()):
        return one
    data = json.loads(canonical(one)) | {name: query.get(field, "").strip() for name, field in given.items()}
    return from_data(data)


def _same(one: Scenario) -> Scenario:
    return one


def _card(speaker: Speaker, one: Answer, kept: Sequence[str], place: int) -> Card:
    scenario, word = one.plan.scenario, kept[place]
    actions = tuple(
        f"{speaker.of(action.lever.title)}{speaker.colon}{_amount(speaker, action.action.amount)} "
        f"{speaker.of(action.lever.amount.unit)}, {', '.join(area.name for area in action.areas[:4])}"
        + ("…" if len(action.areas) > 4 else "")
        for action in one.plan.actions
    )
    others = [other for k, other in enumerate(kept) if k != place]
    return Card(
        identity(scenario),
        _title(one),
        scenario.owner,
        speaker.period(scenario.date) if scenario.date else "",
        actions,
        tuple(speaker.of(text) for text in sentences(one)),
        {form: f"/api/v1/scenarios?s={word}&format={form}" for form in ("toml", "csv", "geojson")},
        _levers_href(speaker, scenario),
        speaker.url(PATH) + ("?" + "&".join(f"s={other}" for other in others) if others else ""),
    )


def _title(one: Answer) -> str:
    return one.plan.scenario.title or f"{one.plan.scope.name}, {identity(one.plan.scenario)[:6]}"


def _amount(speaker: Speaker, value: float) -> str:
    return speaker.number(value, 0 if value % 1 == 0 else 1)


def _levers_href(speaker: Speaker, scenario: Scenario) -> str:
    """The page of levers with this scenario; empty where its sliders cannot say it."""
    query = {"territoire": scenario.territory}
    if scenario.profession != "mg":
        query["profession"] = scenario.profession
    for one in scenario.actions:
        if one.lever in query or one.lever in act_page.WITHOUT_SLIDER or one.parameters or one.spread:
            return ""
        query[one.lever] = f"{one.amount:g}"
        if one.places != (scenario.territory,):
            query[f"{one.lever}-ou"] = ",".join(one.places)
        if levers()[one.lever].mechanism.kind == "moved":
            query[f"{one.lever}-de"] = ",".join(one.origins)
        if one.preset:
            query[f"{one.lever}-type"] = one.preset
    href = speaker.url("/agir", query)
    return href if len(href) < 1_900 else ""


def _rows(speaker: Speaker, answers: Sequence[Answer]) -> list[tuple[str, list[str]]]:
    """The comparison, a row a figure and a column a scenario."""
    table = compared(answers).to_dicts()
    number, tr = speaker.number, speaker.tr

    def euros(value: float | None) -> str:
        return "–" if value is None else f"{number(value)}\u00a0€"

    return [
        (tr("Territoire", "Territory"), [one.plan.scope.name for one in answers]),
        (tr("Profession", "Profession"), [speaker.of(_own(one).title) for one in answers]),
        (tr("Seuils", "Thresholds"),
         [", ".join(number(limit, _own(one).limit_decimals) for limit in _own(one).thresholds) for one in answers]),
        (
            tr("Habitants passés au-dessus du premier seuil (net)", "People brought above the first threshold (net)"),
            [f"{number(row['net_2.5'])} ({number(row['net_2.5_low'])} … {number(row['net_2.5_high'])})"
             for row in table],
        ),
        (tr("Au-dessus du second (net)", "Above the second (net)"), [number(row["net_2"]) for row in table]),
        (tr("Habitants qui y gagnent", "People who gain"), [number(row["gain"]) for row in table]),
        (tr("Habitants qui y perdent", "People who lose"), [number(row["lose"]) for row in table]),
        (tr("APL moyenne du territoire, après", "Mean APL of the territory, after"),
         [number(row["mean_after"], 2) for row in table]),
        (tr("Inégalité (Gini), changement", "Inequality (Gini), change"),
         ["–" if row["gini_change"] is None else number(row["gini_change"], 4) for row in table]),
        (tr("Coût, année 1", "Cost, year 1"), [euros(row["cost_1"]) for row in table]),
        (tr("Coût, année 2", "Cost, year 2"), [euros(row["cost_2"]) for row in table]),
        (tr("Coût, année 3", "Cost, year 3"), [euros(row["cost_3"]) for row in table]),
        (tr("Coût par an ensuite", "Cost a year then"), [euros(row["cost_steady"]) for row in table]),
        (tr("Par an et par habitant passé", "A year per person brought"),
         [euros(row["cost_per_person"]) for row in table]),
    ]  # fmt: skip


def _own(one: Answer) -> Profession:
    return professions()[one.plan.scenario.profession]


def _bars(speaker: Speaker, answers: Sequence[Answer]) -> list[Bar]:
    nets = [one.whole.crossings[0].net for one in answers]
    low, high = min(0.0, *(one.low for one in nets)), max(1.0, *(one.high for one in nets))

    def x(value: float) -> float:
        return round(_LEFT + (_WIDTH - 2 * _LEFT) * (value - low) / (high - low), 1)

    return [
        Bar(_title(one), 18 + k * _ROW, x(net.low), x(net.high), x(net.value),
            speaker.tr(f"{speaker.number(net.value)} habitants (de {speaker.number(net.low)} à "
                       f"{speaker.number(net.high)})",
                       f"{speaker.number(net.value)} people ({speaker.number(net.low)} to {speaker.number(net.high)})"))
        for k, (one, net) in enumerate(zip(answers, nets, strict=True))
    ]  # fmt: skip
