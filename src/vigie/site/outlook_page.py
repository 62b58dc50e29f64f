"""The page of the outlook: a map by year, who loses most and when, variants, hypotheses, what the back-test says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from vigie.editions import outlooks
from vigie.editions.geography import Label
from vigie.editions.outlooks import CENTRAL, NOBODY, Judged, Loser
from vigie.editions.scales import Scale
from vigie.outlook.draws import UNDER
from vigie.outlook.hypotheses import model
from vigie.site import atlas, prospects
from vigie.site.choices import Option
from vigie.site.maps import Area, Entry, Map
from vigie.site.room import Room
from vigie.site.words import Speaker

LEVELS = ("departement", "bassin_de_vie", "epci", "region")
MEASURES = ("apl", "perte", "quand")
_INLINE = ("departement", "region")  # the others have too many shapes for a page: one image
_SHOWN = 40
_APL = Scale((2.0, 2.5, 3.0, 4.0, 5.0), ("d1", "d2", "d3", "d4", "d5", "d6"), threshold=2.5)
_LOSS = Scale((0.2, 0.3, 0.4, 0.5), ("s1", "s2", "s3", "s4", "s5"))
_BASE = 2023  # the year of the last published APL
_NEVER = 9999  # stands for a year that does not come
_WHEN = Scale((2023.5, 2026.5, 2029.5, 2032.5, 2035.5), ("d1", "s5", "s4", "s3", "s2", "s1"))
_SCALES = {"apl": _APL, "perte": _LOSS, "quand": _WHEN}
_UNITS = {
    "apl": ("consultations par an et par habitant", "consultations a year per inhabitant"),
    "perte": ("part de l'APL perdue", "share of the APL lost"),
    "quand": (
        "première année où la moyenne des tirages est sous 2,5",
        "first year whose mean of the draws is under 2.5",
    ),
}
_TITLES = {
    "apl": ("APL en {}", "APL in {}"),
    "perte": ("perte d'APL de 2023 à {}", "loss of APL, 2023 to {}"),
    "quand": ("année du passage sous 2,5, d'ici {}", "year under 2.5, by {}"),
}
_GROUPS = {
    "all": ("toutes les communes", "all communes"),
    "none": ("communes sans généraliste", "communes without a GP"),
    "few": ("communes de 1 ou 2 généralistes", "communes of 1 or 2 GPs"),
    "some": ("communes de 3 à 10 généralistes", "communes of 3 to 10 GPs"),
    "many": ("communes de plus de 10 généralistes", "communes of more than 10 GPs"),
}


@dataclass(frozen=True)
class Asked:
    """What the page shows; ``measure``: the APL of the year, its loss since the base, or when it is under 2.5."""

    variant: str = NOBODY
    level: str = "departement"
    year: int = 2035
    measure: str = "apl"


@dataclass(frozen=True)
class Variant:
    """A variant in the table: France in its two last years told."""

    title: str
    note: str
    apl: str
    interval: str
    supply: str
    under: str


def known(room: Room, asked: Asked) -> bool:
    """Whether the edition tells what is asked."""
    return (
        outlooks.has_outlook(room.observatory)
        and asked.variant in (CENTRAL, NOBODY)
        and asked.level in LEVELS
        and asked.measure in MEASURES
        and asked.year in outlooks.told_years(room.observatory)
    )


def context(room: Room, speaker: Speaker, asked: Asked) -> dict[str, Any]:
    """What the template of the page shows."""
    found = outlooks.variants(room.observatory)
    values = _values(room, asked)
    losers = room.once(
        ("losers", asked.level, asked.year),
        lambda: outlooks.losers(room.observatory, asked.level, max(asked.year, 2024), NOBODY),
    )
    france = {name: outlooks.of(room.observatory, room.france, name) for name in found}
    title = speaker.tr("France : APL aux médecins généralistes", "France: APL to GPs")
    one = found[asked.variant]
    return {
        "asked": asked,
        "variant_title": speaker.of(one.title),
        "variant_note": speaker.of(one.note),
        "variants": _options({name: speaker.of(found[name].title) for name in (NOBODY, CENTRAL)}, asked.variant),
        "levels": _options({name: speaker.level(name, many=True) for name in LEVELS}, asked.level),
        "years": _options({str(year): str(year) for year in _years(room)}, str(asked.year)),
        "measures": _options(_measures(speaker), asked.measure),
        "map": _map(room, speaker, asked, values),
        "inline": asked.level in _INLINE,
        "image": f"/perspectives/carte/{asked.variant}/{asked.level}/{asked.year}/{asked.measure}.svg",
        "data": f"/api/v1/outlook/losing?level={asked.level}&by={max(asked.year, 2024)}&variant={NOBODY}&limit=1000",
        "losers": [_loser(speaker, each) for each in losers[:_SHOWN]],
        "losers_count": len(losers),
        "fan": prospects.fan(speaker, "fan-france", title, france[CENTRAL], france[NOBODY]),
        "sentences": _sentences(speaker, room),
        "scenarios": [_variant(speaker, found[name], france[name][-1]) for name in found],
        "draws": speaker.number(found[CENTRAL].draws),
        "few_draws": speaker.number(min(each.draws for each in found.values())),
        "backtest": _backtest(speaker, outlooks.judged(room.observatory)),
        "judged": _judged(speaker, outlooks.judged(room.observatory)),
        "national_path": speaker.of(found[CENTRAL].path),
        "supposed": _supposed(speaker),
        "basis": outlooks.basis(room.observatory, room.france),
    }


def picture(room: Room, asked: Asked, colours: dict[str, str]) -> str:
    """The map of a level as one SVG image; ``colours`` by style, and ``line``."""
    cards = atlas.territories(room, asked.level)
    values = _values(room, asked)
    scale = _scale(asked)
    drawing = room.drawing(f"atlas:{asked.level}", asked.level, [one.code for one in cards])
    paths: dict[str, list[str]] = {}
    for shape in drawing.shapes:
        style = scale.style(values[shape.code]) if shape.code in values else "missing"
        paths.setdefault(style, []).append(shape.path)
    body = "".join(
        f'<path fill="{colours.get(style, "url(#m)")}" d="{"".join(own)}"/>' for style, own in sorted(paths.items())
    )
    names = "".join(f'<text x="{one.x}" y="{one.y}">{one.fr}</text>' for one in drawing.labels)
    line = colours["line"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}">'
        '<defs><pattern id="m" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V8" stroke="{line}" stroke-width="3"/></pattern></defs>'
        f'<g stroke-linejoin="round">{body}</g>'
        f'<g fill="{line}" font-family="sans-serif" font-size="20" text-anchor="middle">{names}</g></svg>'
    )


def _years(room: Room) -> list[int]:
    return outlooks.told_years(room.observatory)


def _options(texts: dict[str, str], chosen: str) -> list[Option]:
    return [Option(value, text[:1].upper() + text[1:], value == chosen) for value, text in texts.items()]


def _measures(speaker: Speaker) -> dict[str, str]:
    return {
        "apl": speaker.tr("APL de l'année", "APL of the year"),
        "perte": speaker.tr("perte d'APL depuis 2023", "loss of APL since 2023"),
        "quand": speaker.tr("année sous 2,5", "year under 2.5"),
    }


def _scale(asked: Asked) -> Scale:
    return _SCALES[asked.measure]


def _values(room: Room, asked: Asked) -> dict[str, float]:
    """The figure of each territory: APL, share of it lost since the base (never below 0), or year under 2.5."""

    def read() -> dict[str, float]:
        if asked.measure == "quand":
            return _under_by(room, asked)
        now = outlooks.values(room.observatory, asked.level, asked.variant, asked.year, "apl")
        if asked.measure == "apl":
            return now
        base = outlooks.values(room.observatory, asked.level, asked.variant, _years(room)[0], "apl")
        return {code: max(0.0, 1 - now[code] / base[code]) for code in now if base.get(code)}

    return room.once(("outlook", asked), read)


def _under_by(room: Room, asked: Asked) -> dict[str, float]:
    """The first year, the one asked for at most, in which a territory is under 2.5."""
    found: dict[str, float] = {}
    for year in (one for one in _years(room) if one <= asked.year):
        for code, value in outlooks.values(room.observatory, asked.level, asked.variant, year, "apl").items():
            earlier = found.get(code, _NEVER)
            found[code] = year if value < UNDER and earlier == _NEVER else earlier
    return found


def _map(room: Room, speaker: Speaker, asked: Asked, values: dict[str, float]) -> Map:
    """The map with its legend and its rows; without shapes where an image stands for it."""
    scale = _scale(asked)
    cards = atlas.territories(room, asked.level)
    paths: dict[str, str] = {}
    width, height = 0, 0
    labels: tuple[Label, ...] = ()
    if asked.level in _INLINE:
        drawing = room.drawing(f"atlas:{asked.level}", asked.level, [one.code for one in cards])
        paths = {shape.code: shape.path for shape in drawing.shapes}
        width, height, labels = drawing.width, drawing.height, drawing.labels
    areas = [
        _area(speaker, asked, scale, one.code, one.name, values.get(one.code), paths.get(one.code, "")) for one in cards
    ]
    measure = speaker.tr(*(text.format(asked.year) for text in _TITLES[asked.measure]))
    levels = speaker.level(asked.level, many=True)
    return Map(
        id="map-outlook",
        title=speaker.tr(
            f"{measure[:1].upper()}{measure[1:]} : {levels}", f"{measure[:1].upper()}{measure[1:]}: {levels}"
        ),
        width=width,
        height=height,
        areas=tuple(one for one in areas if one.path),
        rows=tuple(sorted(areas, key=lambda one: one.name)),
        labels=labels,
        legend=tuple(_legend(speaker, asked, scale, areas)),
        unit=speaker.tr(*_UNITS[asked.measure]),
        period=str(asked.year),
        level=asked.level,
    )


def _area(speaker: Speaker, asked: Asked, scale: Scale, code: str, name: str, value: float | None, path: str) -> Area:
    text = speaker.status("missing") if value is None else _text(speaker, asked, value)
    style = "missing" if value is None else scale.style(value)
    return Area(code, name, text, value, style, style, path, speaker.territory(asked.level, code), here=False)


def _text(speaker: Speaker, asked: Asked, value: float) -> str:
    if asked.measure == "quand":
        if value == _NEVER:
            return _not_by(speaker, asked)
        return str(int(value)) if value > _BASE else _already(speaker)
    return speaker.number(value, 2) if asked.measure == "apl" else prospects.percent(speaker, value)


def _already(speaker: Speaker) -> str:
    return speaker.tr(f"déjà en {_BASE}", f"already in {_BASE}")


def _not_by(speaker: Speaker, asked: Asked) -> str:
    return speaker.tr(f"pas d'ici {asked.year}", f"not by {asked.year}")


def _classes_of_years(speaker: Speaker, asked: Asked) -> list[str]:
    edges = [int(cut) for cut in _WHEN.breaks]
    spans = [(low + 1, high) for low, high in pairwise(edges)]
    between = [speaker.tr(f"de {low} à {high}", f"{low} to {high}") for low, high in spans]
    return [_already(speaker), *between, _not_by(speaker, asked)]


def _legend(speaker: Speaker, asked: Asked, scale: Scale, areas: list[Area]) -> list[Entry]:
    if asked.measure == "quand":
        words = _classes_of_years(speaker, asked)
    else:
        cuts = [
            speaker.number(cut, 0 if cut == round(cut) else 1)
            if asked.measure == "apl"
            else prospects.percent(speaker, cut)
            for cut in scale.breaks
        ]
        words = [speaker.tr(f"moins de {cuts[0]}", f"under {cuts[0]}")]
        words += [speaker.tr(f"de {low} à {high}", f"{low} to {high}") for low, high in pairwise(cuts)]
        words += [speaker.tr(f"{cuts[-1]} et plus", f"{cuts[-1]} and over")]
    entries = [
        Entry(style, text, sum(one.style == style for one in areas))
        for style, text in zip(scale.styles, words, strict=True)
    ]
    missing = sum(one.style == "missing" for one in areas)
    return [*entries, Entry("missing", speaker.status("missing"), missing)] if missing else entries


def _loser(speaker: Speaker, one: Loser) -> dict[str, str]:
    where = f" ({one.departement})" if one.departement and one.level not in ("departement", "region") else ""
    return {
        "name": one.name + where,
        "href": speaker.territory(one.level, one.code),
        "population": speaker.number(one.population),
        "before": speaker.number(one.before, 2),
        "after": speaker.number(one.after, 2),
        "interval": prospects.between(speaker, one.after_low, one.after_high),
        "loss": prospects.percent(speaker, one.loss),
        "half_by": str(one.half_by or "–"),
        "under_by": str(one.under_by or "–"),
    }


def _sentences(speaker: Speaker, room: Room) -> list[str]:
    """What the map of France says, in words and figures."""
    people = outlooks.of(room.observatory, room.france)
    alone = outlooks.of(room.observatory, room.france, NOBODY)
    first, lowest, last = (
        people[0],
        min(people, key=lambda one: one.apl or 0.0),
        people[-1],
    )
    a, b, c = (speaker.number(one.apl or 0.0, 2) for one in (first, lowest, last))
    shares = (first.under, last.under, last.under_low, last.under_high, alone[-1].under)
    before, after, low, high, without = (prospects.percent(speaker, one) for one in shares)
    leaving = speaker.number(round(sum(one.retired or 0.0 for one in alone), -2))
    counted, left = speaker.number(round(first.doctors or 0.0)), speaker.number(alone[-1].apl or 0.0, 2)
    return [
        speaker.tr(
            f"Selon la trajectoire centrale, l'APL moyenne passerait de {a} en {first.year} à {b} en {lowest.year}, "
            f"puis à {c} en {last.year} ; la part des habitants d'une commune sous 2,5 irait de {before} à {after} "
            f"(de {low} à {high} dans 80 % des tirages).",
            f"Under the central path, the mean APL would go from {a} in {first.year} to {b} in {lowest.year}, then to "
            f"{c} in {last.year}; the share of people whose commune is under 2.5 from {before} to {after} ({low} to "
            f"{high} in 80% of the draws).",
        ),
        speaker.tr(
            f"D'ici {last.year}, {leaving} des {counted} généralistes comptés partiraient en retraite. Si personne ne "
            f"les remplaçait, l'APL moyenne tomberait à {left} et {without} des habitants vivraient sous 2,5.",
            f"By {last.year}, {leaving} of the {counted} GPs counted would retire. If nobody replaced them, the mean "
            f"APL would fall to {left} and {without} of the people would live under 2.5.",
        ),
    ]


def _supposed(speaker: Speaker) -> str:
    """The hypotheses on supply of ``model.toml``, in words."""
    one = model().supply
    drift, mobility = speaker.number(-100 * one.liberal_drift, 2), speaker.number(100 * one.mobility)
    newcomer, replaced = speaker.number(100 * one.newcomer_activity), speaker.number(100 * one.replaced)
    return speaker.tr(
        f"Hypothèses de Vigie : la part libérale baisse de {drift} % par an comme de 2012 à 2022 ; un nouveau venu "
        f"fait {newcomer} % de l'activité de ceux qui exercent là ; {replaced} % des départs sont remplacés sur "
        f"place ; les autres arrivants vont où l'on exerce déjà ; {mobility} % des médecins de moins de 60 ans "
        "déménagent chaque année.",
        f"Hypotheses of Vigie: the liberal share falls by {drift}% a year as from 2012 to 2022; a newcomer does "
        f"{newcomer}% of the activity of those who practise there; {replaced}% of the departures are replaced on the "
        f"spot; other newcomers go where practitioners already are; {mobility}% of the doctors under 60 move each "
        "year.",
    )


def _variant(speaker: Speaker, one: outlooks.Foreseen, last: outlooks.Year) -> Variant:
    return Variant(
        speaker.of(one.title),
        speaker.of(one.note),
        speaker.number(last.apl or 0.0, 2),
        prospects.between(speaker, last.apl_low, last.apl_high),
        prospects.percent(speaker, last.supply),
        prospects.percent(speaker, last.under),
    )


def _judged(speaker: Speaker, found: list[Judged]) -> str:
    """How far 2023 was from what the model would have said of it in 2019, commune by commune."""
    every = next((one for one in found if (one.base, one.spread, one.group) == (2019, "used", "all")), None)
    if every is None:
        return ""
    error, kept = speaker.number(every.error, 2), speaker.number(every.kept, 2)
    share = prospects.percent(speaker, every.coverage)
    return speaker.tr(
        "Arrêté en 2019, avec la seule croissance nationale de 2015 à 2019, le modèle se serait trompé de "
        f"{error} consultation en moyenne sur l'APL de 2023 d'une commune (de {kept} en supposant que rien ne "
        f"change), et {share} des communes auraient été dans l'intervalle à 80 %.",
        "Stopped in 2019, with the national growth of 2015 to 2019 alone, the model would have missed the APL of 2023 "
        f"of a commune by {error} of a consultation on average ({kept} supposing that nothing changes), and {share} "
        "of communes would have been within the 80% interval.",
    )


def _backtest(speaker: Speaker, found: list[Judged]) -> list[dict[str, str]]:
    """2023 seen from 2019: errors, and how often the intervals held, with the spread fitted before and the one used."""
    rows = {(one.spread, one.over, one.group): one for one in found if one.base == 2019}
    told = []
    for (spread, over, group), one in rows.items():
        if spread != "used" or group in ("france", "region"):
            continue
        before = rows.get(("earlier", over, group))
        told.append(
            {
                "group": speaker.tr(*_GROUPS[group]) if group in _GROUPS else speaker.level(group, many=True),
                "count": speaker.number(one.territories),
                "error": speaker.number(one.error, 2),
                "kept": speaker.number(one.kept, 2),
                "earlier": prospects.percent(speaker, before.coverage if before else None),
                "used": prospects.percent(speaker, one.coverage),
            }
        )
    return told
