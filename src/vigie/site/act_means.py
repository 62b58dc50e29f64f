"""« Répartir », « Jumeler », « Budget » : means shared between territories, with what each choice changes.

The state is the address's, in French: ``territoire``, ``levier``, ``total``, ``maille``, ``minutes``, ``budget``…
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from vigie.editions import sharing
from vigie.editions.observatory import Territory
from vigie.editions.scenarios import WARNING
from vigie.errors import VigieError
from vigie.levers.allocation import Allocation
from vigie.levers.definition import levers
from vigie.levers.pairing import Pairing
from vigie.levers.portfolio import Portfolio
from vigie.levers.professions import professions
from vigie.levers.scenario import token
from vigie.site import act_asked, act_map, act_sites, playing, sharings
from vigie.site.choices import Option
from vigie.site.limits import TooLongError
from vigie.site.maps import Entry
from vigie.site.room import Room
from vigie.site.words import Speaker

_ROWS = 60  # territories listed; the file has all
_STEPS = (0.125, 0.25, 0.5, 0.75, 1.0)  # of the largest budget: the points of the frontier
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 300, 66, 16, 22, 40


def _context(
    room: Room,
    speaker: Speaker,
    query: Mapping[str, str],
    path: str,
    form: Callable[[Territory], dict[str, Any]],
    wanted: str,
    answer: Callable[[Territory], dict[str, Any]],
) -> dict[str, Any]:
    """What every such page shows: the form, and the ``answer`` once the ``wanted`` field is given."""
    found, profession = act_asked.place(room, speaker, query), act_asked.profession_of(query)
    own = professions()[profession]
    shown: dict[str, Any] = {
        "place": found,
        "profession": profession,
        "professions": act_asked.professions_at(speaker, path, found.territory, profession) if found.territory else [],
        "limits": [speaker.number(one, 0 if one % 1 == 0 else own.limit_decimals) for one in own.thresholds],
        "supply": speaker.of(own.supply),
        "territory": found.territory,
        "scope": found.scope,
        "tabs": act_asked.tabs(speaker, path, found.territory, profession),
        "told": None,
        "http": 200,
        "fault": found.fault,
        "departements": [] if found.territory else room.directory.of_level("departement"),
    }
    if found.scope is None:
        return shown
    shown |= form(found.scope)
    if not query.get(wanted):
        return shown
    try:
        return shown | answer(found.scope)
    except playing.RefusedScenarioError as refused:
        return shown | {"fault": refused.fault.message(speaker.lang)}
    except VigieError as fault:
        return shown | {"fault": fault.message(speaker.lang)}
    except TooLongError:
        return shown | {"fault": act_sites.too_long(speaker), "http": 503}


def _mesh(query: Mapping[str, str], scope: Territory) -> str:
    known = ("bassin_de_vie", "epci", "departement", "commune")
    return act_asked.choice(query, "maille", known, act_asked.mesh_of(scope))


# The same total under four rules -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleRow:
    """A rule in the table, and the widths (%) of its bar by degree of difficulty."""

    title: str
    text: str
    cells: tuple[str, ...]
    parts: tuple[tuple[str, float, float, str], ...]
    best: bool


def allocation(room: Room, speaker: Speaker, query: Mapping[str, str]) -> dict[str, Any]:
    """What the template of « Répartir » shows."""
    return _context(
        room, speaker, query, "/agir/repartir",
        lambda scope: _allocation_form(speaker, query, scope), "total",
        lambda scope: _allocated(room, speaker, query, scope),
    )  # fmt: skip


def _allocation_form(speaker: Speaker, query: Mapping[str, str], scope: Territory) -> dict[str, Any]:
    known = sharing.shareable(act_asked.profession_of(query))
    chosen = _lever(query)
    own = levers()[chosen]
    presets = [
        Option(f"{one.id}:{name}", f"{speaker.of(one.title)}{speaker.colon}{speaker.of(preset.title)}",
               query.get("variante") == f"{one.id}:{name}")
        for one in known for name, preset in one.presets.items()
    ]  # fmt: skip
    return {
        "levers": [Option(one.id, speaker.of(one.title), one.id == chosen) for one in known],
        "presets": presets,
        "unit": speaker.of(own.amount.unit),
        "priced": own.priced,
        "meshes": act_asked.meshes(speaker, _mesh(query, scope)),
        "given": {"total": query.get("total", "20")[:12]},
    }


def _lever(query: Mapping[str, str]) -> str:
    """The lever to share: the one asked for, else assistants for GPs, an installation for the others."""
    profession = act_asked.profession_of(query)
    known = [one.id for one in sharing.shareable(profession)]
    return act_asked.choice(query, "levier", known, "assistants_medicaux" if profession == "mg" else known[0])


def _allocated(room: Room, speaker: Speaker, query: Mapping[str, str], scope: Territory) -> dict[str, Any]:
    lever, profession = _lever(query), act_asked.profession_of(query)
    owner, _, preset = query.get("variante", "")[:120].partition(":")
    asked = sharings.Allocated(
        lever, act_asked.number(query, "total", 20, 0.5, 1e6), scope.key, _mesh(query, scope),
        preset if owner == lever and preset else None, profession,
    )  # fmt: skip
    found = sharings.allocated(room, asked)
    ground, own = playing.ground(room, profession), professions()[profession]
    table = sharing.share_table(ground, found)
    rows = sorted(table.to_dicts(), key=lambda row: -max(row[rule] for rule in sharing.RULES))
    step = levers()[lever].amount.step
    digits = 0 if step % 1 == 0 else 1
    address = {
        "lever": lever,
        "total": f"{asked.total:g}",
        "territory": asked.territory,
        "mesh": asked.mesh,
        "profession": profession,
    }
    address |= {"preset": asked.preset} if asked.preset else {}
    return {
        "told": found,
        "warning": speaker.of(WARNING),
        "sentences": [speaker.of(one) for one in sharing.share_sentences(found, own)],
        "degrees": [(f"g{k}", speaker.of(one)) for k, one in enumerate(sharing.degree_words(own), start=1)],
        "rules": [_rule(speaker, one, found.allocations, digits) for one in found.allocations],
        "rule_titles": [speaker.of(sharing.RULE_WORDS[one]) for one in sharing.RULES],
        "areas": [
            {
                "name": row["name"],
                "href": speaker.territory(*row["key"].split(":", 1)),
                "apl": "–" if row["apl"] is None else speaker.number(row["apl"], own.decimals),
                "people": speaker.number(row["people"]),
                "units": [speaker.number(row[rule], digits) if row[rule] else "" for rule in sharing.RULES],
            }
            for row in rows[:_ROWS]
            if any(row[rule] for rule in sharing.RULES)
        ],
        "total_areas": table.height,
        "files": _files("/api/v1/allocation", address, ("csv", "geojson", "json")),
        "sheets": _unit_sheets(room, speaker, scope, asked.mesh, rows, digits),
        "hypotheses": _lever_hypotheses(speaker, (lever,), asked.preset),
    }


_RULE_TEXT = {
    "open": ("Au prorata des professionnels en place : ceux qui peuvent demander demandent (hypothèse).",
             "In proportion to the practitioners at work: those who can ask do (hypothesis)."),
    "priority": ("La moitié au guichet, l'autre par département selon ses habitants sous le seuil, puis du "
                 "territoire le plus mal servi au moins mal servi (Cour des comptes 2024, recommandation 3).",
                 "Half at the counter, half by département as people under the threshold are, then from the "
                 "worst-served territory up (Cour des comptes 2024, recommendation 3)."),
    "need": ("Au prorata de l'offre qui manque pour atteindre le seuil.",
             "In proportion to the supply lacking to reach the threshold."),
    "effect": ("Ce qui comble le plus du manque : un optimum prouvé (HiGHS).",
               "What closes most of the lack: a proved optimum (HiGHS)."),
}  # fmt: skip


def _rule(speaker: Speaker, one: Allocation, all_: list[Allocation], digits: int) -> RuleRow:
    total = sum(one.by_degree) or 1.0
    parts, at = [], 0.0
    for k, units in enumerate(one.by_degree, start=1):
        share = 100 * units / total
        parts.append((f"g{k}", at, share, speaker.number(units, digits)))
        at += share
    title = speaker.of(sharing.RULE_WORDS[one.rule])
    return RuleRow(
        title[:1].upper() + title[1:],
        speaker.tr(*_RULE_TEXT[one.rule]),
        (
            speaker.number(one.net[0]),
            speaker.number(one.net[1]),
            speaker.tr(*[f"{speaker.number(100 * one.closed, 1)} %"] * 2),
            f"{speaker.number(one.gini[0], 4)} → {speaker.number(one.gini[1], 4)}",
        ),
        tuple(parts),
        one.net[0] == max(other.net[0] for other in all_),
    )


def _unit_sheets(
    room: Room, speaker: Speaker, scope: Territory, mesh: str, rows: list[dict[str, Any]], digits: int
) -> list[act_map.Sheet]:
    """A small map a rule, all in the same classes: units per territory."""
    codes = sorted(row["key"].partition(":")[2] for row in rows)
    drawn = act_map.drawing(room, scope, mesh, codes) if len(codes) <= act_map.TOO_MANY else None
    if drawn is None:
        return []
    highest = max((row[rule] for row in rows for rule in sharing.RULES), default=0.0) or 1.0
    cuts = [highest * k / 4 for k in (1, 2, 3)]
    styles = ("s1", "s2", "s3", "s4", "s5")
    sheets = []
    for rule in sharing.RULES:
        own = {row["key"].partition(":")[2]: row[rule] for row in rows}
        style = {
            code: styles[0] if not units else styles[1 + sum(units > cut for cut in cuts)]
            for code, units in own.items()
        }
        titles = {
            row["key"].partition(":")[2]: f"{row['name']}{speaker.colon}{speaker.number(row[rule], digits)}"
            for row in rows
        }
        words = [speaker.tr("rien", "nothing")]
        for cut in (*cuts, highest):
            most = speaker.number(cut, digits)
            words.append(speaker.tr(f"jusqu'à {most}", f"up to {most}"))
        legend = tuple(
            Entry(name, text, sum(one == name for one in style.values()))
            for name, text in zip(styles, words, strict=True)
        )
        title = speaker.of(sharing.RULE_WORDS[rule])
        sheets.append(
            act_map.Sheet(
                f"rule-{rule}",
                title[:1].upper() + title[1:],
                drawn.width,
                drawn.height,
                act_map.shapes(drawn, style, titles),
                (),
                (),
                legend,
                "",
            )
        )
    return sheets


def _files(path: str, query: Mapping[str, Any], forms: tuple[str, ...]) -> dict[str, str]:
    return {form: f"{path}?" + urlencode({**query, "format": form}, doseq=True) for form in forms}


def _lever_hypotheses(speaker: Speaker, names: tuple[str, ...], preset: str | None = None) -> list[str]:
    """Every parameter of some levers: its value, its range, who says so."""
    told = []
    for name in names:
        own = levers()[name]
        for one in own.settled(preset, {}).values():
            value, low, high = (act_asked.figure(speaker, each) for each in (one.value, one.low, one.high))
            spread = "" if low == high else speaker.tr(f" (de {low} à {high})", f" ({low} to {high})")
            what = f"{speaker.of(own.title)}, {speaker.of(one.title)}"
            told.append(f"{what}{speaker.colon}{value} {speaker.of(one.unit)}{spread}. {speaker.of(one.source)}")
    return told


# Pairs ---------------------------------------------------------------------------------------------------------------


def pairing(room: Room, speaker: Speaker, query: Mapping[str, str]) -> dict[str, Any]:
    """What the template of « Jumeler » shows."""
    own = professions()[act_asked.profession_of(query)]
    defaults = {"dense": f"{own.dense:g}", "sous": f"{own.thresholds[0]:g}", "minutes": "60", "jours": ""}
    return _context(
        room, speaker, query, "/agir/jumeler",
        lambda _: {
            "meshes": act_asked.meshes(speaker, _pair_mesh(query)),
            "given": {name: query.get(name, default)[:12] for name, default in defaults.items()},
            "most": act_asked.highest_apl(own),
        },
        "minutes",
        lambda scope: _paired(room, speaker, query, scope),
    )  # fmt: skip


def _pair_mesh(query: Mapping[str, str]) -> str:
    return act_asked.choice(query, "maille", ("bassin_de_vie", "epci"), "bassin_de_vie")


def _paired(room: Room, speaker: Speaker, query: Mapping[str, str], scope: Territory) -> dict[str, Any]:
    number = act_asked.number
    days = number(query, "jours", 0.0, 0.0, 1e5)
    profession = act_asked.profession_of(query)
    own = professions()[profession]
    most = act_asked.highest_apl(own)
    asked = sharings.Paired(
        "france:FR", _pair_mesh(query), number(query, "dense", own.dense, 0, most),
        number(query, "sous", own.thresholds[0], 0, most),
        number(query, "minutes", 60, 1, 180), days or None,
        None if scope.level == "france" else scope.key, profession,
    )  # fmt: skip
    found = sharings.paired(room, asked)
    ground = playing.ground(room, profession)
    told = sharing.pair_told(ground, found)
    address: dict[str, Any] = {
        "mesh": asked.mesh, "above": f"{asked.above:g}", "under": f"{asked.under:g}", "within": f"{asked.within:g}",
        "profession": profession,
    }  # fmt: skip
    address |= {"to": asked.to} if asked.to else {}
    address |= {"days": f"{asked.days:g}"} if asked.days else {}
    digits = speaker.number
    return {
        "told": told,
        "warning": speaker.of(WARNING),
        "sentences": [speaker.of(one) for one in sharing.pair_sentences(ground, found)],
        "pairs": [
            {
                "origin": row["origin_name"],
                "origin_href": speaker.territory(*row["origin"].split(":", 1)),
                "destination": row["destination_name"],
                "destination_href": speaker.territory(*row["destination"].split(":", 1)),
                "minutes": digits(row["minutes"]),
                "days": digits(row["days"], 1),
                "supply": digits(row["supply"], 0 if own.scale == 1 else 2),
            }
            for row in told["pairs"][:_ROWS]
        ],
        "ends": [
            (title, [_before_after(speaker, one, own.decimals) for one in told[name][:_ROWS]])
            for name, title in (
                ("destinations", speaker.tr("Qui reçoit : APL moyenne", "Who receives: mean APL")),
                ("origins", speaker.tr("Qui donne : APL moyenne", "Who gives: mean APL")),
            )
        ],
        "files": _files("/api/v1/pairing", address, ("csv", "geojson", "json")),
        "sheet": _pair_sheet(room, speaker, scope, asked.mesh, found),
        "hypotheses": [
            *_lever_hypotheses(speaker, (own.secondary,)),
            f"{speaker.tr('Zones denses', 'Dense zones')}{speaker.colon}{speaker.of(own.dense_source)}",
            speaker.tr("Onze mois travaillés par an (Vigie). Trajet entre les communes les plus peuplées.",
                       "Eleven months worked a year (Vigie). Travel between the most peopled communes."),
        ],
    }  # fmt: skip


def _before_after(speaker: Speaker, one: Mapping[str, Any], decimals: int) -> tuple[str, str, str]:
    return one["name"], speaker.number(one["before"], decimals), speaker.number(one["after"], decimals)


def _pair_sheet(room: Room, speaker: Speaker, scope: Territory, mesh: str, found: Pairing) -> act_map.Sheet | None:
    """The territories around, those that give and receive, and a line a pair, as wide as its days."""
    if not found.pairs:
        return None
    gives = {_code(one.key) for one, _, _ in found.origins}
    gets = {_code(one.key) for one, _, _ in found.destinations}
    near = {one.code for one in room.directory.parts(scope, mesh)} if scope.level != "france" else set()
    codes = sorted(gives | gets | near | _around(room, mesh, gives | gets, scope))
    drawn = act_map.framed(room, mesh, codes, sorted(gives | gets | near))
    if drawn is None:
        return None
    middles = act_map.centres(drawn)
    most = max(one.days for one in found.pairs)
    lines = tuple(
        act_map.Line(
            *middles[_code(one.origin.key)], *middles[_code(one.destination.key)], round(2 + 7 * one.days / most, 1),
            f"{one.origin.name} → {one.destination.name}{speaker.colon}{speaker.number(one.days, 1)}",
        )
        for one in found.pairs
        if _code(one.origin.key) in middles and _code(one.destination.key) in middles
    )  # fmt: skip
    styles = {each: "d6" if each in gives else "d1" if each in gets else "s1" for each in codes}
    titles = {each: room.directory.name(mesh, each, each) for each in codes}
    legend = (
        Entry("d6", speaker.tr("donne des jours", "gives days"), len(gives)),
        Entry("d1", speaker.tr("en reçoit", "receives them"), len(gets)),
        Entry("s1", speaker.tr("voisin, ni l'un ni l'autre", "neighbour, neither"), len(codes) - len(gives | gets)),
    )
    title = speaker.tr("Qui donne, qui reçoit", "Who gives, who receives")
    note = speaker.tr("Un trait est d'autant plus large qu'il y a de jours.", "The more days, the wider the line.")
    return act_map.Sheet("pairs", title, drawn.width, drawn.height, act_map.shapes(drawn, styles, titles), (), lines,
                         legend, note)  # fmt: skip


def _code(key: str) -> str:
    return key.partition(":")[2]


def _around(room: Room, mesh: str, own: set[str], scope: Territory) -> set[str]:
    """The territories of the départements of those paired, so that the map shows a country and not islands."""
    if scope.level in ("region", "france"):
        return set()
    cards = [card for each in own if (card := room.directory.card(mesh, each)) is not None]
    departements = {card.departement for card in cards if card.departement} | {scope.departement or scope.code}
    return {card.code for card in room.directory.of_level(mesh) if card.departement in departements}


# A budget ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A budget on the frontier."""

    x: float
    y: float
    bound_y: float | None
    label: str


