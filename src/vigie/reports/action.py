"""Levers in reports: those that fit a territory, the action plan of a département, the report of a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vigie.editions.levers import Playground
from vigie.editions.scenarios import WARNING, by_departement, places_table, play, told
from vigie.editions.voice import ENGLISH, FRENCH, Voice
from vigie.errors import Lang
from vigie.language import NBSP
from vigie.levers.answer import Answer
from vigie.levers.definition import Lever, Parameter, levers_of
from vigie.levers.scenario import Scenario
from vigie.reports import closing, model
from vigie.reports.desk import Desk
from vigie.reports.facts import Facts
from vigie.reports.model import Block, Cell, Report, Section

_DEGREES = {"equilibre": 1, "carence": 2}
_STATUSES = {
    "published": ("publié", "published"),
    "derived": ("dérivé de chiffres publiés", "derived from published figures"),
    "hypothesis": ("hypothèse", "hypothesis"),
}
_PLACES = 25


def fitting(own: Facts) -> Section | None:
    """The levers that suit the territory's degree of difficulty, with their published effect and their cost."""
    tr, answer = own.voice.tr, own.answer
    title = tr("Les leviers adaptés", "Levers that fit")
    if answer is None or answer.degree is None or own.territory.level == "france":
        return None
    degree = _DEGREES[answer.degree]
    kept = sorted((one for one in levers_of("mg").values() if degree in one.degrees and one.id != "depart"), key=_order)
    assumed = [one for one in kept if not _grounded(one)]
    kept = [one for one in kept if _grounded(one)]
    rows: list[list[Cell]] = [
        [
            {"text": own.voice.of(one.title), "strong": True, "sub": own.voice.of(one.text)},
            _effect(own.voice, one),
            _cost(own.voice, one),
        ]
        for one in kept
    ]
    columns = [
        (tr("Levier", "Lever"), "left", "2.2fr"),
        (tr("Effet retenu, et d'où il vient", "Effect, and where it comes from"), "left", "1.5fr"),
        (tr("Coût par unité", "Cost by unit"), "left", "1.3fr"),
    ]
    lead = tr(
        "Leviers que la Cour des comptes rattache à ce degré de difficulté. Leur effet sur ce territoire se "
        "calcule avec un scénario, "
        "ses hypothèses et ses perdants : page « scénarios » du site, ou vigie simulate.",
        "Levers that the Cour des comptes ties to this degree of difficulty. Their effect on this territory is "
        "computed with a scenario, "
        "its hypotheses and its losers: the site's page of scenarios, or vigie simulate.",
    )
    caption = tr("Effet et coût de chaque levier", "Effect and cost of each lever")
    blocks: list[Block] = [model.text(lead), model.table(caption, columns, rows)] if rows else [model.text(lead)]
    if assumed:
        names = " ; ".join(_lower(own.voice.of(one.title)) for one in assumed)
        words = tr(
            "Autres leviers possibles, dont l'effet ne repose que sur des hypothèses de Vigie : ",
            "Other possible levers, whose effect rests on Vigie's hypotheses alone: ",
        )
        blocks.append(model.text(f"{words}{names}.", "note"))
    return Section(title, blocks)


def _order(one: Lever) -> int:
    return one.order


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


def _cost(voice: Voice, one: Lever) -> Cell:
    if not one.costs:
        return {"text": voice.tr("non chiffré par les documents", "no figure in the documents"), "soft": True}
    first = one.costs[0]
    start, steady = first.years[0], first.years[3]
    text = voice.tr(f"{voice.number(start)} € la première année", f"{voice.number(start)} € in the first year")
    more = voice.tr(f"puis {voice.number(steady)} € par an", f"then {voice.number(steady)} € a year")
    rest = voice.tr(" ; autres postes en plus", "; other lines on top") if len(one.costs) > 1 else ""
    status = voice.tr(*_STATUSES[first.source.status])
    return {"text": text, "sub": f"{more}, {status}{rest}"}


# The action plan --------------------------------------------------------------------------------------------------


