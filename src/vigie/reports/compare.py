"""Sections on what surrounds the figures: comparable territories, inequality inside, resources on the spot."""

from __future__ import annotations

from vigie import charts
from vigie.editions.comparing import Group, Strip
from vigie.editions.figures import unit
from vigie.editions.observatory import Observation
from vigie.reports import model
from vigie.reports.facts import COUNTS, LEAST_DENSITY, Facts, kinds, known
from vigie.reports.model import Block, Cell, Section
from vigie.reports.press import FAMILY, FONTS
from vigie.territories.phrases import sentence

_MAIN = "apl_mg"
_SHOWN = 8  # comparable territories listed
_MEASURES = ("mean", "d1", "d9", "d9_d1", "mean_worst10", "mean_best10", "share_under_2_5", "share_under_2")


def comparison(facts: Facts) -> Section | None:
    """The territory among comparable ones, those of its département and région, and all of France."""
    tr = facts.voice.tr
    found = [one for one in facts.strips if one.groups]
    if not found:
        return None
    main = next((one for one in found if one.indicator == _MAIN), None)
    blocks: list[Block] = []
    if main is not None:
        blocks.append(_strip(facts, main))
    blocks += _alike(facts)  # before the table: what follows a long one may stand alone on the next page
    blocks.append(_table(facts, found))
    return Section(tr("Parmi les territoires comparables", "Among comparable territories"), blocks)


def _name(facts: Facts, group: Group) -> str:
    name = facts.voice.tr("Comparables", "Comparable") if group.id == "neighbours" else group.name.replace("'", "’")
    return f"{name} ({facts.voice.number(group.spread.known)})"


def _strip(facts: Facts, strip: Strip) -> Block:
    tr, definition = facts.voice.tr, facts.definition(strip.indicator)
    boxes = [
        charts.Box(
            _name(facts, one), one.spread.d1, one.spread.q1, one.spread.median, one.spread.q3, one.spread.d9, one.values
        )
        for one in strip.groups
    ]
    own = facts.voice.value(strip.value, definition)
    chart = charts.strip(boxes, strip.value, own, facts.lang, FAMILY, definition.decimals)
    levels = facts.voice.level(facts.territory.level, many=True)
    caption = tr(
        f"Accès aux généralistes en {strip.period} : {facts.phrases.name} parmi les {levels}",
        f"Access to GPs in {strip.period}: {facts.phrases.name} among {levels}",
    )
    medians = ", ".join(
        f"{_name(facts, one)} {facts.voice.value(one.spread.median, definition)}" for one in strip.groups
    )
    alt = caption + tr(f". Valeur {own}. Médianes : {medians}.", f". Value {own}. Medians: {medians}.")
    source = tr(
        "Trait noir : médiane ; bande : moitié centrale ; filet : du premier au neuvième décile ; points : "
        "territoires comparables ; trait ocre : ici.",
        "Black tick: median; band: middle half; thin bar: first to ninth decile; dots: comparable territories; "
        "ochre line: here.",
    )
    return model.figure(charts.svg(chart, FONTS), alt, caption, source=source)


def _table(facts: Facts, found: list[Strip]) -> Block:
    tr, rows = facts.voice.tr, []
    groups = list(dict.fromkeys(one.id for strip in found for one in strip.groups))
    names: dict[str, str] = {}
    for one in (one for strip in found for one in strip.groups):  # counted as the chart counts them, by the first
        names.setdefault(one.id, _name(facts, one))
    for strip in found:
        definition = facts.definition(strip.indicator)
        row: list[Cell] = [
            {
                "text": facts.voice.of(definition.short),
                "sub": f"{unit(facts.voice, definition)}, {facts.voice.period(strip.period)}",
            },
            {"text": facts.voice.value(strip.value, definition), "strong": True},
        ]
        by_id = {one.id: one.spread for one in strip.groups}
        for name in groups:
            spread = by_id.get(name)
            row.append(
                {
                    "text": facts.voice.value(spread.median, definition),
                    "sub": tr(
                        f"{facts.voice.value(spread.q1, definition)} à {facts.voice.value(spread.q3, definition)}",
                        f"{facts.voice.value(spread.q1, definition)} to {facts.voice.value(spread.q3, definition)}",
                    ),
                }
                if spread is not None
                else {"text": "—", "soft": True}
            )
        rows.append(row)
    columns = [
        (tr("Indicateur", "Indicator"), "left", "2.2fr"),
        (tr("Ici", "Here"), "right", "0.8fr"),
        *[(names[name], "right", "1fr") for name in groups],
    ]
    return model.table(
        tr("Médiane et moitié centrale de chaque groupe", "Median and middle half of each group"),
        columns,
        rows,
        tr(
            "Chaque territoire compte pour un. Ce n'est pas un classement.",
            "Each territory counts once. It is not a ranking.",
        ),
    )


