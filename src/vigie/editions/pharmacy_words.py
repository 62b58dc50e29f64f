"""The pharmacies of a commune as the edition knows them, and in sentences: for the screen, the page and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vigie.editions.observatory import Asked, Observatory
from vigie.errors import Lang
from vigie.language import NBSP, NNBSP, Text, number, plural
from vigie.zoning.pharmacies import Rule

SITUATIONS = {
    "room": Text("une ouverture possible sous le quota", "room for one more under the quota"),
    "full": Text("quota atteint", "quota reached"),
    "over": Text("au-dessus du quota", "above the quota"),
    "below_with": Text("sous le premier seuil, avec pharmacie", "below the first threshold, with a pharmacy"),
    "below_without": Text("sous le premier seuil, sans pharmacie", "below the first threshold, without a pharmacy"),
    "unknown": Text("données non disponibles", "data not available"),
}
STATUSES = {"official": Text("Texte officiel", "Official text"), "ours": Text("Hypothèse de Vigie", "Vigie's own")}
_GROUP = "anchor, rank, communes, members, people, threshold, quota"


@dataclass(frozen=True)
class Group:
    """Contiguous communes that reach the threshold together: see ``vigie.editions.pharmacies.GROUPS``."""

    anchor: str
    rank: int
    communes: int
    members: tuple[str, ...]
    people: int
    threshold: int
    quota: int


@dataclass(frozen=True)
class Commune:
    """What ``vigie.editions.pharmacies.SCHEMA`` says of a commune, its name, and the groups that it carries.

    ``member_of``: the anchors of the groups kept in the edition that it belongs to without carrying them.
    """

    code: str
    name: str
    departement: str
    region: str
    population: int | None
    first: int
    further: int
    quota: int | None
    to_next: int | None
    present: int | None
    present_status: str | None
    period: str | None
    snapshot: str | None
    situation: str
    last: bool | None
    without_10: float | None
    without_20: float | None
    served: float | None
    reopening: bool | None
    next_code: str | None
    next_minutes: float | None
    anchor: bool
    groups: int | None
    group_communes: int | None
    component_communes: int | None
    component_people: int | None
    kept: tuple[Group, ...] = ()
    member_of: tuple[str, ...] = ()


_FIELDS = [name for name in Commune.__dataclass_fields__ if name not in ("name", "kept", "member_of")]
_KNOWN = f"""SELECT {", ".join(f"p.{name}" for name in _FIELDS).replace("p.code", "p.code AS place", 1)}, t.name
    FROM pharmacies p JOIN territories t ON t.level = 'commune' AND t.code = p.code"""
OF_TERRITORY = Asked(
    "pharmacies",
    ", ".join(["place", *_FIELDS[1:], "name"]),
    f"""(SELECT 'commune' AS level, place AS code, * FROM ({_KNOWN})
    UNION ALL SELECT 'departement' AS level, departement AS code, * FROM ({_KNOWN}))""",
    "place",
)
"""What is asked of a commune, or of the communes of a département."""


def read(observatory: Observatory, where: str = "TRUE", given: Sequence[object] = ()) -> list[Commune]:
    """The communes of an edition that an SQL condition on ``p`` (the table ``pharmacies``) keeps, by code.

    Raises StorageError for an edition built without that table.
    """
    observatory.need("pharmacies")
    columns = ", ".join(f"p.{name}" for name in _FIELDS)
    rows = observatory.rows(
        f"""SELECT {columns}, t.name FROM pharmacies p JOIN territories t ON t.level = 'commune' AND t.code = p.code
        WHERE {where} ORDER BY p.code""",
        given,
    )
    return _communes(observatory, rows)


def of_territory(observatory: Observatory, level: str, code: str) -> list[Commune]:
    """A commune, or those of a département by code; none for a territory of another level."""
    return _communes(observatory, observatory.own(OF_TERRITORY, level, code))


def _communes(observatory: Observatory, rows: Sequence[tuple[Any, ...]]) -> list[Commune]:
    groups = observatory.once("pharmacy groups", lambda: groups_by_anchor(observatory))
    joined = observatory.once("pharmacy anchors", lambda: _anchors(groups))
    found = [dict(zip([*_FIELDS, "name"], row, strict=True)) for row in rows]
    return [
        Commune(**one, kept=groups.get(one["code"], ()), member_of=tuple(joined.get(one["code"], ()))) for one in found
    ]


def _anchors(groups: Mapping[str, tuple[Group, ...]]) -> dict[str, list[str]]:
    """By commune, the anchors of the groups that it is in without carrying them."""
    joined: dict[str, list[str]] = {}
    for anchor, kept in groups.items():
        for code in dict.fromkeys(code for group in kept for code in group.members[1:]):
            joined.setdefault(code, []).append(anchor)
    return joined


def groups_by_anchor(observatory: Observatory) -> dict[str, tuple[Group, ...]]:
    """The groups kept in the edition, by the commune that carries them, the most populous first."""
    found: dict[str, tuple[Group, ...]] = {}
    for row in observatory.rows(f"SELECT {_GROUP} FROM pharmacy_groups ORDER BY anchor, rank"):
        anchor, rank, communes, members, people, threshold, quota = row
        group = Group(anchor, rank, communes, tuple(members.split()), people, threshold, quota)
        found[group.anchor] = (*found.get(group.anchor, ()), group)
    return found


def commune_names(observatory: Observatory) -> dict[str, str]:
    """The names of the communes and arrondissements, by code."""
    return dict(observatory.rows("SELECT code, name FROM territories WHERE level = 'commune'"))


def summary(observatory: Observatory, level: str) -> list[dict[str, Any]]:
    """By territory of ``level`` (region, departement or france): communes by situation, last pharmacies and people.

    ``without_10`` and ``without_20`` add up people who would each lose the one pharmacy nearest to them: nobody is
    counted twice.
    """
    observatory.need("pharmacies")
    key = {"region": "p.region", "departement": "p.departement", "france": "'FR'"}[level]
    situations = ", ".join(f"count(*) FILTER (situation = '{name}') AS {name}" for name in SITUATIONS)
    names = ["code", "name", "communes", *SITUATIONS, "present", "last", "without_10", "without_20", "anchors"]
    sql = f"""SELECT t.code, t.name, p.* FROM (SELECT {key} AS code, count(*) AS communes, {situations},
            sum(present) AS present, count(*) FILTER (last) AS last, sum(without_10) AS without_10,
            sum(without_20) AS without_20, count(*) FILTER (groups > 0) AS anchors FROM pharmacies p GROUP BY ALL) p
        JOIN territories t ON t.level = ? AND t.code = p.code ORDER BY t.code"""
    rows = [(row[0], row[1], *row[3:]) for row in observatory.rows(sql, [level])]
    return [dict(zip(names, row, strict=True)) for row in rows]


# Sentences ------------------------------------------------------------------------------------------------------------


def sentences(one: Commune, rule: Rule, names: Mapping[str, str]) -> list[Text]:
    """What the quota allows, what is there, what closing would do and what may be grouped; ``names`` of communes."""
    both = zip(_sentences(one, rule, names, "fr"), _sentences(one, rule, names, "en"), strict=True)
    return [Text(fr, en) for fr, en in both]


def _sentences(one: Commune, rule: Rule, names: Mapping[str, str], lang: Lang) -> list[str]:
    said = [_quota(one, lang), _present(one, lang)]
    if one.last and one.without_10 is not None:
        said += [_closing(one, rule, names, lang), *_reopening(one, rule, lang)]
    elif one.present == 0:
        said.append(_nearest(one, rule, names, lang))
    if one.anchor:
        said.append(_grouping(one, rule, names, lang))
    if one.member_of:
        said.append(_member(one, names, lang))
    return said


def _quota(one: Commune, lang: Lang) -> str:
    if one.population is None or one.quota is None or one.to_next is None:
        return Text(
            f"Quota{NNBSP}: données non disponibles, l'édition n'a pas la population de cette commune.",
            "Quota: data not available, the edition does not have the population of this commune.",
        ).of(lang)
    first, further = number(one.first, lang), number(one.further, lang)
    people, more = _inhabitants(one.population, lang), number(one.to_next, lang)
    if one.quota == 0:
        return Text(
            f"Quota{NNBSP}: aucune ouverture sous {first}{NBSP}habitants{NNBSP}; la commune a {people}, il en manque "
            f"{more}.",
            f"Quota: no opening below {first} inhabitants; the commune has {people}, {more} short.",
        ).of(lang)
    count = _pharmacies(one.quota, lang)
    return Text(
        f"Quota{NNBSP}: {count} pour {people} (une à partir de {first}, puis une par tranche entière de {further}"
        f"{NNBSP}; {more} de plus en permettraient une autre).",
        f"Quota: {count} for {people} (one from {first} on, then one for each full {further}; {more} more would allow "
        "another).",
    ).of(lang)


def _present(one: Commune, lang: Lang) -> str:
    if one.present is None:
        return Text(
            f"Pharmacies présentes{NNBSP}: données non disponibles, la BPE {one.period or ''} précède la création "
            "de cette commune.",
            f"Pharmacies there: data not available, the BPE {one.period or ''} is older than this commune.",
        ).of(lang)
    estimated = Text(", estimé", ", estimated").of(lang) if one.present_status == "estimated" else ""
    when = f"BPE {one.period}{estimated}"
    count = Text("Aucune pharmacie", "No pharmacy").of(lang) if one.present == 0 else _pharmacies(one.present, lang)
    return f"{count} ({when}){_than_quota(one, lang)}."


def _than_quota(one: Commune, lang: Lang) -> str:
    gap = (one.present or 0) - (one.quota or 0)
    if one.situation == "room":
        return Text(
            f"{NNBSP}: le quota permet {_openings(-gap, 'fr')}, par transfert ou regroupement",
            f": the quota allows {_openings(-gap, 'en')}, by transfer or grouping",
        ).of(lang)
    if one.situation == "over":
        return Text(
            f"{NNBSP}: {gap} de plus que le quota, qui ne ferme rien mais n'autorise aucune ouverture",
            f": {gap} more than the quota, which closes none but allows no opening",
        ).of(lang)
    if one.situation == "full":
        return Text(f"{NNBSP}: le quota est atteint", ": the quota is reached").of(lang)
    if one.situation == "below_with":
        return Text(
            f"{NNBSP}: la commune est sous le premier seuil, aucune ouverture n'y serait autorisée aujourd'hui",
            ": the commune is below the first threshold, no opening would be allowed there today",
        ).of(lang)
    return ""


def _closing(one: Commune, rule: Rule, names: Mapping[str, str], lang: Lang) -> str:
    ten, twenty = (_people(value or 0, lang) for value in (one.without_10, one.without_20))
    near, far = (f"{threshold:g}{NBSP}min" for threshold in rule.travel.thresholds[:2])
    return Text(
        f"C'est la dernière de la commune. Si elle fermait, {ten} n'en auraient plus à moins de {near} et {twenty} à "
        f"moins de {far}{NNBSP}; pour la commune, {_next(one, rule, names, 'fr')}.",
        f"It is the last of the commune. Were it to close, {ten} would have none within {near} any more and {twenty} "
        f"none within {far}; for the commune, {_next(one, rule, names, 'en')}.",
    ).of(lang)


def _reopening(one: Commune, rule: Rule, lang: Lang) -> list[str]:
    if one.reopening is None:
        return []
    served, least = _people(one.served or 0, lang), number(rule.reopening.served, lang)
    if one.reopening:
        return [
            Text(
                f"Elle est la plus proche pour {served}, au moins {least}{NNBSP}: une autre pourrait la remplacer, si "
                "l'on compte ainsi la population qu'elle dessert.",
                f"It is the nearest for {served}, at least {least}: another could replace it, if the people that it "
                "serves are counted so.",
            ).of(lang)
        ]
    return [
        Text(
            f"Elle est la plus proche pour {served}, moins de {least}{NNBSP}: après elle, aucune ouverture ne serait "
            "autorisée dans la commune, si l'on compte ainsi la population qu'elle dessert.",
            f"It is the nearest for {served}, fewer than {least}: after it no opening would be allowed in the commune, "
            "if the people that it serves are counted so.",
        ).of(lang)
    ]


def _nearest(one: Commune, rule: Rule, names: Mapping[str, str], lang: Lang) -> str:
    said = _next(one, rule, names, lang)
    return f"{said[:1].upper()}{said[1:]}."


def _next(one: Commune, rule: Rule, names: Mapping[str, str], lang: Lang) -> str:
    if one.next_code is None or one.next_minutes is None:
        limit = f"{rule.travel.limit:g}{NBSP}min"
        return Text(f"aucune autre à moins de {limit}", f"no other within {limit}").of(lang)
    where, minutes = names.get(one.next_code, one.next_code), f"{number(one.next_minutes, lang)}{NBSP}min"
    return Text(
        f"la plus proche ailleurs est à {minutes} ({where})", f"the nearest elsewhere is {minutes} away ({where})"
    ).of(lang)


def _grouping(one: Commune, rule: Rule, names: Mapping[str, str], lang: Lang) -> str:
    needed, anchor = number(one.first, lang), number(rule.grouping.anchor, lang)
    start = Text(
        f"Territoire fragile (L.{NBSP}5125-6-1){NNBSP}: sans pharmacie, d'au moins {anchor}{NBSP}habitants",
        f"Fragile territory (L. 5125-6-1): without a pharmacy, of at least {anchor} inhabitants",
    ).of(lang)
    joined = (one.component_communes or 1) - 1
    if not one.groups:
        people = _inhabitants(one.component_people or 0, lang)
        return Text(
            f"{start}, elle n'atteint {needed} avec aucun groupe{NNBSP}: "
            + ("aucune commune sans pharmacie ne la touche" if joined == 0 else f"elle et les communes sans pharmacie "
               f"qui la joignent ne font que {people}") + ".",
            f"{start}, it reaches {needed} with no group: "
            + ("no commune without a pharmacy touches it" if joined == 0 else f"it and the communes without a pharmacy "
               f"that join it have only {people}") + ".",
        ).of(lang)  # fmt: skip
    best, more = one.kept[0], (one.group_communes or 1) - 1
    with_them = _listed([names.get(code, code) for code in best.members[1:]], lang)
    count = number(one.groups, lang)
    fr = f"{count}{NBSP}{plural(one.groups, 'groupe possible', 'groupes possibles', 'fr')}"
    en = f"{count} {plural(one.groups, 'possible group', 'possible groups', 'en')}"
    near = f"{more}{NBSP}{plural(more, 'commune contiguë', 'communes contiguës', 'fr')}"
    return Text(
        f"{start}, elle atteint {needed} avec {near} sans pharmacie, pas moins{NNBSP}: {fr}, le plus peuplé avec "
        f"{with_them} ({_inhabitants(best.people, 'fr')}). L'ARS doit d'abord avoir délimité le territoire "
        f"(L.{NBSP}5125-6).",
        f"{start}, it reaches {needed} with {more} contiguous {plural(more, 'commune', 'communes', 'en')} without a "
        f"pharmacy, no fewer: {en}, the most populous with {with_them} ({_inhabitants(best.people, 'en')}). The ARS "
        "must first have set out the territory (L. 5125-6).",
    ).of(lang)


def _member(one: Commune, names: Mapping[str, str], lang: Lang) -> str:
    listed = _listed([names.get(code, code) for code in one.member_of], lang)
    return Text(
        f"Elle peut compter dans un territoire fragile porté par {listed}.",
        f"It may count in a fragile territory carried by {listed}.",
    ).of(lang)


def _listed(names: Sequence[str], lang: Lang) -> str:
    last = Text(" et ", " and ").of(lang)
    return last.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def _pharmacies(count: int, lang: Lang) -> str:
    return f"{number(count, lang)}{NBSP}" + Text(
        plural(count, "pharmacie", "pharmacies", "fr"), plural(count, "pharmacy", "pharmacies", "en")
    ).of(lang)


def _openings(count: int, lang: Lang) -> str:
    return f"{number(count, lang)}{NBSP}" + Text(
        plural(count, "ouverture", "ouvertures", "fr"), plural(count, "opening", "openings", "en")
    ).of(lang)


def _inhabitants(count: int, lang: Lang) -> str:
    return f"{number(count, lang)}{NBSP}" + Text(
        plural(count, "habitant", "habitants", "fr"), plural(count, "inhabitant", "inhabitants", "en")
    ).of(lang)


def _people(count: float, lang: Lang) -> str:
    return f"{number(count, lang)}{NBSP}" + Text(
        plural(count, "personne", "personnes", "fr"), plural(count, "person", "people", "en")
    ).of(lang)
