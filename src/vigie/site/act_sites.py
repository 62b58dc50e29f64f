"""« Où ouvrir » : the places that a siting chooses, on a map and in tables, with what is proved and other plans.

The state is the address's: ``territoire``, ``objectif``, ``lieux``, ``minutes``… and ``vue``, the plan on the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from vigie.editions import siting, zoning_words
from vigie.editions.siting import Objective, Request, Sited
from vigie.errors import VigieError
from vigie.language import Text
from vigie.levers.professions import professions
from vigie.site import act_asked, act_map, places, playing, zones
from vigie.site.choices import Group, Option
from vigie.site.limits import TooLongError
from vigie.site.maps import Entry
from vigie.site.room import Room
from vigie.site.words import Speaker

PATH = "/agir/lieux"
FACILITIES = {
    "mg": Text("un généraliste", "a GP"),
    "infirmiers": Text("un infirmier", "a nurse"),
    "kines": Text("un kinésithérapeute", "a physiotherapist"),
    "sages_femmes": Text("une sage-femme", "a midwife"),
    "dentistes": Text("un dentiste", "a dentist"),
    "pharmacies": Text("une pharmacie", "a pharmacy"),
    "d113": Text("une maison de santé", "a health house"),
    "d108": Text("un centre de santé", "a health centre"),
    "d101": Text("un hôpital (court séjour)", "a hospital (acute care)"),
    "urgences": Text("un service d'urgences", "an emergency department"),
}
"""What a place may have, as the form offers it; the API takes every type of the BPE."""
_LEAST_PEOPLE = {"0": Text("aucune", "none"), **{str(n): Text(f"{n}", f"{n}") for n in (500, 1000, 2000, 5000)}}
_CUTS = (5.0, 10.0, 15.0, 20.0, 30.0)
_STYLES = ("d6", "d5", "d4", "d3", "s2", "s1")
_STANDING = {
    "above": ("d3", Text("déjà au-dessus du seuil", "above the threshold already")),
    "lifted": ("d5", Text("passe au-dessus", "brought above")),
    "below": ("d1", Text("reste en dessous", "stays under")),
    "missing": ("missing", Text("APL non publiée", "no published APL")),
}
_MARKS = 60  # numbered places drawn
_TAKEN = 40  # places that the page of levers takes in an address


@dataclass(frozen=True)
class PlanRow:
    """A plan in the table."""

    number: int
    href: str
    here: bool
    cells: tuple[str, ...]


@dataclass(frozen=True)
class SiteRow:
    """A place in the table: its number on the map, and its posts in each plan."""

    mark: str
    name: str
    href: str
    people: str
    alone: str
    often: str
    forced: bool
    plans: tuple[str, ...]


def context(room: Room, speaker: Speaker, query: Mapping[str, str]) -> dict[str, Any]:
    """What the template of the page shows."""
    found = act_asked.place(room, speaker, query)
    profession = act_asked.profession_of(query)
    shown: dict[str, Any] = {
        "place": found,
        "profession": profession,
        "professions": act_asked.professions_at(speaker, PATH, found.territory, profession) if found.territory else [],
        "territory": found.territory,
        "scope": found.scope,
        "tabs": act_asked.tabs(speaker, PATH, found.territory, profession),
        "told": None,
        "http": 200,
        "fault": found.fault,
        "departements": [] if found.territory else room.directory.of_level("departement"),
    }
    if found.scope is None:
        return shown
    shown |= _form(room, speaker, query)
    shown["communes"] = room.directory.members(found.scope) if found.scope.level not in ("region", "france") else []
    if not query.get("lieux"):
        return shown
    try:
        asked = request(found.scope.key, query)
        return shown | _answer(room, speaker, query, asked, places.chosen(room, asked))
    except playing.RefusedScenarioError as refused:
        return shown | {"fault": refused.fault.message(speaker.lang)}
    except VigieError as fault:
        return shown | {"fault": fault.message(speaker.lang)}
    except TooLongError:
        return shown | {"fault": too_long(speaker), "http": 503}


def too_long(speaker: Speaker) -> str:
    """What a page says of an answer that takes too long."""
    return speaker.tr(
        "Ce calcul dépasse le temps que le site lui donne : prenez un territoire plus petit ou moins de choix, ou la "
        "ligne de commande.",
        "This computation takes more than the site gives it: take a smaller territory or fewer choices, or the command "
        "line.",
    )


def request(territory: str, query: Mapping[str, str]) -> Request:
    """What an address asks for. Raises InputError for a number that is not one or out of its bounds."""
    objective = Objective(act_asked.choice(query, "objectif", [one.value for one in Objective], Objective.COVERAGE))
    threshold, coverage = objective is Objective.THRESHOLD, objective is Objective.COVERAGE
    capacity = act_asked.whole(query, "capacite", 0, 0, 10_000_000) if coverage else 0
    needed, profession = query.get("equipement", ""), act_asked.profession_of(query)
    own = professions()[profession]
    return Request(
        objective=objective,
        sites=act_asked.whole(query, "lieux", 5, 1, 100),
        territory=territory,
        minutes=act_asked.number(query, "minutes", 15.0, 1, 60),
        threshold=act_asked.number(query, "seuil", own.thresholds[0], 0.1, act_asked.highest_apl(own)),
        existing=None if threshold or query.get("existant") not in FACILITIES else query["existant"],
        min_population=act_asked.whole(query, "habitants", 0, 0, 10_000_000),
        facilities=(needed,) if needed in FACILITIES else (),
        zone=query.get("zone", "")[:80] or None,
        forced=tuple(act_asked.names(query.get("imposes", ""), 100)),
        forbidden=tuple(act_asked.names(query.get("exclus", ""), 100)),
        capacity=capacity or None,
        posts_each=act_asked.whole(query, "postes", 3, 1, 10),
        plans=act_asked.whole(query, "plans", 3, 1, 5),
        seconds=places.PROOF,
        profession=profession,
    )


def _form(room: Room, speaker: Speaker, query: Mapping[str, str]) -> dict[str, Any]:
    objective = act_asked.choice(query, "objectif", [one.value for one in Objective], Objective.COVERAGE.value)
    own = professions()[act_asked.profession_of(query)]
    titles = {one.value: _capital(text) for one, text in siting.TITLES.items()}
    return {
        "objective": objective,
        "objectives": act_asked.options(speaker, titles, objective),
        "existing": act_asked.options(speaker, FACILITIES, query.get("existant", "")),
        "needed": act_asked.options(speaker, FACILITIES, query.get("equipement", "")),
        "least": act_asked.options(speaker, _LEAST_PEOPLE, query.get("habitants", "")),
        "most": act_asked.highest_apl(own),
        "zones": _zones(room, speaker, query.get("zone", ""), act_asked.profession_of(query)),
        "given": {
            name: query.get(name, default)[:900]
            for name, default in (("lieux", "5"), ("minutes", "15"), ("seuil", f"{own.thresholds[0]:g}"),
                                  ("postes", "3"), ("plans", "3"), ("imposes", ""), ("exclus", ""), ("capacite", ""))
        },
    }  # fmt: skip


def _capital(text: Text) -> Text:
    return Text(text.fr[:1].upper() + text.fr[1:], text.en[:1].upper() + text.en[1:])


def _zones(room: Room, speaker: Speaker, chosen: str, profession: str) -> list[Group]:
    """The classes of the profession's zonings that the edition has."""
    groups = []
    for rule in zones.rules_of(room).values():
        if rule.profession != profession or not zones.known_periods(room, rule):
            continue
        options = tuple(
            Option(f"{rule.id}:{one.id}", speaker.of(one.title), f"{rule.id}:{one.id}" == chosen)
            for one in rule.classes
        )
        groups.append(Group(f"{speaker.of(rule.title)} ({speaker.of(zoning_words.STATUSES[rule.status])})", options))
    return groups