def _alike(facts: Facts) -> list[Block]:
    tr, near = facts.voice.tr, facts.neighbours[:_SHOWN]
    if not near:
        return [model.text(_why_none(facts), "note")]
    names = ", ".join(one.territory.name.replace("'", "’") for one in near)
    more = len(facts.neighbours) - len(near)
    rest = tr(f" et {more} autres", f" and {more} more") if more > 0 else ""
    return [
        model.text(
            tr(
                f"Comparables : les plus proches par la population, l'âge, la densité, l'attraction des villes, le "
                f"désavantage social et l'offre hospitalière : {names}{rest}.",
                f"Comparable: the nearest by population, age, density, attraction of cities, deprivation and hospital "
                f"supply: {names}{rest}.",
            ),
            "note",
        )
    ]


def _why_none(facts: Facts) -> str:
    tr, own = facts.voice.tr, facts.territory
    if own.kind == "arrondissement":
        return tr(
            "Un arrondissement n'est pas comparé seul : la commune entière l'est.",
            "An arrondissement is not compared alone: the whole commune is.",
        )
    if own.population is None:
        return tr(
            "Pas de territoires comparables : la population n'est pas disponible.",
            "No comparison: the population is not available.",
        )
    if own.level == "commune":
        return tr(
            "Pas de territoires comparables sous 2 000 habitants : l'intercommunalité et le bassin de vie en ont.",
            "No comparison under 2,000 inhabitants: the intercommunality and the living area have one.",
        )
    return tr("Pas de territoires comparables à ce niveau.", "No comparison at this level.")


# Inequality -------------------------------------------------------------------------------------------------------


def inside(facts: Facts) -> Section | None:
    """How unequal access is inside the territory: measures where the edition has them, best and worst communes."""
    tr = facts.voice.tr
    if len(facts.members) < 4 or facts.territory.level == "france":
        return None
    blocks: list[Block] = []
    measures = _measures(facts)
    ends = _ends(facts)
    if ends is None:
        return None
    if measures is not None:
        blocks.append(model.pair([measures], [ends], (1.1, 1.0)))
    else:
        share = _share(facts)
        blocks += [share, ends] if share else [ends]
    return Section(tr("Les écarts à l'intérieur du territoire", "Gaps inside the territory"), blocks)


def _share(facts: Facts) -> Block | None:
    tr, share = facts.voice.tr, facts.last("part_pop_apl_mg_inf_2_5")
    if share is None and facts.territory.level == "commune":  # a whole city: not a figure of that level
        return None
    if share is None:
        words = tr(
            "La part de la population en commune sous-dense n'est pas disponible.",
            "The share of people in under-dense communes is not available.",
        )
        return model.text(words)
    very = facts.last("part_pop_apl_mg_inf_2")
    words = tr(
        f"{facts.value(share)} de la population vit dans une commune sous 2,5 consultations ({share.period})",
        f"{facts.value(share)} of people live in a commune under 2.5 consultations ({share.period})",
    )
    words += tr(f", {facts.value(very)} sous 2.", f", {facts.value(very)} under 2.") if very is not None else "."
    return model.text(words)


