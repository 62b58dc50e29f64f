"""The page « Agir »: a territory, the levers on one side, what they would change on the other.

The state is the address's: ``territoire``, then for each lever used its amount under its own name, and where it acts
(``<lever>-ou``), where the time comes from (``<lever>-de``), its preset (``<lever>-type``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vigie.editions.levers import INDICATOR
from vigie.editions.observatory import Territory
from vigie.editions.scales import scale
from vigie.editions.scenarios import WARNING, told
from vigie.editions.tried import origin_for, tried_at
from vigie.errors import VigieError
from vigie.language import Text
from vigie.levers.definition import Lever, levers, levers_of
from vigie.levers.professions import Profession, professions
from vigie.levers.scenario import Scenario, from_data
from vigie.site import act_asked, maps, playing
from vigie.site.act_asked import figure, names, written
from vigie.site.choices import Option
from vigie.site.room import Room
from vigie.site.words import Speaker

WITHOUT_SLIDER = ("liaison",)
"""Levers that a slider over one territory cannot say: a link joins two communes. Scenario files have them."""

_FIRST = ("installation", "centre_de_sante", "installation_soignant")  # shown first where no alert calls for a degree
DEGREES = {"equilibre": 1, "carence": 2}
_PLACES, _SHOWN = 400, 10  # places asked of a scenario; those listed that gain or lose most
_REACH = 20  # a slider goes so many times as far as its default
_NUMBER = re.compile(r"\d{1,6}([.,]\d{1,3})?")
_STATUS = {
    "published": Text("publié", "published"),
    "derived": Text("tiré de chiffres publiés", "derived from published figures"),
    "hypothesis": Text("hypothèse", "hypothesis"),
}


@dataclass(frozen=True)
class Hypothesis:
    """A parameter as the page shows it: its value, its range, who says so."""

    title: str
    value: str
    status: str
    source: str


@dataclass(frozen=True)
class Control:
    """A lever with its slider. ``suggested`` where it suits the territory's degree of difficulty."""

    id: str
    title: str
    text: str
    limits: str
    label: str
    unit: str
    most: float
    step: float
    amount: float
    shown: str
    needs_origins: bool
    places: str
    origins: str
    presets: tuple[Option, ...]
    hypotheses: tuple[Hypothesis, ...]
    suggested: bool


@dataclass(frozen=True)
class Asked:
    """What an address asks for: the territory, the actions as a scenario has them; ``fault`` is what is wrong."""

    territory: Territory | None
    actions: tuple[dict[str, Any], ...]
    fault: str
    profession: str = "mg"

    @property
    def scenario(self) -> dict[str, Any]:
        """The scenario as :func:`vigie.levers.scenario.from_data` reads it."""
        key = self.territory.key if self.territory else "france:FR"
        return {"profession": self.profession, "territory": key, "actions": list(self.actions)}

    @property
    def indicator(self) -> str:
        """The published APL that the levers move."""
        return INDICATOR[self.profession]


@dataclass(frozen=True)
class Proposal:
    """A lever that suits a territory, and the page where its first amount is set."""

    title: str
    text: str
    href: str


def read(room: Room, speaker: Speaker, query: Mapping[str, str]) -> Asked:
    """What the query of an address asks for."""
    text = query.get("territoire", "").strip()[:80]
    if not text:
        return Asked(None, (), "")
    try:
        territory = act_asked.territory_of(room, text)
    except VigieError as fault:
        return Asked(None, (), fault.message(speaker.lang))
    profession = act_asked.profession_of(query)
    known = levers_of(profession).values()
    found = [_action(room, one, territory, query, profession) for one in known if one.id not in WITHOUT_SLIDER]
    return Asked(territory, tuple(one for one in found if one), "", profession)


def _action(
    room: Room, lever: Lever, territory: Territory, query: Mapping[str, str], profession: str
) -> dict[str, Any] | None:
    given = query.get(lever.id, "").strip()
    if not _NUMBER.fullmatch(given) or float(given.replace(",", ".")) == 0:
        return None
    amount = min(max(float(given.replace(",", ".")), lever.amount.least), lever.amount.most)
    action: dict[str, Any] = {
        "lever": lever.id,
        "amount": amount,
        "places": names(query.get(f"{lever.id}-ou", "")) or [territory.key],
    }
    if lever.mechanism.kind == "moved":
        action["from"] = names(query.get(f"{lever.id}-de", "")) or [origin(room, territory, profession).key]
    if query.get(f"{lever.id}-type"):
        action["preset"] = query[f"{lever.id}-type"][:60]
    return action


def origin(room: Room, territory: Territory, profession: str = "mg") -> Territory:
    """Where time may come from, which the page lets one change: :func:`vigie.editions.tried.origin_for`.

    The département itself where no EPCI is known.
    """
    department = room.directory.card("departement", territory.departement or territory.code)
    place = tried_at(room.observatory, territory)
    return origin_for(room.observatory, place, profession) or department or territory