@dataclass(frozen=True)
class Frontier:
    """The chart of what each budget allows, ready for its template."""

    width: int
    height: int
    left: int
    right: int
    line: str
    band: str
    points: tuple[Point, ...]
    budgets: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]


def budget(room: Room, speaker: Speaker, query: Mapping[str, str], chosen: list[str]) -> dict[str, Any]:
    """What the template of « Budget » shows; ``chosen`` are the levers ticked."""
    profession = act_asked.profession_of(query)
    known = {one.id: one for one in sharing.shareable(profession)}
    picked = [one for one in chosen if one in known] or list(sharing.default(profession))
    return _context(
        room, speaker, query, "/agir/budget",
        lambda scope: {
            "levers": [Option(one.id, speaker.of(one.title), one.id in picked) for one in known.values()],
            "meshes": act_asked.meshes(speaker, _mesh(query, scope)),
            "given": {"budget": query.get("budget", "1000000")[:14]},
            "priced": any(one.priced for one in known.values()),
        },
        "budget",
        lambda scope: _mixed(room, speaker, query, scope, tuple(picked)),
    )  # fmt: skip


def _mixed(
    room: Room, speaker: Speaker, query: Mapping[str, str], scope: Territory, picked: tuple[str, ...]
) -> dict[str, Any]:
    most = act_asked.number(query, "budget", 1e6, 1_000, 1e9)
    asked = sharings.Budgeted(
        tuple(round(most * share) for share in _STEPS),
        scope.key,
        picked,
        _mesh(query, scope),
        act_asked.profession_of(query),
    )
    found = sharings.mixed(room, asked)
    last = found.plans[-1]
    table = sharing.mix_table(found, last).sort("euros", descending=True)
    scenario = sharing.mix_scenario(found, last)
    address = {
        "territory": asked.territory,
        "budget": asked.budgets,
        "lever": picked,
        "mesh": asked.mesh,
        "profession": asked.profession,
    }
    lang, number = speaker.lang, speaker.number
    return {
        "told": found,
        "warning": speaker.of(WARNING),
        "sentences": [speaker.of(one) for one in sharing.mix_sentences(found, professions()[asked.profession])],
        "frontier": _frontier(speaker, found.plans),
        "budget_rows": [_budget_row(speaker, plan) for plan in found.plans],
        "mix": [
            {
                "lever": row[f"title_{lang}"],
                "name": row["name"],
                "href": speaker.territory(*row["key"].split(":", 1)),
                "amount": f"{number(row['units'], 0 if row['units'] % 1 == 0 else 1)} {row[f'unit_{lang}']}",
                "euros": number(row["euros"]),
            }
            for row in table.head(_ROWS).to_dicts()
        ],
        "left": max(table.height - _ROWS, 0),
        "files": _files("/api/v1/portfolio", address, ("csv", "json")),
        "scenario": "" if scenario is None else speaker.url("/agir/comparer", {"s": token(scenario)}),
        "hypotheses": _lever_hypotheses(speaker, picked),
    }