# The answer ---------------------------------------------------------------------------------------------------------


def _answer(room: Room, speaker: Speaker, query: Mapping[str, str], asked: Request, found: Sited) -> dict[str, Any]:
    view = min(act_asked.whole(query, "vue", 1, 1, 10), len(found.plans)) - 1
    table = siting.places_table(found).to_dicts()
    numbers = {row["code"]: str(k) for k, row in enumerate((r for r in table if r[f"plan_{view + 1}"]), start=1)}
    plans = siting.plans_table(found).to_dicts()
    return {
        "told": found,
        "warning": speaker.of(siting.WARNING),
        "sentences": [speaker.of(one) for one in siting.sentences(found)],
        "figures": _figures(speaker, found, plans[0]),
        "sheet": _sheet(room, speaker, found, view, numbers),
        "plan_columns": _plan_columns(speaker, asked),
        "plan_rows": [_plan(speaker, query, asked, row, view) for row in plans],
        "plan_count": len(plans),
        "site_rows": [_site(speaker, row, numbers, len(plans)) for row in table],
        "files": {form: _file(asked, form) for form in ("csv", "geojson", "json")},
        "scenario": _scenario(speaker, found, view),
        "hypotheses": _hypotheses(speaker, found),
        "view": view + 1,
    }


def _figures(speaker: Speaker, found: Sited, best: Mapping[str, Any]) -> list[dict[str, str]]:
    asked = found.field.request
    digits = 1 if asked.objective is Objective.TIME else 0
    low, high = found.ranges[0]
    tr, number = speaker.tr, speaker.number
    figures = [
        {
            "label": _label(speaker, found),
            "value": number(found.values[0], digits),
            "range": ""
            if asked.objective is Objective.EVERYBODY
            else tr(f"de {number(low, digits)} à {number(high, digits)} selon les hypothèses",
                    f"{number(low, digits)} to {number(high, digits)} by hypothesis"),
        },
        {
            "label": tr("Ce qu'un meilleur plan pourrait ajouter", "What a better plan could add"),
            "value": tr("rien, c'est prouvé", "nothing, it is proved")
            if found.optimal
            else tr(f"{number(100 * found.gap, 1)} % au plus", f"{number(100 * found.gap, 1)} % at most"),
            "range": "" if found.optimal else tr("borne prouvée, souvent large", "the bound proved, often wide"),
        },
    ]  # fmt: skip
    if best["share_within"] is not None:
        figures.append(
            {
                "label": tr(f"À moins de {asked.minutes:g} minutes d'un lieu", f"Within {asked.minutes:g} minutes"),
                "value": tr(f"{number(best['share_within'], 1)} %", f"{number(best['share_within'], 1)} %"),
                "range": tr("des habitants du territoire", "of the people of the territory"),
            }
        )
    return figures