def _last(room: Room, indicator: str) -> str:
    periods = {period for name, period in room.distributions("commune") if name == indicator}
    return max(periods, default="")


def degree(room: Room, territory: Territory) -> int | None:
    """The degree of response of a territory (1 or 2); None where alerts call for none."""
    if not room.observatory.has("alerts"):
        return None
    answer = room.observatory.answer(territory)
    return DEGREES.get(answer.degree or "") if answer else None


def proposals(room: Room, speaker: Speaker, territory: Territory) -> list[Proposal]:
    """The levers that suit the territory's degree of difficulty, each with the page where it is set; none without."""
    suits = degree(room, territory)
    if suits is None or territory.level in ("region", "france"):
        return []
    return [
        Proposal(
            speaker.of(one.title),
            speaker.of(one.text),
            speaker.url("/agir", {"territoire": territory.key, one.id: f"{one.amount.default:g}"}),
        )
        for one in levers_of("mg").values()
        if suits in one.degrees and one.id not in (*WITHOUT_SLIDER, "depart")
    ]


def context(room: Room, speaker: Speaker, asked: Asked) -> dict[str, Any]:
    """What the template of the whole page shows."""
    territory = asked.territory
    if territory is None:
        tabs = act_asked.tabs(speaker, "/agir", None)
        return {"asked": asked, "territory": None, "tabs": tabs, "departements": room.directory.of_level("departement")}
    suits = degree(room, territory)
    known = levers_of(asked.profession)
    nearby = origin(room, territory, asked.profession).key
    controls = [
        _control(room, speaker, one, asked, suits, nearby) for one in known.values() if one.id not in WITHOUT_SLIDER
    ]
    refused = [speaker.of(one.title) for one in levers().values() if one.id not in known and "mg" in one.professions]
    communes = room.directory.members(territory) if territory.level not in ("commune", "region", "france") else []
    found = answer(room, speaker, asked)
    drawn, bases = _map(room, speaker, territory, asked.indicator, found["styles"])
    return {
        "asked": asked,
        "territory": territory,
        "tabs": act_asked.tabs(speaker, "/agir", territory, asked.profession),
        "kind": speaker.kind(territory.level, territory.kind),
        "profession": asked.profession,
        "professions": act_asked.professions_at(speaker, "/agir", territory, asked.profession),
        "refused": refused,
        "limits": speaker.of(professions()[asked.profession].source),
        "degree": _degree(room, speaker, territory),
        "suggested": [one for one in controls if one.suggested or one.amount],
        "others": [one for one in controls if not (one.suggested or one.amount)],
        "communes": communes,
        "map": drawn,
        "bases": bases,
        **found,
    }


def _degree(room: Room, speaker: Speaker, territory: Territory) -> str:
    if not room.observatory.has("alerts"):
        return ""
    found = room.observatory.answer(territory)
    if found is None or found.degree is None:
        return ""
    return next(speaker.of(one.title) for one in room.observatory.responses.degrees if one.id == found.degree)


def _control(room: Room, speaker: Speaker, lever: Lever, asked: Asked, suits: int | None, nearby: str) -> Control:
    action = next((one for one in asked.actions if one["lever"] == lever.id), None)
    own = lever.amount
    amount = action["amount"] if action else 0.0
    most = min(own.most, own.default * _REACH)
    moved = lever.mechanism.kind == "moved"
    territory = asked.territory
    preset = (action or {}).get("preset", "")
    named = [] if action is None or territory is None else [one for one in action["places"] if one != territory.key]
    from_where = ""
    if moved and territory is not None:
        from_where = written(room, action["from"] if action else [nearby])
    return Control(
        id=lever.id,
        title=speaker.of(lever.title),
        text=speaker.of(lever.text),
        limits=speaker.of(lever.limits),
        label=speaker.of(own.title),
        unit=speaker.of(own.unit),
        most=max(most, amount),
        step=own.step,
        amount=amount,
        shown=figure(speaker, amount),
        needs_origins=moved,
        places=written(room, named),
        origins=from_where,
        presets=tuple(Option(name, speaker.of(one.title), name == preset) for name, one in lever.presets.items()),
        hypotheses=tuple(
            Hypothesis(
                speaker.of(one.title),
                _range(speaker, one.value, one.low, one.high, speaker.of(one.unit)),
                speaker.of(_STATUS[one.source.status]),
                speaker.of(one.source),
            )
            for one in lever.parameters.values()
        ),
        suggested=suits in lever.degrees if suits is not None else lever.id in _FIRST,
    )


