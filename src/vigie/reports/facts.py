"""What an état des lieux tells of a territory, gathered once: its figures, its alerts, what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from vigie.editions.figures import before, latest
from vigie.editions.observatory import Alert, Answer, Neighbour, Observation, Territory
from vigie.editions.promises import growth
from vigie.editions.standings import Standing
from vigie.editions.voice import ENGLISH, FRENCH, Voice
from vigie.errors import Lang
from vigie.indicators import Definition
from vigie.reports.desk import Desk, Series
from vigie.reports.model import Cell
from vigie.territories.phrases import Phrases, phrases

if TYPE_CHECKING:
    from vigie.editions.comparing import Group, Strip

PROFESSIONS = ("apl_mg", "apl_infirmiers", "apl_kines", "apl_sages_femmes", "apl_dentistes")
COMPARED = (*PROFESSIONS, "part_pop_apl_mg_inf_2_5", "part_pop_urgences_30", "temps_urgences")
COUNTS = (
    *("nombre_mg", "nombre_infirmiers", "nombre_kines", "nombre_dentistes", "nombre_sages_femmes"),
    *("nombre_pharmacies", "nombre_msp", "nombre_centres_sante", "nombre_urgences"),
)
LEAST_DENSITY = 500
"""People from which on a density is told (ours): one nurse among 50 people is 2,000 for 100,000."""
UNDER_DENSE, VERY_UNDER = 2.5, 2.0  # consultations a year: under-dense, very under-served (methods.md, section 1)


@dataclass(frozen=True)
class Facts:
    """A territory as the sections of its report see it."""

    desk: Desk
    territory: Territory
    voice: Voice

    @property
    def lang(self) -> Lang:
        """The language of the report."""
        return self.voice.lang

    @cached_property
    def phrases(self) -> Phrases:
        """The territory in sentences."""
        return phrases(self.territory.level, self.territory.code, self.territory.name, self.lang)

    @cached_property
    def own(self) -> Series:
        """Its observations by indicator."""
        return self.desk.profile(self.territory)

    @cached_property
    def france(self) -> Series:
        """Those of France."""
        return self.desk.profile(self.desk.france)

    @cached_property
    def departement(self) -> Territory | None:
        """The département of a territory that is not one and does not cover one."""
        own = self.territory
        if own.level in ("departement", "region", "france") or own.departement is None:
            return None
        found = self.desk.cards("departement", [own.departement])
        return found[0] if found and found[0].population != own.population else None

    @cached_property
    def above(self) -> Series:
        """The observations of its département; empty without one."""
        return self.desk.profile(self.departement) if self.departement else {}

    @cached_property
    def members(self) -> list[Territory]:
        """Its places, by name: communes and arrondissements."""
        return self.desk.observatory.members(self.territory)

    @cached_property
    def epci(self) -> Territory | None:
        """The EPCI of a commune."""
        if self.territory.level != "commune":
            return None
        return next(iter(self.desk.parts(self.territory, "epci")), None)

    @cached_property
    def alerts(self) -> list[Alert]:
        """Its alerts, the severest first; none in an edition without alerts."""
        return self.desk.observatory.alerts(self.territory) if self.desk.observatory.has("alerts") else []

    @cached_property
    def answer(self) -> Answer | None:
        """What the alerts add up to."""
        return self.desk.observatory.answer(self.territory) if self.desk.observatory.has("alerts") else None

    @cached_property
    def neighbours(self) -> list[Neighbour]:
        """The territories most alike in structure."""
        return self.desk.observatory.neighbours(self.territory) if self.desk.observatory.has("neighbours") else []

    @cached_property
    def strips(self) -> list[Strip]:
        """Its indicators among those of comparable territories, of the département, the région and France."""
        if self.territory.level == "france" or not self.desk.observatory.has("spreads"):
            return []
        from vigie.editions.comparing import strips  # whose libraries take longer to load than the rest to answer

        asked = [name for name in COMPARED if name in self.desk.indicators]
        found = strips(self.desk.observatory, self.territory, self.neighbours, asked)
        return [replace(one, groups=_distinct(one.groups)) for one in found]

    def definition(self, indicator: str) -> Definition:
        """The definition of an indicator of the edition."""
        return self.desk.indicators[indicator]

    def last(self, indicator: str) -> Observation | None:
        """The last known figure of an indicator, None where there is none."""
        return known(self.own, indicator)

    def earlier(self, one: Observation) -> Observation | None:
        """The known figure of the period before."""
        return before(self.own[one.indicator], one, self.definition(one.indicator))

    def value(self, one: Observation | None) -> str:
        """A figure as text, « non disponible » where there is none."""
        if one is None or one.value is None:
            return self.absent
        return self.voice.value(one.value, self.definition(one.indicator))

    @property
    def absent(self) -> str:
        """What stands where there is no figure."""
        return self.voice.tr("non disponible", "not available")


def facts(desk: Desk, territory: Territory, lang: Lang) -> Facts:
    """The facts of a territory in a language; read as they are asked for."""
    return Facts(desk, territory, FRENCH if lang == "fr" else ENGLISH)


def known(series: Series, indicator: str, period: str | None = None) -> Observation | None:
    """The last known figure of an indicator in a profile, or that of a period; None where there is none."""
    one = latest(series.get(indicator, ()), period)
    return one if one is not None and one.value is not None else None


def kinds(facts: Facts, level: str, territories: Sequence[Territory], many: bool = True) -> str:
    """What territories of a level are: « communes », « arrondissements » for the parts of Paris, Lyon and Marseille."""
    if level == "commune" and territories and all(one.kind == "arrondissement" for one in territories):
        return "arrondissements" if many else "arrondissement"
    return facts.voice.level(level, many=many)


def grown(voice: Voice, one: Standing | None) -> Cell | None:
    """The growth of the last twelve months, where that is all that is published of a target of growth."""
    if one is None or one.latest is not None or one.rule != "yearly_growth" or one.pace is None:
        return None
    return {"text": growth(voice, one.pace), "sub": voice.tr("sur douze mois", "over twelve months")}


def _distinct(groups: Sequence[Group]) -> tuple[Group, ...]:
    """Without the région that is a département too: Mayotte is not told twice."""
    return tuple({(one.name, one.spread.known): one for one in reversed(groups)}.values())[::-1]


def by_size(territories: Sequence[Territory]) -> list[Territory]:
    """The largest first, those of equal population by name."""
    return sorted(territories, key=lambda one: (-(one.population or 0), one.name, one.code))