def _label(speaker: Speaker, found: Sited) -> str:
    asked = found.field.request
    minutes, lack = f"{asked.minutes:g}", siting.lacking(asked.own)
    labels = {
        Objective.COVERAGE: (f"Habitants à moins de {minutes} minutes", f"People within {minutes} minutes"),
        Objective.EVERYBODY: ("Lieux nécessaires", "Places needed"),
        Objective.TIME: ("Minutes en moyenne jusqu'au plus proche", "Mean minutes to the nearest"),
        Objective.THRESHOLD: ("Habitants passés au-dessus du seuil", "People brought above the threshold"),
        Objective.WORST: (f"{_capital(lack).fr} à portée", f"{_capital(lack).en} in reach"),
    }
    return speaker.tr(*labels[asked.objective])


def _plan_columns(speaker: Speaker, asked: Request) -> list[str]:
    own = speaker.of(siting.unit(asked))
    return [
        own[:1].upper() + own[1:],
        speaker.tr("Selon les hypothèses", "By hypothesis"),
        speaker.tr("Perte", "Loss"),
        speaker.tr("Lieux communs", "Places in common"),
        speaker.tr(f"À {asked.minutes:g} min", f"Within {asked.minutes:g} min"),
        speaker.tr("Minutes en moyenne", "Mean minutes"),
    ]