def _range(speaker: Speaker, value: float, low: float, high: float, unit: str) -> str:
    text = f"{figure(speaker, value)} {unit}"
    if low == high:
        return text
    return text + speaker.tr(
        f" (de {figure(speaker, low)} à {figure(speaker, high)})",
        f" ({figure(speaker, low)} to {figure(speaker, high)})",
    )


# The answer ---------------------------------------------------------------------------------------------------------


def answer(room: Room, speaker: Speaker, asked: Asked) -> dict[str, Any]:
    """What the part of the page that moves with the sliders shows: ``told`` None before anything is asked."""
    nothing: dict[str, Any] = {
        "told": None,
        "fault": asked.fault,
        "styles": {},
        "gainers": [],
        "losers": [],
        "figures": [],
    }
    if asked.territory is None or not asked.actions:
        return nothing
    try:
        scenario: Scenario = from_data(asked.scenario)
        played = playing.played(room, lambda: scenario)
    except VigieError as fault:
        return nothing | {"fault": fault.message(speaker.lang)}
    except playing.RefusedScenarioError as refused:
        return nothing | {"fault": refused.fault.message(speaker.lang)}
    ground = playing.ground(room, asked.profession)
    found = told(played, ground, _PLACES)
    rows, own = found["places"], professions()[asked.profession]
    least, figures = own.least, _figures(speaker, found, own)
    return {
        "told": found,
        "fault": "",
        "warning": speaker.of(WARNING),
        "sentences": [one[speaker.lang] for one in found["sentences"]],
        "figures": figures,
        "glance": [f"APL {figures[0]['value']}", *(one["value"] + one["short"] for one in figures[1:] if one["short"])],
        "gainers": [one for one in rows if one["change"] > least][:_SHOWN],
        "losers": sorted((one for one in rows if one["change"] < -least), key=lambda one: one["change"])[:_SHOWN],
        "least": speaker.number(least, 3 if least < 0.01 else 2),
        "decimals": own.decimals,
        "styles": _styles(room, speaker, rows, asked),
        "files": {form: f"/api/v1/scenarios?s={found['token']}&format={form}" for form in ("toml", "csv", "geojson")}
        | {"pdf": speaker.url("/rapport/scenario.pdf", {"s": found["token"]})},
        "status": {name: speaker.of(words) for name, words in _STATUS.items()},
        "spread": _before_after(speaker, found["scope"], own, asked.territory.level != "commune"),
        "yearly": _yearly(speaker, found, own),
        "assumed": [_assumed(speaker, one) for one in found["hypotheses"]],
    }


def _before_after(
    speaker: Speaker, scope: Mapping[str, Any], own: Profession, several: bool
) -> list[tuple[str, str, str, str]]:
    """The territory before and after: who is under the thresholds, near and far; of several communes how unequal."""
    number, found = speaker.number, []
    for one in scope["thresholds"]:
        limit = number(one["threshold"], own.limit_decimals)
        label = speaker.tr(f"Habitants sous {limit}", f"Inhabitants under {limit}")
        found.append((label, number(one["before"]), number(one["after"]["value"]), _ends(speaker, one["after"], 0)))
    near = scope["within_30_minutes"]
    label = speaker.tr("Habitants à 30\u00a0minutes au plus", "Inhabitants within 30 minutes")
    found.append((label, number(near["before"]), number(near["after"]), ""))
    for name, one in scope["inequality"].items() if several else ():
        digits = 4 if name == "gini" else own.decimals
        before, after = number(one["before"], digits), number(one["after"]["value"], digits)
        title = one["title"][speaker.lang]
        found.append((title[:1].upper() + title[1:], before, after, _ends(speaker, one["after"], digits)))
    return found


def _ends(speaker: Speaker, ends: Mapping[str, float | None], digits: int) -> str:
    low, high = ends["low"], ends["high"]
    return "" if low is None or high is None else f"{speaker.number(low, digits)} … {speaker.number(high, digits)}"


def _yearly(speaker: Speaker, found: Mapping[str, Any], own: Profession) -> list[tuple[str, list[str]]]:
    """People brought above the first threshold in years 1, 2, 3 and later, and what each of them costs a year."""
    first, each = found["whole"]["thresholds"][0], found["cost_per_person"]
    limit = speaker.number(first["threshold"], own.limit_decimals)
    return [
        (
            speaker.tr(f"Habitants passés au-dessus de {limit}", f"People brought above {limit}"),
            [speaker.number(value) for value in first["net_by_year"]],
        ),
        (
            speaker.tr("Euros par habitant passé", "Euros per person brought"),
            ["–" if one is None else speaker.number(one["value"]) for one in each],
        ),
    ]


def _assumed(speaker: Speaker, one: Mapping[str, Any]) -> str:
    """A hypothesis in one line: the lever, the parameter, its value and range, and why."""
    lever, title, unit, source = (one[name][speaker.lang] for name in ("lever_title", "title", "unit", "source"))
    value = _range(speaker, one["value"], one["low"], one["high"], unit)
    return f"{lever}, {title[:1].lower()}{title[1:]}{speaker.colon}{value}. {source}"


