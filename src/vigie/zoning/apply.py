"""A rule applied: the class of every zone of France, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vigie.errors import InputError, UnknownNameError, Where
from vigie.indicators.definition import Words
from vigie.zoning.classes import (
    UNKNOWN,
    Bools,
    Classed,
    Figures,
    Floats,
    Integers,
    Valued,
    classify,
    classify_within,
    summed,
    zone_values,
)
from vigie.zoning.field import Field
from vigie.zoning.meshes import Mesh
from vigie.zoning.rules import Class, Condition, Rule


@dataclass(frozen=True)
class Zoning:
    """A rule applied to a period on a mesh. Arrays follow the zones of ``mesh``.

    ``position`` is each zone's class in ``rule.classes`` (``UNKNOWN`` without a value), choices included; ``classed``
    what the rule itself says, by position in ``rule.cut``. ``people`` are those who fill the shares.
    """

    rule: Rule
    period: str
    mesh: Mesh
    valued: Valued
    people: Floats
    met: dict[int, Bools]
    classed: Classed
    position: Integers

    @property
    def stands_in(self) -> bool:
        """Whether the mesh is not the one that the text names."""
        return self.mesh.id != self.rule.mesh

    def holds(self, *roles: str) -> Bools:
        """The zones whose class has one of these roles."""
        wanted = [place for place, one in enumerate(self.rule.classes) if one.role in roles]
        found: Bools = np.isin(self.position, wanted)
        return found


def periods(rule: Rule, field: Field) -> list[str]:
    """The periods that the rule can be applied to, in order; empty where its indicator or shares are not at hand."""
    if rule.indicator is None or (rule.shares_by == "region" and not rule.regions):
        return []
    known = field.periods(rule.indicator)
    return [period for period in known if not rule.periods or period in rule.periods]


def mesh_of(rule: Rule, field: Field) -> Mesh:
    """The mesh of a rule, or the one that stands in for it. Raises as :func:`vigie.zoning.meshes.mesh`."""
    if rule.instead is not None and not field.has_mesh(rule.mesh):
        return field.mesh(rule.instead)
    return field.mesh(rule.mesh)


def with_stand_ins(known: Mapping[str, Rule], field: Field) -> dict[str, Rule]:
    """The rules, each whose own mesh is at hand followed by the same on the mesh that stood in for it.

    What the stand-in changed is then a comparison of two rules like any other: ``medecins_2021`` and
    ``medecins_2021_sans_tvs``.
    """
    found: dict[str, Rule] = {}
    for name, rule in known.items():
        found[name] = rule
        if rule.instead is None or not field.has_mesh(rule.mesh):
            continue
        other = f"{name}_sans_{rule.mesh}"
        title = Words(fr=f"{rule.title.fr}, maille de remplacement", en=f"{rule.title.en}, stand-in mesh")
        same = {"id": other, "title": title, "status": "ours", "mesh": rule.instead, "instead": None}
        found[other] = rule.model_copy(update=same)
    return found


def apply(rule: Rule, field: Field, period: str | None = None, mesh: Mesh | None = None) -> Zoning:
    """The zoning of ``rule`` in ``period`` (the last at hand by default).

    Raises UnknownNameError where the indicator of the rule is not at hand, or not for that period.
    """
    known = periods(rule, field)
    if not known:
        raise _not_at_hand(rule)
    chosen = period or known[-1]
    if chosen not in known:
        raise UnknownNameError(
            f"la règle {rule.id} n'a pas de chiffres pour {chosen} ; périodes : {', '.join(known)}.",
            f"the rule {rule.id} has no figures for {chosen}; periods: {', '.join(known)}.",
        )
    assert rule.indicator is not None
    where = mesh or mesh_of(rule, field)
    figures = field.figures[rule.indicator, chosen]
    if where is not field.mesh(where.id):
        return apply_to(rule, field, figures, chosen, where)
    key = ("values", rule.indicator, chosen, where.id, rule.weight)
    valued = field.once(key, lambda: _valued(rule, field, figures, where))
    return _classed(rule, field, figures, valued, chosen, where)


def apply_to(rule: Rule, field: Field, figures: Figures, period: str, mesh: Mesh) -> Zoning:
    """The zoning of ``rule`` on any figures of one column: those of the rule, or a variant of them."""
    return _classed(rule, field, figures, _valued(rule, field, figures, mesh), period, mesh)


def _valued(rule: Rule, field: Field, figures: Figures, mesh: Mesh) -> Valued:
    weights = figures.weights if rule.weight == "standardised" else field.residents
    return zone_values(Figures(figures.values, weights), mesh.index, mesh.size, field.residents)


def _classed(rule: Rule, field: Field, figures: Figures, valued: Valued, period: str, mesh: Mesh) -> Zoning:
    residents = field.residents
    if rule.people == "standardised":
        people = summed(figures.weights, mesh.index, mesh.size)
    else:
        people = summed(residents, mesh.index, mesh.size)
    met = conditions(rule, field, period, mesh)
    classed = cut(rule, mesh, valued.value, people, met)
    return Zoning(rule, period, mesh, valued, people, met, classed, _among_all(rule, classed.position))


def reclassify(rule: Rule, zoning: Zoning) -> Zoning:
    """The zones of ``zoning`` under the cuts of another rule on the same indicator and mesh: what a slider asks."""
    classed = cut(rule, zoning.mesh, zoning.valued.value, zoning.people, zoning.met)
    return Zoning(rule, zoning.period, zoning.mesh, zoning.valued, zoning.people, zoning.met, classed,
                  _among_all(rule, classed.position))  # fmt: skip


def cut(rule: Rule, mesh: Mesh, value: Floats, people: Floats, met: Mapping[int, Bools]) -> Classed:
    """The classes that the rule gives to values of the zones of ``mesh``: of all France, or région by région."""
    if rule.shares_by == "france":
        return classify(rule.cut, value, people, met)
    groups = {region: rule.in_region(region) for region in rule.regions}
    return classify_within(groups, mesh.zones["region"].to_numpy().astype(np.str_), value, people, met)


def _among_all(rule: Rule, position: Integers) -> Integers:
    """From a position in ``rule.cut`` to one in ``rule.classes``."""
    places = np.array([rule.classes.index(one) for one in rule.cut] + [UNKNOWN])
    found: Integers = places[position]
    return found


def conditions(rule: Rule, field: Field, period: str, mesh: Mesh) -> dict[int, Bools]:
    """For each class of ``rule.cut`` with conditions, the zones that meet them all."""
    found = {}
    for place, one in enumerate(rule.cut):
        if one.conditions:
            found[place] = np.logical_and.reduce([_meets(one, what, field, period, mesh) for what in one.conditions])
    return found


def _meets(of: Class, what: Condition, field: Field, period: str, mesh: Mesh) -> Bools:
    residents = field.residents
    if what.indicator is None:
        return _under_alerts(what, field, residents, mesh)
    figures = field.last(what.indicator, period)
    if figures is None:
        raise InputError(
            f"la condition de la classe « {of.id} » porte sur un indicateur qui n'est pas à disposition par commune.",
            f"the condition of class “{of.id}” is on an indicator that is not at hand by commune.",
            where=Where(column="conditions", value=what.indicator),
        )
    weights = np.where(np.nan_to_num(figures.weights) > 0, figures.weights, residents)
    value = zone_values(Figures(figures.values, weights), mesh.index, mesh.size, residents).value
    low = -np.inf if what.at_least is None else what.at_least
    high = np.inf if what.at_most is None else what.at_most
    return np.asarray((value >= low) & (value <= high))


def _under_alerts(what: Condition, field: Field, residents: Floats, mesh: Mesh) -> Bools:
    if field.alerts is None:
        raise InputError(
            "la règle demande des alertes, et cette édition n'en a pas.",
            "the rule asks for alerts, and this edition has none.",
            where=Where(column="conditions", value="alerts"),
        )
    under = np.nan_to_num(field.alerts) >= (what.alerts or 1)
    people, concerned = (summed(one, mesh.index, mesh.size) for one in (residents, residents * under))
    share = np.divide(100 * concerned, people, out=np.zeros(mesh.size), where=people > 0)
    return np.asarray(share >= what.people_share)


def at_places(zoning: Zoning) -> NDArray[np.int64]:
    """The class of each place: that of its zone."""
    found: NDArray[np.int64] = zoning.position[zoning.mesh.index]
    return found


def _not_at_hand(rule: Rule) -> UnknownNameError:
    if rule.missing is not None:
        return UnknownNameError(rule.missing.fr, rule.missing.en)
    asked = ", ".join(rule.periods)
    return UnknownNameError(
        f"données non disponibles : {rule.indicator} n'est pas à disposition par commune ({asked or '—'}).",
        f"data not available: {rule.indicator} is not at hand by commune ({asked or '—'}).",
        remedy_fr="Téléchargez la source de l'indicateur (vigie sources) puis vigie build.",
        remedy_en="Download the source of the indicator (vigie sources), then vigie build.",
    )