def _budget_row(speaker: Speaker, plan: Portfolio) -> tuple[str, ...]:
    number = speaker.number
    bound = "–" if plan.bound is None else number(plan.bound)
    proved = speaker.tr("prouvé", "proved") if plan.proved else bound
    each = "–" if plan.people < 1 else number(plan.cost / plan.people)
    return number(plan.budget), number(plan.cost), number(plan.people), proved, each


def _frontier(speaker: Speaker, plans: list[Portfolio]) -> Frontier | None:
    highest = max(max(plan.people, plan.bound or 0.0) for plan in plans)
    if highest <= 0:
        return None
    most = max(plan.budget for plan in plans)

    def x(value: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * value / most, 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / (1.05 * highest), 1)

    step = _round_step(highest / 4)
    levels = [k * step for k in range(int(1.05 * highest / step) + 1)]
    known = [plan for plan in plans if plan.bound is not None]
    upper = [(x(0), y(0)), *((x(plan.budget), y(max(plan.bound or 0.0, plan.people))) for plan in known)]
    lower = [(x(0), y(0)), *((x(plan.budget), y(plan.people)) for plan in plans)]
    return Frontier(
        _WIDTH, _HEIGHT, _LEFT, _WIDTH - _RIGHT,
        " ".join(f"{a},{b}" for a, b in lower),
        " ".join(f"{a},{b}" for a, b in [*upper, *reversed(lower)]),
        tuple(
            Point(x(plan.budget), y(plan.people), None if plan.bound is None else y(max(plan.bound, plan.people)),
                  speaker.number(plan.people))
            for plan in plans
        ),
        tuple((x(plan.budget), _short(speaker, plan.budget)) for plan in plans),
        tuple((y(level), speaker.number(level)) for level in levels),
    )  # fmt: skip


def _round_step(value: float) -> float:
    """The step of an axis: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 1.0
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value)


def _short(speaker: Speaker, euros: float) -> str:
    if euros >= 1e6:
        millions = speaker.number(euros / 1e6, 0 if euros % 1e6 == 0 else 2 if euros % 1e5 else 1)
        return speaker.tr(f"{millions}\u00a0M€", f"€{millions}M")
    return speaker.tr(f"{speaker.number(euros / 1e3)}\u00a0k€", f"€{speaker.number(euros / 1e3)}k")
