"""The état des lieux of a territory: its sections in their order, and the report that they make."""

from __future__ import annotations

from collections.abc import Sequence

from vigie.editions.observatory import Territory
from vigie.errors import Lang
from vigie.reports import access, action, closing, compare, mesh, prospects, zones
from vigie.reports.desk import Desk
from vigie.reports.facts import PROFESSIONS, Facts, facts
from vigie.reports.model import Report, Section
from vigie.territories.perimeters import PERIMETER

_USED = (
    *PROFESSIONS,
    *(f"{one}_recalculee" for one in PROFESSIONS),
    *("apl_mg_62", "apl_mg_65", "apl_mg_champ_constant", "part_pop_apl_mg_inf_2_5", "part_pop_urgences_30"),
    *("temps_urgences", "nombre_mg", "population", "part_75_plus", "fedi", "psmt", "ccmu1"),
)

MOST_PAGES = 8


def overview(
    desk: Desk,
    territory: Territory,
    lang: Lang = "fr",
    mesh_level: str = "epci",
    plan: action.ActionPlan | None = None,
) -> Report:
    """The état des lieux of a territory; for a département with its mesh of territories of ``mesh_level``.

    ``plan`` is its action plan.
    """
    own = facts(desk, territory, lang)
    tr = own.voice.tr
    title = _title(own)
    when = own.voice.date(desk.built)
    return Report(
        title=title,
        eyebrow=tr(
            "État des lieux de l'accès aux soins de premier recours", "Access to primary care: where things stand"
        ),
        subtitle=tr(
            f"État des lieux de l'accès aux soins {own.phrases.at}, édition {desk.observatory.id}",
            f"Where access to care stands {own.phrases.at}, edition {desk.observatory.id}",
        ),
        facts=_identity(own),
        lang=lang,
        edition=tr(f"Édition {desk.observatory.id}", f"Edition {desk.observatory.id}"),
        date=when,
        timestamp=int(desk.built.timestamp()),
        footer=tr("Vigie, observatoire ouvert de l'accès aux soins", "Vigie, the open observatory of access to care"),
        keywords=[tr("accès aux soins", "access to care"), "APL", own.phrases.name],
        sections=_sections(own, mesh_level, plan),
        most=MOST_PAGES,
    )


def _title(own: Facts) -> str:
    name = own.phrases.name
    return (
        own.voice.tr(f"Bassin de vie {own.phrases.of.removeprefix('du bassin de vie ')}", f"Living area of {name}")
        if (own.territory.level == "bassin_de_vie")
        else name
    )


def _identity(own: Facts) -> list[str]:
    tr, territory = own.voice.tr, own.territory
    kind = own.voice.kind(territory.level, territory.kind)
    found = [
        kind[:1].upper() + kind[1:] + (f" {territory.code}" if territory.level in ("commune", "departement") else "")
    ]
    if own.departement is not None:
        found.append(own.departement.name.replace("'", "’"))
    if own.epci is not None:
        found.append(own.epci.name.replace("'", "’"))
    if territory.population is not None:
        found.append(
            own.voice.count(territory.population, tr("habitant", "inhabitant"), tr("habitants", "inhabitants"))
        )
    else:
        found.append(tr("population non disponible", "population not available"))
    if len(own.members) > 1:
        parts = all(one.kind == "arrondissement" for one in own.members)
        noun = ("arrondissement", "arrondissements") if parts else ("commune", "communes")
        found.append(own.voice.count(len(own.members), *noun))
    return found


def _sections(own: Facts, mesh_level: str, plan: action.ActionPlan | None) -> list[Section]:
    found: list[Section | None] = [
        access.essentials(own),
        access.worries(own),
        access.professions(own),
        compare.resources(own),
        access.geography(own),
        compare.comparison(own),
        compare.inside(own),
        zones.section(own),
        prospects.section(own),
        action.fitting(own),
    ]
    if own.territory.level == "departement":
        found += mesh.sections(own, mesh_level, plan)
    elif plan:
        found.append(Section(own.voice.tr("Le plan d'action", "Action plan"), action.plan(own, plan)))
    used = {one.snapshot for name in _USED for one in own.own.get(name, ())}
    used |= {one.snapshot for one in own.france.get("psmt", ())}
    places = ("communes@", "passage@", "geometry@", "bpe_2021@")
    used |= {row["id"] for row in own.desk.snapshots() if row["id"].startswith(places)}
    found.append(closing.missing(own, _without(own, [one for one in found if one is not None])))
    found.append(closing.sources(own.desk, own.voice, used, closing.method(own.voice)))
    return [one for one in found if one is not None]


def _without(own: Facts, told: Sequence[Section]) -> list[tuple[str, str]]:
    """The parts of an état des lieux that this version cannot give yet."""
    tr, found = own.voice.tr, []
    if not own.desk.observatory.has("zones"):
        found.append(
            (
                tr("Zonage", "Zoning"),
                tr(
                    "L'édition ne contient pas de zonage : une version antérieure de Vigie l'a construite.",
                    "The edition holds no zoning: an earlier version of Vigie built it.",
                ),
            )
        )
    if not any(one.title.startswith(tr("Perspectives", "Outlook")) for one in told):
        found.append(
            (
                tr("Perspectives d'ici 2035", "Outlook to 2035"),
                tr(
                    "Les tirages de l'édition portent sur les communes, bassins de vie, intercommunalités, "
                    "départements et régions : voir leurs rapports.",
                    "The edition's draws are of communes, living areas, intercommunalities, départements and régions: "
                    "see their reports.",
                )
                if own.territory.level == PERIMETER
                else tr(
                    "Aucune projection de l'accès aux généralistes n'est donnée pour ce territoire.",
                    "No projection of the access to GPs is given for this territory.",
                ),
            )
        )
    return [
        *found,
        (
            tr("Difficultés signalées par les usagers", "Difficulties told by users"),
            tr(
                "Aucun recueil n'a été importé. La Cour des comptes recommande d'en joindre un à l'état des lieux.",
                "No collection has been imported. The Cour des comptes recommends adding one.",
            ),
        ),
    ]
