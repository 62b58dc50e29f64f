"""The schéma territorial that the Cour des comptes asks of each département (2024, recommendation 1 and chapter III.I).

A mesh of territories; for each the six indicators (value or « non disponible »), the degree of difficulty, the
inventory of resources and the actions; the map of priorities. The mesh is in the order of names: it is not a ranking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vigie.editions import gathered
from vigie.editions.figures import by_indicator, latest
from vigie.editions.gathering import TABLE, gather_each
from vigie.editions.observatory import Answer, Territory
from vigie.reports import action, maps, model
from vigie.reports.facts import Facts, by_size
from vigie.reports.model import Block, Cell, Section
from vigie.territories.names import search_text
from vigie.territories.phrases import sentence

# The six synthetic indicators of chapter III.I, note 142, in its order.
SIX = ("apl_mg", "psmt", "hospitalisations_evitables", "ccmu1", "ecart_psmt_c2s", "sans_soin_50")
_HEADINGS = {
    "apl_mg": ("APL généralistes", "APL, GPs"),
    "psmt": ("Sans médecin traitant", "No médecin traitant"),
    "hospitalisations_evitables": ("Hospit. évitables", "Avoidable stays"),
    "ccmu1": ("Urgences CCMU 1", "CCMU 1 visits"),
    "ecart_psmt_c2s": ("Écart C2S", "C2S gap"),
    "sans_soin_50": ("50 ans et + sans soin", "Over 50, no care"),
}
RESOURCES = (
    "nombre_mg",
    "nombre_infirmiers",
    "nombre_kines",
    "nombre_dentistes",
    "nombre_pharmacies",
    "nombre_msp",
    "nombre_centres_sante",
    "nombre_urgences",
)
_RESOURCE_HEADINGS = {
    "nombre_mg": ("MG", "GPs"),
    "nombre_infirmiers": ("Inf.", "Nurses"),
    "nombre_kines": ("Kinés", "Physio."),
    "nombre_dentistes": ("Dent.", "Dent."),
    "nombre_pharmacies": ("Pharm.", "Pharm."),
    "nombre_msp": ("MSP", "Health houses"),
    "nombre_centres_sante": ("Centres", "Centres"),
    "nombre_urgences": ("Urg.", "Emerg."),
}
_COLOURS = {"carence": "#a8440f", "equilibre": "#e39a5b", "none": "#dcebe8"}
_UNJUDGED = "unjudged"  # no rule of alert could be judged there
_COLOURS[_UNJUDGED] = "#efebe1"
_MOST_NAME = 46


def sections(own: Facts, level: str, plan: action.ActionPlan | None = None) -> list[Section | None]:
    """The schéma of a département: the mesh and its priorities, the six indicators, the resources, the action plan."""
    tr = own.voice.tr
    mesh = read_mesh(own, level)
    if not mesh.territories:
        return []
    return [
        Section(
            tr("Schéma territorial : les priorités", "Territorial scheme: priorities"),
            _priorities(own, mesh),
        ),
        Section(
            tr("Schéma territorial : les six indicateurs par territoire", "Territorial scheme: the six indicators"),
            [_six(own, mesh)],
        ),
        Section(
            tr("Schéma territorial : l'inventaire des ressources", "Territorial scheme: inventory of resources"),
            [_resources(own, mesh)],
        ),
        Section(tr("Schéma territorial : le plan d'action", "Territorial scheme: action plan"), action.plan(own, plan)),
    ]


@dataclass(frozen=True)
class Mesh:
    """The territories of a mesh by name, what is known of them (indicator, then code), and what their alerts add up to.

    ``answers`` is empty in an edition without alerts.
    """

    level: str
    territories: list[Territory]
    values: Mapping[str, Mapping[str, float]]
    answers: Mapping[str, Answer | None]


def read_mesh(own: Facts, level: str) -> Mesh:
    """The mesh as the edition has it; one whose figures it does not keep is gathered from its communes."""
    desk = own.desk
    territories = sorted(desk.parts(own.territory, level), key=lambda one: (search_text(_short(one)), one.code))
    codes = [one.code for one in territories]
    names = [name for name in (*SIX, *RESOURCES) if name in desk.indicators]
    judged = desk.observatory.has("alerts")
    if desk.distributions(level) or not desk.observatory.has(TABLE):
        values = {}
        for name in names:
            period = desk.last_period(name, level)
            seen = desk.values(name, level, period, codes) if period else {}
            values[name] = {code: value for code, (value, _) in seen.items() if value is not None}
        answers = {one.code: desk.observatory.answer(one) for one in territories} if judged else {}
        return Mesh(level, territories, values, answers)
    places = {one.code: [place.code for place in desk.observatory.members(one)] for one in territories}
    seen_each = gather_each(desk.observatory, places)
    series = {code: by_indicator(seen) for code, seen in seen_each.items()}
    last = {(name, code): latest(series[code].get(name, ())) for name in names for code in codes}
    values = {
        name: {code: one.value for code in codes if (one := last[name, code]) is not None and one.value is not None}
        for name in names
    }
    answers = (
        {one.code: gathered.alerts(desk.observatory, one, seen_each[one.code])[1] for one in territories}
        if judged
        else {}
    )
    return Mesh(level, territories, values, answers)


def _priorities(own: Facts, mesh: Mesh) -> list[Block]:
    tr, level, territories, answers = own.voice.tr, mesh.level, mesh.territories, mesh.answers
    degrees = own.desk.observatory.responses.degrees if answers else ()
    titles = {one.id: own.voice.of(one.title) for one in degrees}
    titles |= {
        "none": tr("Sans alerte", "No alert"),
        _UNJUDGED: tr("Non jugé, faute de données", "Not judged, no data"),
    }
    held: dict[str, list[Territory]] = {"carence": [], "equilibre": [], "none": [], _UNJUDGED: []}
    for one in territories:
        answer = answers.get(one.code)
        held[_UNJUDGED if answer is None else answer.degree or "none"].append(one)
    if not held[_UNJUDGED]:
        del held[_UNJUDGED]
    kinds = own.voice.level(level, many=len(territories) != 1)
    lead = tr(
        "La Cour des comptes demande pour chaque département un état des lieux par « territoire pertinent », "
        "puis un plan d'actions consolidé "
        f"(mai 2024, recommandation 1). La maille retenue ici compte {len(territories)} {kinds} ; celles qui "
        "débordent du département y figurent en entier.",
        "The Cour des comptes asks each département for a diagnosis by “relevant territory”, then a "
        "consolidated action plan (May 2024, "
        f"recommendation 1). The mesh here has {len(territories)} {kinds}; those that cross its border are whole.",
    )
    if level != "epci":
        lead = lead.replace("celles qui débordent", "ceux qui débordent")
    legend = [
        {"colour": _COLOURS[name], "text": f"{titles[name]} ({len(kept)})", "hatch": name == _UNJUDGED}
        for name, kept in held.items()
    ]
    subject = maps.Subject(
        own.definition("apl_mg"),
        level,
        territories,
        tr("Degré de difficulté par territoire", "Degree of difficulty by territory"),
        own.phrases.at,
        outline=(own.territory.level, own.territory.code),
        around=False,
    )
    colours = {one.code: _COLOURS[name] for name, kept in held.items() if name != _UNJUDGED for one in kept}
    alt = (
        tr("Carte. ", "Map. ")
        + own.voice.semicolon.join(
            f"{titles[name]}{own.voice.colon}{', '.join(_short(one) for one in kept) or '0'}"
            for name, kept in held.items()
        )
        + "."
    )
    drawn = maps.degrees_map(own.desk, subject, colours, legend, alt.replace("'", "’"), height=76)
    words: list[Block] = []
    for name, tone in (("carence", "low"), ("equilibre", "none")):
        kept = by_size(held[name])
        if kept:
            people = sum(one.population or 0 for one in kept)
            counted = own.voice.count(people, tr("habitant", "inhabitant"), tr("habitants", "inhabitants"))
            shown = _listed(own, kept)
            words.append(
                model.box(
                    f"{titles[name]} : {len(kept)}" if own.lang == "fr" else f"{titles[name]}: {len(kept)}",
                    [model.text(f"{shown}. {counted}.")],
                    tone,
                )
            )
    if len(held.get(_UNJUDGED, ())) == len(territories):
        words = [
            model.text(
                tr(
                    "Données non disponibles : aucun territoire de cette maille n'a pu être jugé.",
                    "Data not available: no territory of this mesh could be judged.",
                )
            )
        ]
    elif not words:
        words = [
            model.text(
                tr("Aucun territoire de cette maille n'est en alerte.", "No territory of this mesh is under alert.")
            )
        ]
    criteria = model.text(own.voice.of(own.desk.observatory.responses.criteria), "note") if answers else None
    body = model.pair([drawn], words, (1.15, 1.0)) if drawn else model.box("", words)
    return [model.text(lead), body, *([criteria] if criteria else [])]


def _listed(own: Facts, kept: Sequence[Territory], most: int = 12) -> str:
    """The names of the largest, and how many more there are."""
    names = own.voice.semicolon.join(_short(one) for one in kept[:most])  # some names hold commas
    more = len(kept) - most
    if more <= 0:
        return names
    return names + own.voice.tr(f" et {more} {'autre' if more == 1 else 'autres'}", f" and {more} more")


def _short(one: Territory) -> str:
    return maps.short_name(one, _MOST_NAME)


def _six(own: Facts, mesh: Mesh) -> Block:
    tr = own.voice.tr
    short = {"carence": tr("moyens publics", "public means"), "equilibre": tr("aides ciblées", "targeted aids")}
    rows: list[list[Cell]] = []
    for one in mesh.territories:
        row: list[Cell] = [_short(one), _people(own, one)]
        for name in SIX:
            value = mesh.values.get(name, {}).get(one.code)
            definition = own.desk.indicators.get(name)
            row.append(
                {
                    "text": own.voice.value(value, definition),
                    "strong": True,
                    "tone": "low" if name == "apl_mg" and value < 2.5 else "none",
                }
                if value is not None and definition is not None
                else {"text": tr("n. d.", "n/a"), "soft": True}
            )
        answer = mesh.answers.get(one.code)
        degree = answer.degree if answer else None
        row.append(
            {"text": short[degree], "strong": True, "tone": "low" if degree == "carence" else "none"}
            if degree in short
            else {"text": tr("sans alerte", "no alert") if answer else tr("n. d.", "n/a"), "soft": True}
        )
        rows.append(row)
    columns = [
        (sentence(own.voice.level(mesh.level)), "left", "2.6fr"),
        (tr("Habitants", "People"), "right", "0.95fr"),
        *[(tr(*_HEADINGS[name]), "right", "1.05fr" if name == "apl_mg" else "0.85fr") for name in SIX],
        (tr("Degré", "Degree"), "left", "1.35fr"),
    ]
    absent = [_inside(tr(*_HEADINGS[name])) for name in SIX if not mesh.values.get(name)]
    note = tr("n. d. : non disponible. ", "n/a: not available. ")
    if absent:
        note += tr(
            f"Aucune source ouverte ne donne à cette maille : {', '.join(absent)}. L'Assurance maladie, "
            "l'ATIH (PMSI) et l'observatoire régional des urgences les détiennent ; une table importée les apporte.",
            f"No open source gives at this mesh: {', '.join(absent)}. The Assurance maladie, ATIH (PMSI) and "
            "the regional emergency observatory hold them; an imported table brings them.",
        )
    return model.table(
        tr(
            "Les six indicateurs de la Cour des comptes et le degré de difficulté",
            "The six indicators of the Cour des comptes and the degree of difficulty",
        ),
        columns,
        rows,
        note,
    )


def _inside(heading: str) -> str:
    """A heading inside a sentence: its first letter small, unless it begins with an acronym."""
    return heading if heading[:2].isupper() else heading[:1].lower() + heading[1:]


def _people(own: Facts, one: Territory) -> Cell:
    if one.population is None:
        return {"text": own.voice.tr("n. d.", "n/a"), "soft": True}
    return own.voice.number(one.population)


def _resources(own: Facts, mesh: Mesh) -> Block:
    tr = own.voice.tr
    names = [name for name in RESOURCES if name in own.desk.indicators]
    rows: list[list[Cell]] = []
    for one in mesh.territories:
        row: list[Cell] = [_short(one)]
        for name in names:
            value = mesh.values[name].get(one.code)
            row.append(own.voice.number(value) if value is not None else {"text": tr("n. d.", "n/a"), "soft": True})
        rows.append(row)
    whole: list[Cell] = [{"text": own.phrases.name, "strong": True}]
    whole += [{"text": own.value(own.last(name)), "strong": True} for name in names]
    rows.append(whole)
    columns = [
        (sentence(own.voice.level(mesh.level)), "left", "2.4fr"),
        *[(tr(*_RESOURCE_HEADINGS[name]), "right", "0.8fr") for name in names],
    ]
    note = tr(
        "Base permanente des équipements 2021 : médecins généralistes (MG), infirmiers, "
        "masseurs-kinésithérapeutes, dentistes, pharmacies, maisons de santé pluridisciplinaires (MSP), "
        "centres de santé, services d'urgences. "
        "La dernière ligne est le département seul : un territoire qui en déborde compte aussi ses communes du dehors.",
        "Permanent database of facilities 2021. The last line is the département alone: a territory that "
        "crosses its border also counts its communes outside.",
    )
    return model.table(tr("Ressources recensées par territoire", "Resources by territory"), columns, rows, note)