def _plan(speaker: Speaker, query: Mapping[str, str], asked: Request, row: Mapping[str, Any], view: int) -> PlanRow:
    digits = 1 if asked.objective is Objective.TIME else 0
    number = speaker.number
    mean, share = row["mean_minutes_of_reached"], row["share_within"]
    kept = {name: value for name, value in query.items() if name != "vue" and value}
    return PlanRow(
        row["plan"],
        speaker.url(PATH, kept | {"vue": str(row["plan"])}) + "#carte",
        row["plan"] == view + 1,
        (
            number(row["value"], digits),
            f"{number(row['low'], digits)} … {number(row['high'], digits)}",
            speaker.tr(*[f"{number(row['loss_percent'], 1)} %"] * 2),
            f"{row['in_common']}/{row['sites']}",
            "–" if share is None else speaker.tr(*[f"{number(share, 1)} %"] * 2),
            "–" if mean is None else number(mean, 1),
        ),
    )


def _site(speaker: Speaker, row: Mapping[str, Any], numbers: Mapping[str, str], plans: int) -> SiteRow:
    number = speaker.number
    return SiteRow(
        numbers.get(row["code"], ""),
        row["name"],
        speaker.territory("commune", row["code"]),
        number(row["people"]),
        number(row["alone"]) if row["plan_1"] else "",
        speaker.tr(*[f"{number(row['chosen_percent'])} %"] * 2),
        row["forced"],
        tuple("" if not row[f"plan_{k}"] else number(row[f"plan_{k}"]) if row[f"plan_{k}"] > 1 else "●"
              for k in range(1, plans + 1)),
    )  # fmt: skip


def _sheet(room: Room, speaker: Speaker, found: Sited, view: int, numbers: Mapping[str, str]) -> act_map.Sheet | None:
    area = found.field.area
    level, _, code = area.key.partition(":")
    territory = room.directory.card(level, code)
    codes = found.field.ground.ground.ids[found.field.demand].tolist()
    drawn = act_map.drawing(room, territory, "commune", codes) if territory else None
    if drawn is None:
        return None
    asked = found.field.request
    names = {code: room.directory.name("commune", code, code) for code in codes}
    if asked.objective is Objective.THRESHOLD:
        standing = siting.standing_after(found, view)
        styles = {code: _STANDING[name][0] for code, name in standing.items()}
        words = {code: speaker.of(_STANDING[name][1]) for code, name in standing.items()}
        legend = tuple(
            Entry(style, speaker.of(text), sum(one == name for one in standing.values()))
            for name, (style, text) in _STANDING.items()
        )
        title = speaker.tr(f"Communes après le plan {view + 1}", f"Communes after plan {view + 1}")
    else:
        minutes = siting.minutes_after(found, view)
        styles = {code: _style(one, asked.minutes) for code, one in minutes.items()}
        words = {code: _minutes(speaker, one, asked.minutes) for code, one in minutes.items()}
        legend = _legend(speaker, minutes, asked.minutes)
        title = speaker.tr(f"Temps jusqu'au lieu le plus proche, plan {view + 1}",
                           f"Time to the nearest place, plan {view + 1}")  # fmt: skip
    middles = act_map.centres(drawn)
    marks = tuple(
        act_map.Mark(*middles[code], number, f"{names.get(code, code)}", "site")
        for code, number in list(numbers.items())[:_MARKS]
        if code in middles
    )
    titles = {code: f"{name}{speaker.colon}{words.get(code, '')}" for code, name in names.items()}
    note = speaker.tr(
        "Les numéros sont ceux du tableau des lieux. Temps calés sur l'APL, à vol d'oiseau corrigé : une hypothèse.",
        "Numbers are those of the table of places. Times fitted on the APL, straight lines corrected: a hypothesis.",
    )
    return act_map.Sheet("sites", f"{title}, {area.name}", drawn.width, drawn.height,
                         act_map.shapes(drawn, styles, titles), marks, (),
                         tuple(one for one in legend if one.count), note)  # fmt: skip


def _cuts(most: float) -> list[float]:
    return [cut for cut in _CUTS if cut < most] + [most]


def _style(minutes: float, most: float) -> str:
    if minutes > most:
        return "d2"
    return _STYLES[sum(minutes > cut for cut in _cuts(most))]


def _minutes(speaker: Speaker, minutes: float, most: float) -> str:
    if minutes > most:
        return speaker.tr(f"plus de {most:g} minutes", f"more than {most:g} minutes")
    return speaker.tr(f"{speaker.number(minutes)} minutes", f"{speaker.number(minutes)} minutes")


