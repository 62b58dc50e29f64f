"""Levers in reports: those that fit a territory, the action plan of a département, the report of a scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from vigie.editions.levers import Playground
from vigie.editions.scenarios import WARNING, by_departement, places_table, play, told
from vigie.editions.tried import Tried, suiting, tried, tried_at
from vigie.editions.voice import ENGLISH, FRENCH, Voice
from vigie.errors import Lang
from vigie.language import NBSP, euros
from vigie.levers.answer import Answer
from vigie.levers.definition import Lever, Parameter
from vigie.levers.professions import professions
from vigie.levers.scenario import Scenario
from vigie.reports import closing, model
from vigie.reports.desk import Desk
from vigie.reports.facts import Facts, known
from vigie.reports.model import Block, Cell, Report, Section
from vigie.territories.phrases import phrases

_DEGREES = {"equilibre": 1, "carence": 2}
_STATUSES = {
    "published": ("publié", "published"),
    "derived": ("dérivé de chiffres publiés", "derived from published figures"),
    "hypothesis": ("hypothèse", "hypothesis"),
}
_PLACES = 25
_MAIN = "apl_mg"


def fitting(own: Facts) -> Section | None:
    """The levers that suit the territory's degree of difficulty, each tried there: computed effect and cost.

    A département without a degree of its own takes the highest one of its EPCI; without one either, the section says
    so.
    """
    answer = own.answer
    if answer is None or own.territory.level in ("region", "france"):
        return None
    if own.last(_MAIN) is None and not answer.degree:
        return None
    title = own.voice.tr("Les leviers adaptés", "Levers that fit")
    degree, of_parts = answer.degree, False
    if degree is None and own.territory.level == "departement":
        degree, of_parts = _worst_of_parts(own), True
    if degree is None:
        return Section(title, [model.text(_no_degree(own))])
    if _well_served(own):
        return Section(title, [model.text(_elsewhere(own))])
    number = _DEGREES[degree]
    found = tried(own.desk.observatory, own.desk.ground(own.territory), own.territory, number)
    rows = [_tried_row(own.voice, one) for one in found if _grounded(one.lever)]
    assumed = _assumed(own, [one for one in found if not _grounded(one.lever)])
    if not rows:
        return Section(title, [model.text(_none_tried(own, number, bool(assumed))), *assumed])
    tr = own.voice.tr
    columns = [
        (tr("Levier essayé", "Lever tried"), "left", "2.1fr"),
        (tr("Effet retenu, et d'où il vient", "Effect, and where it comes from"), "left", "1.5fr"),
        (tr("APL calculée", "Computed APL"), "left", "1.2fr"),
        (tr("Coût de cet essai", "Cost of this trial"), "left", "1.2fr"),
    ]
    caption = tr("Effet et coût de chaque levier", "Effect and cost of each lever")
    lead = _lead(own, found, of_parts)
    return Section(title, [model.text(lead), model.table(caption, columns, rows), *assumed])


def _worst_of_parts(own: Facts) -> str | None:
    """The highest degree of difficulty among the EPCI of a département; None where none has any."""
    sql = """SELECT DISTINCT d.degree FROM alert_degrees d JOIN memberships m ON m.level = d.level AND m.code = d.code
        JOIN memberships own ON own.place = m.place
        WHERE d.level = 'epci' AND d.degree IS NOT NULL AND own.level = ? AND own.code = ?"""
    held = {name for (name,) in own.desk.observatory.rows(sql, [own.territory.level, own.territory.code])}
    return max(held, key=_DEGREES.__getitem__, default=None)


def _no_degree(own: Facts) -> str:
    return own.voice.tr(
        "Aucune alerte ne place ce territoire dans l'un des deux degrés de difficulté de la Cour des comptes : ce "
        "rapport n'y essaie pas de levier. Tous s'essaient, lieu par lieu, page « Agir » du site.",
        "No alert puts this territory in one of the two degrees of difficulty of the Cour des comptes: this report "
        "tries no lever here. All of them can be tried, place by place, on the site's page “Act”.",
    )


def _none_tried(own: Facts, degree: int, others: bool) -> str:
    """Why no lever whose effect is measured was tried here."""
    tr = own.voice.tr
    if others:
        return tr(
            "Aucun levier dont l'effet est mesuré n'a pu être essayé ici : ceux qui déplacent du temps médical "
            "demandent un territoire mieux desservi à portée.",
            "No lever whose effect is measured could be tried here: those that move doctors' time need a better served "
            "territory within reach.",
        )
    names = own.voice.semicolon.join(_lower(own.voice.of(one.title)) for one in suiting(degree))
    words = tr(f"À ce degré de difficulté : {names}. ", f"At this degree: {names}. ")
    if own.last(_MAIN) is None:
        return words + tr(
            "Leur effet ne se calcule pas ici, faute d'APL publiée.",
            "Their effect cannot be computed here: no APL is published.",
        )
    return words + tr(
        "Leur effet s'essaie commune par commune, page « Agir » du site : ce rapport ne joue pas de leviers "
        "sur un périmètre libre.",
        "Their effect is tried commune by commune on the site's page “Act”: this report plays no levers on a "
        "free perimeter.",
    )


def _assumed(own: Facts, found: Sequence[Tried]) -> list[Block]:
    """The levers whose effect rests on hypotheses alone, and what they would change."""
    if not found:
        return []
    names = own.voice.semicolon.join(
        f"{_lower(own.voice.of(one.lever.title))} ({_change(own.voice, one)})" for one in found
    )
    words = own.voice.tr(
        "Autres leviers possibles, dont l'effet ne repose que sur des hypothèses de Vigie (APL calculée) : ",
        "Other possible levers, whose effect rests on Vigie's hypotheses alone (computed APL): ",
    )
    return [model.text(f"{words}{names}.", "note")]


def _well_served(own: Facts) -> bool:
    """Whether access to GPs, on which the levers act, is no lower than in France."""
    place = tried_at(own.desk.observatory, own.territory)
    found = own.last(_MAIN) if place.key == own.territory.key else known(own.desk.profile(place), _MAIN)
    whole = known(own.france, _MAIN, found.period) if found is not None else None
    return bool(found and whole and (found.value or 0.0) >= (whole.value or 0.0))


def _elsewhere(own: Facts) -> str:
    return own.voice.tr(
        "Les alertes de ce territoire portent sur d'autres soignants : l'accès aux généralistes y atteint la moyenne "
        "nationale, et les leviers que ce rapport essaie n'agissent que sur eux. Pour les autres professions : page "
        "« Agir » du site, et le zonage plus haut.",
        "The alerts here are about other professions: access to GPs reaches the national mean, and the levers that "
        "this report tries act on GPs alone. For other professions: the site's page “Act”, and the zoning above.",
    )


def _lead(own: Facts, found: Sequence[Tried], of_parts: bool) -> str:
    """Which levers these are, where they are tried, and where moved time is taken from."""
    tr, place = own.voice.tr, found[0].place
    said = ""
    if of_parts:
        said = tr(
            "Le département n'a pas de degré de difficulté, mais des intercommunalités en ont un. ",
            "The département has no degree of difficulty, but some of its intercommunalities have one. ",
        )
    said += tr(
        "Leviers que la Cour des comptes rattache à ce degré de difficulté, chacun essayé seul, à petite dose",
        "Levers that the Cour des comptes ties to this degree of difficulty, each tried alone, at a small dose",
    )
    if place.key != own.territory.key:
        at = phrases(place.level, place.code, place.name, own.lang).at
        said += tr(f", {at} (la moins bien desservie du département)", f", {at} (the worst served of the département)")
    origin = next((one.origin for one in found if one.origin is not None), None)
    if origin is not None:
        of = phrases(origin.level, origin.code, origin.name, own.lang).of
        said += tr(
            f" ; le temps déplacé vient {of}, la mieux desservie",
            f"; moved time comes from {of.removeprefix('of ')}, the best served",
        )
    return said + tr(
        ". D'autres doses, d'autres lieux, et qui y perd : page « Agir » du site.",
        ". Other doses, other places, and who loses: the site's page “Act”.",
    )


def _tried_row(voice: Voice, one: Tried) -> list[Cell]:
    amount = f"{_number(voice, one.amount)}{NBSP}{_one_of(voice, one)}"
    return [
        {"text": voice.of(one.lever.title), "strong": True, "sub": amount},
        _effect(voice, one.lever),
        _moved(voice, one),
        _paid(voice, one),
    ]


def _one_of(voice: Voice, one: Tried) -> str:
    """The unit of an amount, in the singular for one: « 1 médecin »."""
    unit = voice.of(one.lever.amount.unit)
    return re.sub(r"(?<=[a-zé])s\b", "", unit) if one.amount < 2 else unit


def _moved(voice: Voice, one: Tried) -> Cell:
    scope = one.answer.scope
    after = scope.mean_after
    net = scope.crossings[0].net.value
    low, high = voice.number(after.low, 2), voice.number(after.high, 2)
    parts = [voice.tr(f"de {low} à {high}", f"{low} to {high}")] if low != high else []
    if abs(net) >= 1:
        people = f"{'+' if net > 0 else '−'}{voice.number(abs(net))}"
        parts.append(voice.tr(f"{people} hab. au-dessus de 2,5", f"{people} people above 2.5"))
    text = f"{voice.number(scope.mean_before, 2)} → {voice.number(after.value, 2)}"
    return {"text": text, "strong": True, "sub": voice.semicolon.join(parts)}


_BEYOND = 5  # consultations a year: a change beyond it is told as such (ours)


def _change(voice: Voice, one: Tried) -> str:
    scope = one.answer.scope
    gap = round(scope.mean_after.value - scope.mean_before, 2)
    if gap > _BEYOND:  # a day of a GP over a few dozen people
        return voice.tr(f"plus de +{_BEYOND}", f"more than +{_BEYOND}")
    return f"{'−' if gap < 0 else '+'}{voice.number(abs(gap), 2)}"


def _paid(voice: Voice, one: Tried) -> Cell:
    """The cost of a trial in the first year and once in place, with its range then."""
    costs = one.answer.costs
    if costs.unknown or not costs.lines:
        return {"text": voice.tr("non chiffré par les documents", "no figure in the documents"), "soft": True}
    first, steady = (float(costs.total[1, year]) for year in (0, 3))
    if round(first) == round(steady):
        text, sub = voice.tr(f"{_euros(voice, first)} par an", f"{_euros(voice, first)} a year"), ""
    else:
        text = voice.tr(f"{_euros(voice, first)} la première année", f"{_euros(voice, first)} in the first year")
        sub = voice.tr(f"puis {_euros(voice, steady)} par an", f"then {_euros(voice, steady)} a year")
        if not round(steady):
            sub = voice.tr("puis rien", "then nothing")
    status = voice.tr(*_STATUSES[costs.lines[0].cost.source.status])
    return {"text": text, "sub": ", ".join(part for part in (sub, status) if part)}


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _first(one: Lever) -> Parameter | None:
    """The first parameter that the effect is a product of."""
    names = (*one.mechanism.factors, *one.mechanism.sum)
    return next((one.parameters[name] for name in names if name in one.parameters), None)


def _grounded(one: Lever) -> bool:
    """Whether a document gives the effect, or the figures that it is derived from."""
    first = _first(one)
    return first is not None and first.source.status != "hypothesis"


def _effect(voice: Voice, one: Lever) -> Cell:
    """The main parameter of the effect, with its range and its standing."""
    first = _first(one)
    if first is None:
        return {"text": voice.tr("par construction", "by construction"), "soft": True}
    ends = (
        f"{_amount(voice, first, first.low)} – {_amount(voice, first, first.high)}, " if first.low < first.high else ""
    )
    status = voice.tr(*_STATUSES[first.source.status])
    text = f"{voice.of(first.title)}{voice.colon}{_amount(voice, first, first.value)}"
    return {"text": text, "sub": f"{ends}{status}"}


def _amount(voice: Voice, one: Parameter, value: float) -> str:
    if one.unit.fr.startswith("part"):
        return voice.tr(*[f"{_number(voice, 100 * value)} %"] * 2)
    return f"{_number(voice, value)}{NBSP}{voice.of(one.unit)}"


def _number(voice: Voice, value: float) -> str:
    decimals = next(places for places in range(3) if places == 2 or abs(value - round(value, places)) < 1e-9)
    return voice.number(value, decimals)


# The action plan --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActionPlan:
    """The answers to the scenarios of a plan, as ``vigie.editions.scenarios.told`` gives them, and to all as one.

    ``together`` is None where they cannot be played as one: too many actions, or two links.
    """

    answers: Sequence[Mapping[str, Any]]
    together: Mapping[str, Any] | None


def action_plan(scenarios: Sequence[Scenario], territory: str, grounds: Mapping[str, Playground]) -> ActionPlan:
    """The plan that scenarios make up for a territory (``level:code``): each played for it, then all as one.

    ``grounds`` has that of each of their professions; scenarios of several cannot be one.

    Raises what ``vigie.levers.scenario.settle`` raises for a scenario that the edition cannot play.
    """
    own = [one.model_copy(update={"territory": territory}) for one in scenarios]
    answers = [_played(one, grounds) for one in own]
    if len(own) < 2:
        return ActionPlan(answers, answers[0] if answers else None)
    if len({one.profession for one in own}) > 1:
        return ActionPlan(answers, None)
    actions = tuple(action for one in own for action in one.actions)
    try:
        joined = Scenario(territory=territory, profession=own[0].profession, actions=actions)
    except ValidationError:
        return ActionPlan(answers, None)
    return ActionPlan(answers, _played(joined, grounds))


def _played(scenario: Scenario, grounds: Mapping[str, Playground]) -> dict[str, Any]:
    ground = grounds[scenario.profession]
    return told(play(scenario, ground), ground, places=0)


def plan(own: Facts, found: ActionPlan | None) -> list[Block]:
    """The actions of saved scenarios, who carries them and when, with costs and effects summed to the territory."""
    tr = own.voice.tr
    if found is None or not found.answers:
        return [
            model.text(
                tr(
                    "Aucune action n'est jointe à ce rapport. Le plan se remplit de scénarios enregistrés sur la page "
                    "« Agir » de Vigie et joints à la demande du rapport : levier, lieux, porteur, date, coût, effet "
                    "attendu ; coûts et effets s'additionnent au niveau du département.",
                    "No action is joined to this report. The plan fills with scenarios saved on the page “Act” of "
                    "Vigie and joined when the report is asked for: lever, places, owner, date, cost, expected effect; "
                    "costs and effects add up to the département.",
                )
            )
        ]
    rows: list[list[Cell]] = []
    for one in found.answers:
        rows += _actions(own.voice, one)
    added = sum(action["added"]["value"] for one in found.answers for action in one["actions"])
    first, steady = (sum(one["costs"]["total"]["value"][year] for one in found.answers) for year in (0, 3))
    rows.append(_total_row(own.voice, added, first, steady))
    blocks: list[Block] = []
    if found.together is not None:
        blocks.append(_summed(own, found.together))
    blocks.append(_plan_table(own.voice, rows))
    if len(found.answers) > 1:
        blocks += [_one_scenario(own.voice, one) for one in found.answers]
    warning = own.voice.of(WARNING)
    if found.together is None:
        warning += tr(
            " Les effets de scénarios distincts ne s'additionnent pas exactement, et ceux-ci ne se jouent pas en un "
            "seul.",
            " The effects of distinct scenarios do not exactly add up, and these cannot be played as one.",
        )
    unsaid = [one for one in found.answers if not (one["scenario"].get("owner") and one["scenario"].get("date"))]
    if unsaid:
        warning += tr(
            " Porteur et date « à convenir » : le fichier du scénario ne les dit pas (owner, date).",
            " Owner and date “to be agreed”: the scenario's file does not say them (owner, date).",
        )
    return [*blocks, model.text(warning, "note")]


def _summed(own: Facts, data: Mapping[str, Any]) -> Block:
    """What the whole plan changes in the territory."""
    lines = [_said(own.voice, one) for one in data["sentences"][:3]]
    title = own.voice.tr(f"Effet d'ensemble {own.phrases.at}", f"Effect of the whole {own.phrases.at}")
    return model.box(title, [model.bullets(lines)], "fair")


def _one_scenario(voice: Voice, data: Mapping[str, Any]) -> Block:
    title = data["scenario"].get("title") or data["id"]
    return model.box(voice.tr(title, title), [model.bullets([_said(voice, one) for one in data["sentences"][:2]])])


def _total_row(voice: Voice, added: float, first: float, steady: float) -> list[Cell]:
    return [
        {"text": voice.tr("Ensemble", "Together"), "strong": True}, "", "",
        {"text": f"+{voice.number(round(added))}", "strong": True},
        {"text": _euros(voice, first), "strong": True}, {"text": _euros(voice, steady), "strong": True},
    ]  # fmt: skip


def _plan_table(voice: Voice, rows: Sequence[Sequence[Cell]]) -> Block:
    tr = voice.tr
    columns = [
        (tr("Action", "Action"), "left", "1.7fr"),
        (tr("Où", "Where"), "left", "1.5fr"),
        (tr("Porteur et date", "Owner and date"), "left", "1.2fr"),
        (tr("Consultations par an", "Consultations a year"), "right", "1.1fr"),
        (tr("Coût, 1re année", "Cost, 1st year"), "right", "0.9fr"),
        (tr("Coût, en régime établi", "Cost, once in place"), "right", "1fr"),
    ]
    return model.table(tr("Plan d'action", "Action plan"), columns, rows)


def _carried(voice: Voice, scenario: Mapping[str, Any]) -> Cell:
    """Who carries a scenario, and since when."""
    owner, when = scenario.get("owner", ""), scenario.get("date", "")
    agreed = voice.tr("à convenir", "to be agreed")
    if not owner and not when:
        return {"text": agreed, "soft": True}
    return {"text": voice.tr(owner, owner) or agreed, "sub": voice.period(when) if when else agreed}


def _actions(voice: Voice, found: Mapping[str, Any]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for number, one in enumerate(found["actions"]):
        lines = [line["value"] for line in found["costs"]["lines"] if line["action"] == number]
        first, steady = (sum(line[year] for line in lines) for year in (0, 3))
        where = ", ".join(place["name"] for place in one["places"][:4])
        origin = ", ".join(place["name"] for place in one["from"][:4])
        since = voice.tr(f"depuis {origin}", f"from {origin}")
        added = one["added"]
        amount = f"{_number(voice, one['amount'])}{NBSP}{_said(voice, one['unit'])}"
        rows.append(
            [
                {"text": _said(voice, one["title"]), "strong": True, "sub": amount},
                {"text": voice.tr(where, where), "sub": since if origin else ""},
                _carried(voice, found["scenario"]),
                {"text": f"+{voice.number(added['value'])}",
                 "sub": voice.tr(f"de {voice.number(added['low'])} à {voice.number(added['high'])}",
                                 f"{voice.number(added['low'])} to {voice.number(added['high'])}")},
                _euros(voice, first),
                _euros(voice, steady),
            ]
        )  # fmt: skip
    return rows


def _euros(voice: Voice, value: float) -> str:
    return euros(value, voice.lang)


def _said(voice: Voice, both: Mapping[str, str]) -> str:
    return voice.tr(both["fr"], both["en"])


# A scenario ------------------------------------------------------------------------------------------------------


def scenario_report(desk: Desk, ground: Playground, scenario: Scenario, lang: Lang = "fr") -> Report:
    """The report of a scenario: what it would change, for whom, at what cost, under which hypotheses.

    Raises what ``vigie.levers.scenario.settle`` raises for a scenario that the edition cannot play.
    """
    voice = FRENCH if lang == "fr" else ENGLISH
    found = play(scenario, ground)
    data, tr = told(found, ground), voice.tr
    title = scenario.title or tr("Scénario", "Scenario") + f" {data['id'][:8]}"
    sections = [
        Section(
            tr("L'essentiel", "In short"),
            [
                model.bullets([_said(voice, one) for one in data["sentences"]]),
                model.box(tr("Une simulation", "A simulation"), [model.text(voice.of(WARNING))]),
            ],
        ),
        Section(tr("Actions et coûts", "Actions and costs"), [_plan_table(voice, _with_total(voice, data))]),
        _gainers(desk, voice, found, ground),
        _hypotheses(voice, data),
        closing.sources(desk, voice, set(data["snapshots"]), _method(voice)),
    ]
    return Report(
        title=voice.tr(title, title),
        eyebrow=tr("Rapport de scénario", "Scenario report"),
        subtitle=tr(f"Scénario {data['id']}", f"Scenario {data['id']}"),
        facts=[data["scope"]["name"], voice.of(professions()[scenario.profession].title), str(data["year"])],
        lang=lang,
        edition=tr(f"Édition {desk.observatory.id}", f"Edition {desk.observatory.id}"),
        date=voice.date(desk.built),
        timestamp=int(desk.built.timestamp()),
        footer=tr("Vigie, observatoire ouvert de l'accès aux soins", "Vigie, the open observatory of access to care"),
        keywords=[tr("scénario", "scenario"), data["scope"]["name"]],
        sections=sections,
    )


def _with_total(voice: Voice, data: Mapping[str, Any]) -> list[list[Cell]]:
    total = data["costs"]["total"]["value"]
    added = sum(one["added"]["value"] for one in data["actions"])
    return [*_actions(voice, data), _total_row(voice, added, total[0], total[3])]


def _gainers(desk: Desk, voice: Voice, found: Answer, ground: Playground) -> Section:
    """Who gains and who loses: by département, then the places where most changes."""
    tr, counted = voice.tr, by_departement(found, ground).head(15).to_dicts()
    names = {one.code: one.name for one in desk.cards("departement", [row["departement"] for row in counted])}
    rows: list[list[Cell]] = [
        [
            voice.tr(*[f"{names[row['departement']]} ({row['departement']})"] * 2),
            voice.number(row["gain"]),
            voice.number(row["lose"]),
            voice.number(row["leave"]),
            voice.number(row["enter"]),
        ]
        for row in counted
    ]
    columns = [
        (tr("Département", "Département"), "left", "1.4fr"),
        (tr("Habitants qui gagnent", "People who gain"), "right", "1fr"),
        (tr("qui perdent", "who lose"), "right", "1fr"),
        (tr("passent au-dessus de 2,5", "rise above 2.5"), "right", "1fr"),
        (tr("tombent en dessous", "fall under it"), "right", "1fr"),
    ]
    places = places_table(found, ground)
    order = places.sort("change", "code", descending=[True, False])
    ends = (
        order.to_dicts()
        if order.height <= _PLACES
        else [*order.head(_PLACES - 5).to_dicts(), *order.tail(5).to_dicts()]
    )
    listed: list[list[Cell]] = [
        [
            row["name"].replace("'", "’"),
            row["departement"],
            voice.number(row["people"]),
            voice.number(row["before"], 2),
            {"text": voice.number(row["after"], 2), "strong": True},
            {"text": ("+" if row["change"] > 0 else "") + voice.number(row["change"], 2),
             "tone": "fair" if row["change"] > 0 else "low"},
        ]
        for row in ends
        if row["before"] is not None and row["before"] == row["before"]
    ]  # fmt: skip
    place_columns = [
        (tr("Commune", "Commune"), "left", "2fr"),
        (tr("Dép.", "Dép."), "left", "0.6fr"),
        (tr("Habitants", "People"), "right", "1fr"),
        (tr("APL avant", "APL before"), "right", "0.9fr"),
        (tr("APL après", "APL after"), "right", "0.9fr"),
        (tr("Écart", "Change"), "right", "0.9fr"),
    ]
    return Section(
        tr("Qui gagne, qui perd", "Who gains, who loses"),
        [
            model.table(tr("Par département", "By département"), columns, rows),
            model.table(
                tr("Communes où l'accès change le plus", "Communes where access changes most"), place_columns, listed
            ),
        ],
    )


def _hypotheses(voice: Voice, data: Mapping[str, Any]) -> Section:
    tr = voice.tr
    rows: list[list[Cell]] = [
        [
            {"text": _said(voice, one["title"]), "strong": True, "sub": _said(voice, one["lever_title"])},
            f"{_number(voice, one['value'])} ({_number(voice, one['low'])} – {_number(voice, one['high'])})",
            {"text": _said(voice, one["source"]), "sub": tr(*_STATUSES[one["source"]["status"]])},
        ]
        for one in data["hypotheses"]
    ]
    columns = [
        (tr("Paramètre", "Parameter"), "left", "1.4fr"),
        (tr("Valeur et bornes", "Value and range"), "left", "1fr"),
        (tr("Source", "Source"), "left", "2fr"),
    ]
    caption = tr("Ce que le calcul suppose", "What the computation assumes")
    return Section(tr("Les hypothèses", "Hypotheses"), [model.table(caption, columns, rows)])


def _method(voice: Voice) -> list[str]:
    return [
        voice.tr(
            "L'APL publiée est déplacée par l'effet calculé des leviers ; l'intervalle est celui des variantes "
            "du calcul et des bornes "
            "des paramètres.",
            "The published APL is moved by the computed effect of the levers; the interval is that of the "
            "variants and of the bounds "
            "of the parameters.",
        ),
        voice.tr(
            "Ce qui est ajouté à l'offre se retrouve chez les habitants : la conservation est vérifiée à chaque "
            "calcul.",
            "What is added to supply reaches people: conservation is checked in each computation.",
        ),
    ]
