"""How zoning is said in French and English: classes, reasons, what would change them, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vigie.errors import Lang
from vigie.indicators import Definition
from vigie.language import NNBSP, Text, number, percent, plural
from vigie.zoning.rules import Rule, professions

if TYPE_CHECKING:
    import polars as pl

STATUSES = {
    "in_force": Text("en vigueur", "in force"),
    "past": Text("passée", "past"),
    "proposed": Text("proposée", "proposed"),
    "ours": Text("variante de Vigie", "Vigie's variant"),
}
ROLES = {
    "priority": Text("prioritaire", "priority"),
    "aided": Text("aidée", "aided"),
    "undecided": Text("au choix de l'ARS", "left to the ARS"),
    "none": Text("sans aide liée à la zone", "no aid tied to the zone"),
    "over": Text("sur-dotée ou dense", "over-supplied or dense"),
}
MESHES = {
    "bassin_de_vie_plm": Text(
        "bassin de vie 2022, Paris, Lyon et Marseille par arrondissement",
        "bassin de vie of 2022, Paris, Lyon and Marseille by arrondissement",
    ),
    "bvcv": Text("bassin de vie 2012 ou canton-ou-ville", "bassin de vie of 2012 or canton-ou-ville"),
    "tvs": Text("territoire de vie-santé", "territoire de vie-santé"),
    "commune": Text("commune", "commune"),
}
CHANGES = {
    "gains": Text("gagne", "gains"),
    "loses": Text("perd", "loses"),
    "same": Text("inchangé", "unchanged"),
    "unknown": Text("non classé", "not classed"),
}
UNKNOWN = Text("données non disponibles", "data not available")
CRITERIA = {
    "lowest": Text("les zones les moins bien servies d'abord", "the worst served zones first"),
    "need": Text(
        "les zones qui ont le plus d'habitants en difficulté d'abord", "the zones with most people in need first"
    ),
}
_PARTS = {
    "national": Text("vitesses nationales par densité", "national speeds by density"),
    "local": Text("vitesses locales", "local speeds"),
    "fitted": Text("décroissance calée", "fitted decay"),
    "linear-20": Text("décroissance linéaire à 20 min", "linear decay to 20 min"),
    "barlet-2012": Text("décroissance de Barlet 2012", "Barlet 2012 decay"),
    "heads": Text("effectifs", "head counts"),
    "classes": Text("activité par classe de densité", "activity by density class"),
    "places": Text("activité par commune", "activity by commune"),
}
_MORE = 2  # decimals added at most to a value beside its threshold
_COLON = {"fr": f"{NNBSP}:", "en": ":"}
Row = Mapping[str, Any]


def mesh(name: str) -> Text:
    """What a mesh is called; the name of the level for one made of a level."""
    return MESHES.get(name, Text(name, name))


def class_title(rule: Rule, name: str | None, lang: Lang) -> str:
    """The title of a class of the rule, or that there are no data."""
    return UNKNOWN.of(lang) if name is None else rule.class_of(name).title.of(lang)


def value(definition: Definition, amount: float | None, lang: Lang) -> str:
    """A value or a threshold of the rule's indicator, without its unit."""
    return UNKNOWN.of(lang) if amount is None else number(amount, lang, definition.decimals)


def own_value(definition: Definition, row: Row, lang: Lang) -> str:
    """The value of a zone, with as many decimals as it takes to tell it from its nearest threshold."""
    if row["value"] is None:
        return UNKNOWN.of(lang)
    decimals, threshold = definition.decimals, row["threshold"]
    most = decimals + _MORE
    while threshold is not None and decimals < most and round(row["value"], decimals) == round(threshold, decimals):
        decimals += 1
    return number(row["value"], lang, decimals)


def variant(name: str) -> Text:
    """What a variant of the recomputed APL (``travel/decay/supply``) is made of."""
    parts = [_PARTS.get(one, Text(one, one)) for one in name.split("/")]
    return Text(", ".join(one.fr for one in parts), ", ".join(one.en for one in parts))


def stand_in_said(rule: Rule, zones: pl.DataFrame, lang: Lang) -> str:
    """How many zones and people the doctors' own mesh could class otherwise; empty for a rule of another mesh.

    ``zones`` as :data:`vigie.zoning.reasons.REASONS`: only a bassin that is ``large`` is split by the mesh of the text.
    """
    large = zones.filter("large")
    if rule.mesh != "tvs" or large.is_empty():
        return ""
    people, whole = float(large["population"].sum()), float(zones["population"].sum())
    known = large.drop_nulls("inside")
    alike = float((known["inside"] * known["population"]).sum()) / max(float(known["population"].sum()), 1.0)
    count, size = number(large.height, lang), number(people, lang)
    share, same = percent(100 * people / whole, lang, 0), percent(100 * alike, lang, 0)
    return Text(
        f"{count} bassins de plus de 50{NNBSP}000 habitants ({size} habitants, {share} de la population) sont ceux que "
        f"le territoire de vie-santé découpe{NNBSP}: ailleurs, il est le bassin. {same} de leurs habitants vivent dans "
        "une commune qui, prise seule, aurait une valeur de la classe de son bassin.",
        f"{count} bassins over 50,000 inhabitants ({size} people, {share} of all) are those that the territoire de "
        f"vie-santé splits: elsewhere it is the bassin. {same} of their people live in a commune that would have by "
        "itself a value of the class of its bassin.",
    ).of(lang)