def _measures(facts: Facts) -> Block | None:
    tr, own = facts.voice.tr, facts.territory
    if own.level not in ("departement", "region") or not facts.desk.observatory.has("inequality"):
        return None
    sql = """SELECT code, measure, value, period FROM inequality WHERE indicator = 'apl_mg' AND compared = 'commune'
        AND level = ? AND code = ? AND period = (SELECT max(period) FROM inequality WHERE indicator = 'apl_mg'
        AND compared = 'commune' AND level = ? AND code = ?)"""
    here = {row[1]: row for row in facts.desk.observatory.rows(sql, [own.level, own.code, own.level, own.code])}
    whole = {row[1]: row[2] for row in facts.desk.observatory.rows(sql, ["france", "FR", "france", "FR"])}
    if not here:
        return None
    labels = {name: tr(fr, en) for name, fr, en in facts.desk.observatory.rows("SELECT * FROM inequality_measures")}
    period = next(iter(here.values()))[3]
    rows: list[list[Cell]] = []
    for name in _MEASURES:
        if name not in here or here[name][2] is None:
            continue
        share = name.startswith("share")
        decimals = 1 if share else 2

        def said(value: float | None, percent: bool = share, places: int = decimals) -> str:
            if value is None:
                return facts.absent
            number = facts.voice.number(value, places)
            return tr(*[f"{number} %"] * 2) if percent else number

        rows.append(
            [
                labels.get(name, name).removesuffix(" (%)"),
                {"text": said(here[name][2]), "strong": True},
                said(whole.get(name)),
            ]
        )
    columns = [
        (tr("Mesure", "Measure"), "left", "2.4fr"),
        (tr("Ici", "Here"), "right", "0.8fr"),
        ("France", "right", "0.8fr"),
    ]
    caption = tr(f"Accès aux généralistes entre communes, {period}", f"Access to GPs between communes, {period}")
    note = tr(
        "Pondéré par la population standardisée de chaque commune.",
        "Weighted by each commune's standardised population.",
    )
    return model.table(caption, columns, rows, note)