def _figures(speaker: Speaker, found: Mapping[str, Any], own: Profession) -> list[dict[str, str]]:
    """What one reads first: the mean, people above 2.5 and 2, cost: each with its interval.

    ``short`` is what follows the value at a glance, nothing where it is not told there.
    """
    scope, whole = found["scope"], found["whole"]
    after = scope["mean"]["after"]
    figures = [
        {
            "label": speaker.tr(f"APL moyenne, {scope['name']}", f"Mean APL, {scope['name']}"),
            "value": f"{speaker.number(scope['mean']['before'], own.decimals)} → "
            f"{speaker.number(after['value'], own.decimals)}",
            "range": _between(speaker, after, own.decimals),
            "short": "",
        }
    ]
    for place, one in enumerate(whole["thresholds"]):
        net = one["net"]
        limit = speaker.number(one["threshold"], 1)
        figures.append(
            {
                "label": speaker.tr(f"Habitants passés au-dessus de {limit}", f"People brought above {limit}"),
                "value": ("+" if net["value"] > 0 else "") + speaker.number(net["value"]),
                "range": _between(speaker, net, 0),
                "short": "" if place else speaker.tr(f" hab. au-dessus de {limit}", f" people above {limit}"),
            }
        )
    total = found["costs"]["total"]
    if found["costs"]["unknown"]:
        none = speaker.tr("données non disponibles", "data not available")
        figures.append({"label": speaker.tr("Coût", "Cost"), "value": none, "range": "", "short": ""})
    elif found["costs"]["lines"]:
        figures.append(
            {
                "label": speaker.tr("Coût par an, une fois en place", "Cost a year, once in place"),
                "value": f"{speaker.number(total['value'][3])}\u00a0€",
                "range": _between(speaker, {name: total[name][3] for name in ("low", "high")}, 0)
                + speaker.tr(
                    f" ; {speaker.number(total['value'][0])}\u00a0€ la première année",
                    f"; {speaker.number(total['value'][0])}\u00a0€ in the first year",
                ),
                "short": speaker.tr(" par an", " a year"),
            }
        )
    return figures


def _between(speaker: Speaker, ends: Mapping[str, float | None], decimals: int) -> str:
    low, high = ends["low"], ends["high"]
    if low is None or high is None:
        return ""
    return speaker.tr(
        f"de {speaker.number(low, decimals)} à {speaker.number(high, decimals)} selon les hypothèses",
        f"{speaker.number(low, decimals)} to {speaker.number(high, decimals)} by hypothesis",
    )


def _styles(room: Room, speaker: Speaker, rows: Sequence[Mapping[str, Any]], asked: Asked) -> dict[str, list[str]]:
    """For each commune that changes: its colour after, what its label says, and whether it gains or loses."""
    indicator, own = asked.indicator, professions()[asked.profession]
    classes = scale(room.indicators[indicator], room.distributions("commune").get((indicator, _last(room, indicator))))
    found = {}
    for one in rows:
        text = f"{speaker.number(one['before'], own.decimals)} → {speaker.number(one['after'], own.decimals)}"
        sense = "gains" if one["change"] > own.least else "loses" if one["change"] < -own.least else ""
        if sense:
            found[one["code"]] = [classes.style(one["after"]), text, sense]
    return found


def _map(
    room: Room, speaker: Speaker, territory: Territory, indicator: str, styles: Mapping[str, list[str]]
) -> tuple[maps.Map | None, dict[str, str]]:
    """The communes of the département in the colours of the APL after the plan; None above a département.

    With it, for those that change, what they are without any lever (style|label): what a slider at 0 goes back to.
    """
    code = territory.code if territory.level == "departement" else territory.departement
    department = room.directory.card("departement", code) if code and territory.level != "region" else None
    definition, period = room.indicators.get(indicator), _last(room, indicator)
    if department is None or definition is None or not period:
        return None, {}
    codes = [one.code for one in room.directory.members(department)]
    title = speaker.tr(
        f"APL des communes après le plan, {department.name}", f"APL by commune after the plan, {department.name}"
    )
    here = territory.code if territory.level == "commune" else ""
    subject = maps.Subject(definition, period, "commune", codes, department.key, title, here)
    drawn = maps.make(room, speaker, subject)
    if drawn is None:
        return None, {}
    bases = {
        area.code: f"area {area.style}|{area.name}{speaker.colon}{area.text}"
        for area in drawn.areas
        if area.code in styles
    }
    moved = [
        replace(area, style=f"{styles[area.code][0]} {styles[area.code][2]}", text=styles[area.code][1])
        if area.code in styles
        else area
        for area in drawn.areas
    ]
    return replace(drawn, areas=tuple(moved)), bases