def regional_told(rule: Rule, names: Mapping[str, str], lang: Lang) -> list[str]:
    """The shares and ceilings of each région that the rule knows of (``names`` by code), a line a région."""
    found: dict[str, list[str]] = {}
    own = [(one.title, one.regions) for one in rule.classes] + [(one.title, one.regions) for one in rule.moves]
    for title, regions in own:
        for code, share in regions.items():
            found.setdefault(code, []).append(f"{title.of(lang)} {percent(share, lang)}")
    joint = Text(" ; ", "; ").of(lang)
    return [f"{names.get(code, code)}{_COLON[lang]} {joint.join(parts)}." for code, parts in sorted(found.items())]


def neighbourhoods_said(rule: Rule, found: pl.DataFrame | None, lang: Lang) -> str:
    """How many priority neighbourhoods the rule lets be classed alone; that there is no list, and how to bring one."""
    if found is None or rule.neighbourhoods is None:
        return Text(
            f"Données non disponibles{NNBSP}: leur liste s'apporte en CSV, celle de l'ANCT (data.gouv.fr) ou la base "
            f"de population de l'Insee{NNBSP}: vigie zone --keep-neighbourhoods FICHIER.csv.",
            "Data not available: bring their list as CSV, that of the ANCT (data.gouv.fr) or INSEE's base of "
            "populations: vigie zone --keep-neighbourhoods FILE.csv.",
        ).of(lang)
    from vigie.zoning.neighbourhoods import counted  # only where there is a list

    sums = counted(found)
    target = class_title(rule, rule.neighbourhoods.target, lang)
    listed, free = number(sums.listed, lang), number(sums.alone, lang)
    if not sums.told:
        people = Text("population non disponible", "people not available").of(lang)
    else:
        people = f"{number(sums.people, lang)} {Text('habitants', 'inhabitants').of(lang)}"
        lost = sums.alone - sums.told
        if lost:
            people += Text(f", sans {number(lost, lang)} de population inconnue",
                           f", without {number(lost, lang)} of unknown people").of(lang)  # fmt: skip
    rest = Text("", "")
    if sums.listed > sums.alone:
        rest = Text(f"{NNBSP}; les autres sont dans une zone qui l'est déjà, ou sans classe",
                    "; the others are in a zone that is so already, or without a class")  # fmt: skip
    word = plural(sums.alone, "peut être classé seul", "peuvent être classés seuls", "fr")
    return Text(
        f"{listed} {plural(sums.listed, 'quartier', 'quartiers', 'fr')}, dont {free} {word} en «\u00a0{target}\u00a0» "
        f"({people}){rest.fr}.",
        f"{listed} {plural(sums.listed, 'neighbourhood', 'neighbourhoods', 'en')}, of which {free} can be classed "
        f"alone as “{target}” ({people}){rest.en}.",
    ).of(lang)


def neighbourhood_told(rule: Rule, row: Row, lang: Lang) -> str:
    """One neighbourhood: its name, communes, the class of its zone and the one that it may have alone."""
    own = class_title(rule, row["class"], lang)
    people = "" if row["people"] is None else f", {number(row['people'], lang)} {Text('hab.', 'people').of(lang)}"
    told = f"{row['name']} ({row['neighbourhood']}, {row['communes'] or '–'}{people}){_COLON[lang]} {own}"
    if row["alone"] is None:
        return f"{told}."
    target = class_title(rule, row["alone"], lang)
    return told + Text(f"{NNBSP}; peut être classé seul{NNBSP}: {target}.", f"; may be classed alone: {target}.").of(
        lang
    )


def why(rule: Rule, row: Row, definition: Definition, lang: Lang) -> list[str]:
    """The sentences that say why a zone has its class, what would change it and how sure it is."""
    if row["value"] is None:
        return [UNKNOWN.of(lang)]
    told = [_position(rule, row, definition, lang), _nearest(rule, row, definition, lang)]
    told += [_change(rule, row, lang), _stability(row, lang)]
    if row["class"] != row["ruled"]:
        told.append(
            Text(
                f"Classée par choix ; la règle seule donne : {class_title(rule, row['ruled'], 'fr')}.",
                f"Classed by choice; the rule alone gives: {class_title(rule, row['ruled'], 'en')}.",
            ).of(lang)
        )
    told.append(_mesh_effect(rule, row, lang))
    return [one for one in told if one]