def _legend(speaker: Speaker, minutes: Mapping[str, float], most: float) -> tuple[Entry, ...]:
    cuts, found = _cuts(most), []
    counted = [_style(one, most) for one in minutes.values()]
    low = 0.0
    for k, cut in enumerate(cuts):
        text = speaker.tr(f"de {low:g} à {cut:g} min", f"{low:g} to {cut:g} min")
        found.append(Entry(_STYLES[k], text, counted.count(_STYLES[k])))
        low = cut
    found.append(Entry("d2", speaker.tr(f"plus de {most:g} min", f"over {most:g} min"), counted.count("d2")))
    return tuple(found)


def _file(asked: Request, form: str) -> str:
    query: dict[str, Any] = {
        "territory": asked.territory, "objective": asked.objective.value, "sites": asked.sites,
        "minutes": f"{asked.minutes:g}", "threshold": f"{asked.limit:g}", "min_population": asked.min_population,
        "posts_each": asked.posts_each, "plans": asked.plans, "profession": asked.profession, "format": form,
    }  # fmt: skip
    query |= {name: value for name, value in (("existing", asked.existing), ("zone", asked.zone),
                                              ("capacity", asked.capacity)) if value}  # fmt: skip
    many = {"facility": asked.facilities, "forced": asked.forced, "forbidden": asked.forbidden}
    return "/api/v1/siting?" + urlencode(query | {name: own for name, own in many.items() if own}, doseq=True)


def _scenario(speaker: Speaker, found: Sited, view: int) -> str:
    """The page of levers with a health centre at the places chosen; empty where an address cannot hold them."""
    field, plan = found.field, found.plans[view]
    rows = plan.nonzero()[0].tolist()
    if not 0 < len(rows) <= _TAKEN:
        return ""
    codes = field.ground.ground.ids[field.sites[rows]].tolist()
    posts = int(plan.sum())
    threshold, own = field.request.objective is Objective.THRESHOLD, field.request.own
    lever = own.installing if threshold or field.request.profession != "mg" else "centre_de_sante"
    where = ",".join(f"commune:{code}" for code in codes)
    about = {"territoire": field.area.key} | ({} if own.scale == 1 else {"profession": field.request.profession})
    return speaker.url("/agir", about | {lever: str(min(posts, 30)), f"{lever}-ou": where})


def _hypotheses(speaker: Speaker, found: Sited) -> list[str]:
    field, asked = found.field, found.field.request
    tr, number = speaker.tr, speaker.number
    lines = [
        tr(f"Candidats : {number(int((~field.existing).sum()))} communes du territoire qui remplissent les critères.",
           f"Candidates: {number(int((~field.existing).sum()))} communes of the territory that meet the criteria."),
        tr("Une commune est un point, où tous ses habitants se trouvent ; chacun va au lieu le plus proche.",
           "A commune is a point, where all its people are; everyone goes to the nearest place."),
        tr(f"Temps de trajet de {len(found.models)} modèles de Vigie ; le plan est fait sur le premier, la fréquence "
           "dit combien d'entre eux choisiraient chaque lieu.",
           f"Travel times of {len(found.models)} models of Vigie; the plan is made on the first, the frequency says "
           "how many of them would choose each place."),
    ]  # fmt: skip
    if asked.objective is Objective.THRESHOLD:
        amount = f"{number(field.activity, 0 if asked.own.scale == 1 else 2)} {speaker.of(asked.own.supply)}"
        lines.append(
            tr(f"Un poste apporte {amount}, à partager entre tous ceux qui "
               f"l'atteignent ; {asked.posts_each} postes par lieu au plus.",
               f"A post brings {amount}, shared among all who reach it; "
               f"{asked.posts_each} posts a place at most.")
        )  # fmt: skip
    if asked.existing:
        many = number(int(field.existing.sum()))
        lines.append(
            tr(f"{many} lieux existants comptent, où qu'ils soient (Insee, BPE 2021).",
               f"{many} existing places count, wherever they are (INSEE, BPE 2021).")
        )  # fmt: skip
    return lines
