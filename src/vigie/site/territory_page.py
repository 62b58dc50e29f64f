"""The page of a territory: where it stands, its figures by theme, its map, its trend, what is missing, where from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions.figures import FAMILIES, Context, Figure, figure, latest
from vigie.editions.observatory import Observation, Territory
from vigie.editions.standings import commands, territory_trends
from vigie.editions.trend_words import outcome
from vigie.indicators import Definition
from vigie.site import (
    act_page,
    brief,
    comparables,
    dispensaries,
    maps,
    prospects,
    provided,
    ruler,
    trend,
    worries,
    zone_standing,
)
from vigie.site.commitments_page import Commitment, commitments
from vigie.site.pledges import Verdict, told_of_territory
from vigie.site.provenance import Source, sources
from vigie.site.room import Room
from vigie.site.sentences import UNDER_DENSE, Facts, standing
from vigie.site.words import Speaker

THEMES = ("acces", "urgences", "offre", "population")
_MAIN_MAP = "apl_mg"
_ABOVE = {
    "commune": ("epci", "bassin_de_vie", "departement", "region", "france"),
    "departement": ("region", "france"),
    "region": ("france",),
    "france": (),
}
_ABOVE_OTHERS = ("departement", "region", "france")


@dataclass(frozen=True)
class Block:
    """A theme and its lines; ``more`` are the many lines of a family, shown on demand."""

    theme: str
    title: str
    figures: tuple[Figure, ...]
    more: tuple[Figure, ...]


@dataclass(frozen=True)
class Gap:
    """A figure that the page does not have, why, and the commands that would bring it."""

    id: str
    title: str
    why: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Dossier:
    """What a page is made from: the card, every observation of it, what holds it, and the places that it lists."""

    territory: Territory
    own: Mapping[str, list[Observation]]
    parents: Sequence[Territory]
    members: Sequence[Territory]


def context(room: Room, speaker: Speaker, territory: Territory) -> dict[str, Any]:
    """What the template of a territory's page shows."""
    members = room.directory.members(territory) if _lists_members(territory) else []
    parents = room.directory.parents(territory)
    return of_dossier(room, speaker, Dossier(territory, room.profile(territory), parents, members))


def of_dossier(room: Room, speaker: Speaker, dossier: Dossier) -> dict[str, Any]:
    """What the template shows of a territory of the edition, or of one gathered for the reader."""
    territory, own, parents, members = dossier.territory, dossier.own, dossier.parents, dossier.members
    departement = _departement(room, territory)
    france = room.profile(room.france)
    local = room.profile(departement) if departement else {}
    facts = Facts(territory, room.indicators, own, departement, local, france)
    blocks = _blocks(room, speaker, territory, own, Context(france, local, room.distributions(territory.level)))
    moves = territory_trends(room.observatory, territory)
    worrying, alike = worries.make(room, speaker, territory), comparables.make(room, speaker, territory)
    told = told_of_territory(room, speaker, territory)
    ten = {one.id for one in commitments(room, speaker)}
    verdicts = {one.target: one.verdict for one in told if one.target in ten}
    return {
        "free": None,
        "territory": territory,
        "kind": speaker.kind(territory.level, territory.kind),
        "parents": [
            one for level in _ABOVE.get(territory.level, _ABOVE_OTHERS) for one in parents if one.level == level
        ],
        "departement": departement,
        "standing": standing(speaker, facts),
        "ruler": ruler.make(speaker, facts),
        "brief": brief.make(speaker, room.indicators, own, moves, worrying, alike, verdicts),
        "trends": {name: speaker.of(outcome(one)) for name, one in moves.items()},
        "worries": worrying,
        "proposals": act_page.proposals(room, speaker, territory),
        "comparables": alike,
        "zonings": zone_standing.make(room, speaker, territory),
        "dispensaries": dispensaries.make(room, speaker, territory),
        "provided": provided.make(room, speaker, territory),
        "blocks": blocks,
        "promises": told,
        "commitments": _local(room, speaker, own, verdicts),
        "map": _map(room, speaker, territory, parents, members),
        "trend": _trend(room, speaker, facts),
        "outlook": prospects.make(room, speaker, territory),
        "members": members,
        "parts": _parts(room, territory),
        "gaps": _gaps(room, speaker, territory, own),
        "sources": _sources(room, speaker, blocks),
    }


def _lists_members(territory: Territory) -> bool:
    """Whether the page names the places: not those of a région or of France, too many to read."""
    return territory.kind == "whole_city" or territory.level not in ("commune", "region", "france")


def _departement(room: Room, territory: Territory) -> Territory | None:
    """The département of a territory that lies in one; None for the département itself and what is above."""
    if territory.level in ("departement", "region", "france") or territory.departement is None:
        return None
    card = room.directory.card("departement", territory.departement)
    same = card is not None and (card.name, card.population) == (territory.name, territory.population)  # Paris
    return None if same else card