def _ends(facts: Facts) -> Block | None:
    """The communes with the least and the most access, of at least a hundred people."""
    tr, definition = facts.voice.tr, facts.desk.indicators.get(_MAIN)
    period = facts.desk.last_period(_MAIN, "commune")
    if definition is None or period is None:
        return None
    members = {one.code: one for one in facts.members if (one.population or 0) >= 100}
    values = facts.desk.values(_MAIN, "commune", period, list(members))
    order = sorted((one[0], code) for code, one in values.items() if one[0] is not None)
    if len(order) < 4:
        return None
    each = min(5, len(order) // 2)
    rows: list[list[Cell]] = []
    for kept, tone in ((order[:each], "low"), (order[-each:], "fair")):
        rows += [
            [
                members[code].name.replace("'", "’"),
                facts.voice.number(members[code].population or 0),
                {"text": facts.voice.value(value, definition), "strong": True, "tone": tone},
            ]
            for value, code in kept
        ]
    columns = [
        (sentence(kinds(facts, "commune", facts.members, many=False)), "left", "2fr"),
        (tr("Habitants", "People"), "right", "1fr"),
        (tr("APL", "APL"), "right", "0.8fr"),
    ]
    kind = kinds(facts, "commune", facts.members)
    caption = tr(
        f"Les {each} {kind} au plus faible accès, puis les {each} au plus fort ({period})",
        f"The {each} {kind} with the least access, then the {each} with the most ({period})",
    )
    note = tr("Communes de 100 habitants ou plus.", "Communes of 100 people or more.")
    return model.table(caption, columns, rows, note if len(members) < len(facts.members) else "")


# Resources --------------------------------------------------------------------------------------------------------


def resources(facts: Facts) -> Section | None:
    """Professionals and facilities on the spot, with densities and their intervals, and the structures of FINESS."""
    tr, rows = facts.voice.tr, []
    for name in COUNTS:
        count = facts.last(name)
        if name not in facts.desk.indicators or count is None:
            continue
        density = facts.last(name.replace("nombre", "densite"))
        definition = facts.definition(name)
        row: list[Cell] = [
            facts.voice.of(definition.title).removeprefix(tr("Nombre de ", "Number of ")).removeprefix("Nombre d’"),
            {"text": facts.value(count), "strong": True},
        ]
        row += _density(facts, density)
        rows.append(row)
    if not rows:
        return None
    rows = [[_capital(row[0]), *row[1:]] for row in rows]
    columns = [
        (tr("Sur place (2021)", "On the spot (2021)"), "left", "2fr"),
        (tr("Nombre", "Number"), "right", "0.8fr"),
        (tr("Pour 100 000 habitants", "Per 100,000 people"), "right", "1.2fr"),
        ("France", "right", "0.8fr"),
    ]
    note = tr(
        (
            "Base permanente des équipements (Insee). L'intervalle à 95 % (méthode de Byar) dit ce que le hasard "
            "des petits effectifs permet de conclure."
        ),
        (
            "Permanent database of facilities (Insee). The 95 % interval (Byar's method) says what small numbers "
            "allow one to conclude."
        ),
    )
    if 0 < (facts.territory.population or 0) < LEAST_DENSITY:
        note = tr(
            f"Base permanente des équipements (Insee). Sous {LEAST_DENSITY} habitants, un nombre pour 100 000 ne "
            "dirait rien : il n'est pas montré.",
            f"Permanent database of facilities (Insee). Under {LEAST_DENSITY} people a number per 100,000 would say "
            "nothing: it is not shown.",
        )
    blocks: list[Block] = [
        model.table(tr("Professionnels et lieux de soins", "Professionals and places of care"), columns, rows, note)
    ]
    structures = _structures(facts)
    if structures is not None:
        blocks.append(structures)
    return Section(tr("Les ressources sur place", "Resources on the spot"), blocks)


def _capital(cell: Cell) -> Cell:
    return cell[:1].upper() + cell[1:] if isinstance(cell, str) else cell


def _density(facts: Facts, density: Observation | None) -> list[Cell]:
    nothing: list[Cell] = [{"text": "—", "soft": True}, {"text": "—", "soft": True}]
    if density is None or density.value is None or density.indicator not in facts.desk.indicators:
        return nothing
    if (facts.territory.population or 0) < LEAST_DENSITY:
        return nothing
    definition = facts.definition(density.indicator)
    ends = (density.lower, density.upper)
    sub = ""
    if ends[0] is not None and ends[1] is not None:
        low, high = (facts.voice.value(one, definition) for one in ends if one is not None)
        sub = facts.voice.tr(f"de {low} à {high}", f"{low} to {high}")
    whole = known(facts.france, density.indicator, density.period)
    return [{"text": facts.value(density), "sub": sub}, facts.value(whole) if whole else {"text": "—", "soft": True}]


_STRUCTURES = {  # categories of FINESS: one and several, in French and in English
    "603": ("maison de santé", "maisons de santé", "health house", "health houses"),
    "124": ("centre de santé", "centres de santé", "health centre", "health centres"),
    "604": (
        *("communauté professionnelle territoriale de santé", "communautés professionnelles territoriales de santé"),
        *("territorial professional community", "territorial professional communities"),
    ),
    "620": ("pharmacie", "pharmacies", "pharmacy", "pharmacies"),
    "355": ("centre hospitalier", "centres hospitaliers", "hospital", "hospitals"),
    "106": (
        *("hôpital de proximité, ex-hôpital local", "hôpitaux de proximité, ex-hôpitaux locaux"),
        *("local hospital", "local hospitals"),
    ),
    "611": (
        *("laboratoire de biologie médicale", "laboratoires de biologie médicale"),
        *("medical laboratory", "medical laboratories"),
    ),
}


def _structures(facts: Facts) -> Block | None:
    """What FINESS has there, for the régions whose file is at hand."""
    tr, observatory = facts.voice.tr, facts.desk.observatory
    if not observatory.has("establishments") or facts.territory.level in ("region", "france"):
        return None
    sql = """SELECT category, count(*) FROM establishments JOIN memberships ON place = commune
        WHERE level = ? AND code = ? GROUP BY category"""
    counts = dict(observatory.rows(sql, [facts.territory.level, facts.territory.code]))
    found = [
        facts.voice.count(counts[kind], tr(one, one_en), tr(many, many_en))
        for kind, (one, many, one_en, many_en) in _STRUCTURES.items()
        if counts.get(kind)
    ]
    if not found:
        return None
    return model.text(
        tr("Structures inscrites au répertoire Finess (2026) : ", "Structures in the Finess register (2026): ")
        + facts.voice.semicolon.join(found)
        + "."
    )