def _mesh_effect(rule: Rule, row: Row, lang: Lang) -> str:
    """How far another mesh could change the class: what the communes would have by themselves."""
    if row["communes"] < 2 or row["inside"] is None:
        return ""
    share = percent(100 * row["inside"], lang, 0)
    told = Text(
        f"{share} de ses habitants vivent dans une commune qui, prise seule, aurait une valeur de la même classe.",
        f"{share} of its people live in a commune that would have a value of the same class by itself.",
    ).of(lang)
    if not row["large"] or rule.mesh != "tvs":
        return told
    split = Text(
        f" Bassin de vie de plus de 50{NNBSP}000 habitants{NNBSP}: le territoire de vie-santé le découpe, "
        "et la classe peut y différer d'une partie à l'autre.",
        " Bassin de vie over 50,000 inhabitants: the territoire de vie-santé splits it, and the class may differ "
        "from one part to the next.",
    )
    return told + split.of(lang)


def _position(rule: Rule, row: Row, definition: Definition, lang: Lang) -> str:
    shown = own_value(definition, row, lang)
    rank = percent(100 * row["rank"], lang)
    whole = Text("de la population", "of the people")
    if rule.shares_by == "region":
        whole = Text("de la population de la région", "of the people of the région")
    bounds = []
    if row["lower"] is not None:
        low = value(definition, row["lower"], lang)
        bounds.append(Text(f"plus de {low}", f"more than {low}").of(lang))
    if row["upper"] is not None:
        high = value(definition, row["upper"], lang)
        bounds.append(Text(f"{high} au plus", f"{high} at most").of(lang))
    between = Text(" et ", " and ").of(lang).join(bounds)
    ruled = class_title(rule, row["ruled"], lang)
    return Text(
        f"{definition.short.fr}{NNBSP}: {shown} {definition.unit.fr}. Classe «\u00a0{ruled}\u00a0»{NNBSP}: {between}. "
        f"{rank} {whole.fr} vit dans une zone aussi mal servie ou moins bien servie.",
        f"{definition.short.en}: {shown} {definition.unit.en}. Class “{ruled}”: {between}. "
        f"{rank} {whole.en} live in a zone served as badly or worse.",
    ).of(lang)


def _nearest(rule: Rule, row: Row, definition: Definition, lang: Lang) -> str:
    if row["threshold"] is None or row["next_class"] is None:
        return ""
    away = number(abs(row["distance"]), lang, definition.decimals + 1)
    share = percent(100 * abs(row["relative"]), lang)
    limit = value(definition, row["threshold"], lang)
    beyond = class_title(rule, row["next_class"], lang)
    near = Text(" C'est une zone limite.", " It is a borderline zone.").of(lang) if row["borderline"] else ""
    return Text(
        f"Le seuil le plus proche, {limit}, est à {away} ({share}){NNBSP}; au-delà{NNBSP}: "
        f"«\u00a0{beyond}\u00a0».{near}",
        f"The nearest threshold, {limit}, is {away} away ({share}); beyond it: “{beyond}”.{near}",
    ).of(lang)


def _change(rule: Rule, row: Row, lang: Lang) -> str:
    if row["people"] is None or row["next_class"] is None:
        return ""
    sign = Text("de plus", "more") if row["people"] > 0 else Text("de moins", "fewer")
    people = f"{number(abs(round(row['people'])), lang)} {Text('habitants', 'inhabitants').of(lang)} {sign.of(lang)}"
    if row["fte"] is None:
        return Text(f"Ce qui y mènerait{NNBSP}: {people}.", f"What would lead there: {people}.").of(lang)
    count, who = abs(row["fte"]), professions()[rule.profession].title
    more = Text("de plus", "more") if row["fte"] > 0 else Text("de moins", "fewer")
    fte = number(count, lang, 1 if count >= 0.05 else 2)
    word_fr = plural(count, "équivalent temps plein", "équivalents temps plein", "fr")
    return Text(
        f"Ce qui y mènerait{NNBSP}: {fte} {word_fr} {more.fr} ({who.fr}), si toute l'activité sert la zone, "
        f"ou {people} à offre égale.",
        f"What would lead there: {fte} FTE {more.en} ({who.en}), were all the activity for the zone, "
        f"or {people} for the same supply.",
    ).of(lang)


def _stability(row: Row, lang: Lang) -> str:
    parts = []
    if row["variants"]:
        parts.append(
            Text(
                f"{row['variants_same']} des {row['variants']} variantes de l'APL recalculée",
                f"{row['variants_same']} of the {row['variants']} variants of the recomputed APL",
            ).of(lang)
        )
    if row["years"]:
        years = plural(row["years"], "autre année", "autres années", "fr")
        word = plural(row["years"], "other year", "other years", "en")
        parts.append(
            Text(f"{row['years_same']} sur {row['years']} {years}", f"{row['years_same']} of {row['years']} {word}").of(
                lang
            )
        )
    if not parts or row["stability"] is None:
        return ""
    kept = Text("La classe tient dans ", "The class holds in ").of(lang)
    share = percent(100 * row["stability"], lang, 0)
    joined = Text(" et ", " and ").of(lang).join(parts)
    return f"{kept}{joined} ({Text('stabilité', 'stability').of(lang)}{_COLON[lang]} {share})."