def plan(own: Facts, answers: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The actions of saved scenarios, as ``vigie.editions.scenarios.told`` gives them, with costs that add up."""
    tr = own.voice.tr
    if not answers:
        return [
            model.text(
                tr(
                    "Aucune action n'est jointe à ce rapport. Le plan se remplit de scénarios enregistrés (vigie "
                    "report … --scenario "
                    "FICHIER) : levier, lieux, coût, effet attendu ; les coûts s'additionnent au niveau du "
                    "département. Porteur et date "
                    "sont ceux du scénario, ou restent à convenir entre les signataires.",
                    "No action is joined to this report. The plan fills with saved scenarios (vigie report … "
                    "--scenario FILE): lever, "
                    "places, cost, expected effect; costs add up to the département. Owner and date are those of "
                    "the scenario, or for the signatories to agree.",
                )
            )
        ]
    rows: list[list[Cell]] = []
    for found in answers:
        rows += _actions(own.voice, found)
    first, steady = (sum(found["costs"]["total"]["value"][year] for found in answers) for year in (0, 3))
    rows.append(
        [{"text": tr("Ensemble", "Together"), "strong": True}, "", "",
         {"text": _euros(own.voice, first), "strong": True}, {"text": _euros(own.voice, steady), "strong": True}]
    )  # fmt: skip
    blocks: list[Block] = [_plan_table(own.voice, rows)]
    for found in answers:
        title = found["scenario"].get("title") or found["id"]
        lines = [_held(own.voice, found["scenario"]), *(_said(own.voice, one) for one in found["sentences"])]
        blocks.append(model.box(own.voice.tr(title, title), [model.bullets(lines)]))
    warning = own.voice.of(WARNING)
    many = tr(
        " Les effets de scénarios distincts ne s'additionnent pas exactement : les jouer en un seul scénario les "
        "combine.",
        " The effects of distinct scenarios do not exactly add up: playing them as one scenario combines them.",
    )
    return [*blocks, model.text(warning + (many if len(answers) > 1 else ""), "note")]


def _held(voice: Voice, scenario: Mapping[str, Any]) -> str:
    """Who carries a scenario and when it is due, or that neither is agreed yet."""
    tr, owner, date = voice.tr, scenario.get("owner"), scenario.get("date")
    who = owner or tr("à convenir", "to be agreed")
    when = voice.period(date) if date else tr("à convenir", "to be agreed")
    return tr(f"Porteur : {who}. Échéance : {when}.", f"Owner: {who}. Due: {when}.")


def _plan_table(voice: Voice, rows: Sequence[Sequence[Cell]]) -> Block:
    tr = voice.tr
    columns = [
        (tr("Action", "Action"), "left", "1.8fr"),
        (tr("Où", "Where"), "left", "1.7fr"),
        (tr("Consultations par an", "Consultations a year"), "right", "1.1fr"),
        (tr("Coût, 1re année", "Cost, 1st year"), "right", "1fr"),
        (tr("Coût, en régime établi", "Cost, once in place"), "right", "1.1fr"),
    ]
    return model.table(tr("Plan d'action", "Action plan"), columns, rows)


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
                {"text": f"+{voice.number(added['value'])}",
                 "sub": voice.tr(f"de {voice.number(added['low'])} à {voice.number(added['high'])}",
                                 f"{voice.number(added['low'])} to {voice.number(added['high'])}")},
                _euros(voice, first),
                _euros(voice, steady),
            ]
        )  # fmt: skip
    return rows


def _euros(voice: Voice, value: float) -> str:
    return f"{voice.number(round(value))}{NBSP}€"


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
        _gainers(voice, found, ground),
        _hypotheses(voice, data),
        closing.sources(desk, voice, set(data["snapshots"]), _method(voice)),
    ]
    return Report(
        title=voice.tr(title, title),
        eyebrow=tr("Rapport de scénario", "Scenario report"),
        subtitle=tr(f"Scénario {data['id']}", f"Scenario {data['id']}"),
        facts=[data["scope"]["name"], tr("médecins généralistes", "GPs"), str(data["year"])],
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
    last: list[Cell] = [
        {"text": voice.tr("Ensemble", "Together"), "strong": True}, "", "",
        {"text": _euros(voice, total[0]), "strong": True}, {"text": _euros(voice, total[3]), "strong": True},
    ]  # fmt: skip
    return [*_actions(voice, data), last]


def _gainers(voice: Voice, found: Answer, ground: Playground) -> Section:
    """Who gains and who loses: by département, then the places where most changes."""
    tr = voice.tr
    rows: list[list[Cell]] = [
        [
            row["departement"],
            voice.number(row["gain"]),
            voice.number(row["lose"]),
            voice.number(row["leave"]),
            voice.number(row["enter"]),
        ]
        for row in by_departement(found, ground).head(15).to_dicts()
    ]
    columns = [
        (tr("Département", "Département"), "left", "1fr"),
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