def _blocks(
    room: Room, speaker: Speaker, territory: Territory, own: Mapping[str, list[Observation]], against: Context
) -> list[Block]:
    blocks = []
    for theme in THEMES:
        lines: list[Figure] = []
        more: list[Figure] = []
        for definition in room.definitions:
            # A perimeter is of no level that a definition names: it has what could be computed for it.
            expected = territory.level in definition.levels or definition.id in own
            if definition.theme != theme or not expected:
                continue
            line = figure(speaker, definition, own.get(definition.id, []), against)
            if line is not None:
                (more if definition.compute.rule in FAMILIES else lines).append(line)
        if lines or more:
            blocks.append(Block(theme, speaker.theme(theme), tuple(lines), tuple(more)))
    return blocks


def _parts(room: Room, territory: Territory) -> list[tuple[str, list[Territory]]]:
    """The territories of the levels between this one and its communes."""
    levels = {"departement": ("epci",), "region": ("departement", "epci"), "france": ("region", "departement")}
    return [(level, room.directory.parts(territory, level)) for level in levels.get(territory.level, ())]


@dataclass(frozen=True)
class Local:
    """A commitment beside the figure of the territory and its verdict there, where it can be told."""

    commitment: Commitment
    text: str
    period: str
    verdict: Verdict | None


def _local(
    room: Room, speaker: Speaker, own: Mapping[str, list[Observation]], verdicts: Mapping[str, Verdict]
) -> list[Local]:
    found = []
    for one in commitments(room, speaker):
        last = latest(own.get(one.id, ()))
        known = last is not None and last.value is not None
        text = speaker.value(last.value or 0, room.indicators[one.id]) if last is not None and known else ""
        period = speaker.period(last.period) if last is not None and known else ""
        found.append(Local(one, text, period, verdicts.get(one.id)))
    return found


def _map(
    room: Room, speaker: Speaker, territory: Territory, parents: Sequence[Territory], members: Sequence[Territory]
) -> maps.Map | None:
    """The places of the territory, the commune among those of its EPCI; EPCI for a région, départements for France."""
    definition = room.indicators.get(_MAIN_MAP)
    if definition is None:
        return None
    level, whole, shown = "commune", territory, list(members)
    if territory.level == "commune" and not members:
        epci = next((one for one in parents if one.level == "epci"), None)
        whole = epci or next((one for one in parents if one.level == "departement"), territory)
        shown = room.directory.members(whole)
    elif territory.level in ("region", "france"):
        level = "epci" if territory.level == "region" else "departement"
        shown = room.directory.parts(territory, level)
    if len(shown) < 2:
        return None
    known = [when for name, when in room.distributions(level) if name == definition.id]
    if not known:
        return None
    period = max(known)
    name = whole.name
    parts = "arrondissements" if whole.kind == "whole_city" else speaker.level(level, many=True)
    title = speaker.tr(
        f"APL aux médecins généralistes en {period} : {parts}, {name}", f"APL to GPs in {period}: {parts}, {name}"
    )
    codes = [one.code for one in shown]
    here = territory.code if territory.level == "commune" else ""
    return maps.make(room, speaker, maps.Subject(definition, period, level, codes, whole.key, title, here))


def _trend(room: Room, speaker: Speaker, facts: Facts) -> trend.Trend | None:
    definition = room.indicators.get(_MAIN_MAP)
    if definition is None:
        return None
    series = [trend.Series(facts.territory.name, "own", facts.own.get(_MAIN_MAP, []))]
    if facts.departement is not None:
        series.append(trend.Series(facts.departement.name, "local", facts.departements.get(_MAIN_MAP, [])))
    if facts.territory.level != "france":
        series.append(trend.Series("France", "france", facts.france.get(_MAIN_MAP, [])))
    title = speaker.tr("APL aux médecins généralistes par année", "APL to GPs by year")
    return trend.make(speaker, definition, title, series, UNDER_DENSE)


def _gaps(room: Room, speaker: Speaker, territory: Territory, own: Mapping[str, list[Observation]]) -> list[Gap]:
    gaps = []
    for definition in room.indicators.values():
        told = definition.theme == "engagement" or definition.compute.rule in FAMILIES  # in their own tables
        if territory.level not in definition.levels or told:
            continue
        last = latest(own.get(definition.id, ()))
        if last is None or last.value is None:
            brings = commands(room.observatory, definition, territory.level)
            gaps.append(Gap(definition.id, speaker.of(definition.short), _why(speaker, definition, last), brings))
    return gaps


def _why(speaker: Speaker, definition: Definition, last: Observation | None) -> str:
    if last is not None and last.status == "suppressed":
        return speaker.tr(
            "Couvert par le secret statistique : le producteur ne publie pas les petits effectifs.",
            "Suppressed: the producer does not publish small counts.",
        )
    return speaker.of(definition.limits)


def _sources(room: Room, speaker: Speaker, blocks: Sequence[Block]) -> list[Source]:
    used = {line.snapshot for block in blocks for line in (*block.figures, *block.more)}
    return sources(room, speaker, used)
