"""The dossier of a territory under a rule: what an official needs to contest a classification, or to defend it.

Facts, the rule and its text, the reasons, how sensitive the class is, the zones around, the other rules, the sources.
It is made of blocks, so that Markdown, HTML and the reports' PDF say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vigie.editions import zoning_words as words
from vigie.editions.observatory import Observatory, Territory
from vigie.editions.store import storage_errors
from vigie.editions.voice import typography
from vigie.editions.zoned import zoned
from vigie.editions.zoning import edition_rules, told, zones_of_territory
from vigie.editions.zoning_neighbourhoods import share_of, under, within
from vigie.errors import InputError, Lang
from vigie.indicators import Definition
from vigie.language import Text, number, percent
from vigie.zoning.apply import Zoning
from vigie.zoning.classes import Floats, summed
from vigie.zoning.field import Field
from vigie.zoning.reasons import resident_variant, variant_classes, year_classes
from vigie.zoning.rules import professions

MOST_ZONES = 12
"""Zones that one dossier takes: beyond, it would no longer be read."""
NEAREST = 8
"""Zones around that each zone is compared with."""
_EARTH = 6371.0  # km


@dataclass(frozen=True)
class Heading:
    """A title; ``level`` 1 is the dossier's own."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Listing:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table with a caption; numbers are written already."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Listing | Grid


@dataclass(frozen=True)
class _Asked:
    """What every part of the dossier is made from."""

    observatory: Observatory
    zoning: Zoning
    field: Field
    territory: Territory
    definition: Definition
    zones: list[dict[str, Any]]
    lang: Lang

    def say(self, fr: str, en: str) -> str:
        return Text(fr, en).of(self.lang)

    @property
    def colon(self) -> str:
        """A colon with the spaces around it."""
        return self.say(" : ", ": ")

    def position(self, zone: str) -> int:
        """The position of a zone in the mesh."""
        return int(self.zoning.mesh.zones["zone"].index_of(zone) or 0)


def write_dossier(blocks: Sequence[Block], name: str, folder: Path, lang: Lang) -> list[Path]:
    """The blocks in ``folder`` under ``name`` as Markdown and HTML; returns both paths."""
    texts = {".md": markdown(blocks), ".html": html(blocks, lang)}
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in texts.items():
            (folder / f"{name}{suffix}").write_text(text, encoding="utf-8")
    return [folder / f"{name}{suffix}" for suffix in texts]


def dossier(observatory: Observatory, zoning: Zoning, field: Field, territory: Territory, lang: Lang) -> list[Block]:
    """The blocks of the dossier. Raises InputError for a territory over more than ``MOST_ZONES`` zones."""
    done = told(zoning, field)
    own = zones_of_territory(observatory, done, territory)
    if own.height > MOST_ZONES:
        raise InputError(
            f"{territory.name} s'étend sur {own.height} zones ; un dossier en prend {MOST_ZONES} au plus.",
            f"{territory.name} lies in {own.height} zones; a dossier takes {MOST_ZONES} at most.",
            remedy_fr="Choisissez une commune, un EPCI ou un bassin de vie.",
            remedy_en="Choose a commune, an EPCI or a bassin de vie.",
        )
    definition = observatory.indicator(zoning.rule.indicator or "")
    asked = _Asked(observatory, zoning, field, territory, definition, own.to_dicts(), lang)
    parts = (_facts, _rule, _reasons, _sensitivity, _around, _neighbourhoods, _others, _sources)
    return [_set(block, lang) for part in parts for block in part(asked)]


def _set(block: Block, lang: Lang) -> Block:
    """The block with the spaces and apostrophes that its language asks for."""

    def fine(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(typography(text, lang) for text in texts)

    if isinstance(block, Heading):
        return replace(block, text=typography(block.text, lang))
    if isinstance(block, Paragraph):
        return replace(block, text=typography(block.text, lang))
    if isinstance(block, Listing):
        return Listing(fine(block.items))
    return Grid(typography(block.caption, lang), fine(block.headings), tuple(fine(row) for row in block.rows))


# Parts ----------------------------------------------------------------------------------------------------------------


def _facts(asked: _Asked) -> Iterator[Block]:
    say, lang, rule = asked.say, asked.lang, asked.zoning.rule
    yield Heading(1, f"{asked.territory.name} – {rule.title.of(lang)}")
    yield Paragraph(
        say(
            f"Dossier de zonage établi par Vigie, édition {asked.observatory.id}, "
            f"pour la période {asked.zoning.period}. "
            "Il présente les faits, la règle et les hypothèses, sans conclure à la place du lecteur.",
            f"Zoning dossier made by Vigie, edition {asked.observatory.id}, for the period {asked.zoning.period}. "
            "It presents facts, the rule and assumptions, and leaves the conclusion to the reader.",
        )
    )
    yield Heading(2, say("Les faits", "The facts"))
    rows = [
        (
            f"{row['name']} ({row['zone']})",
            words.class_title(rule, row["class"], lang),
            words.own_value(asked.definition, row, lang),
            number(row["population"], lang),
            str(row["communes"]),
            _heads(asked, row["zone"]),
        )
        for row in asked.zones
    ]
    headings = (
        *(say("zone", "zone"), say("classe", "class"), asked.definition.short.of(lang)),
        *(say("habitants", "people"), say("communes", "communes"), say("praticiens", "practitioners")),
    )
    yield Grid(say("Zones du territoire", "Zones of the territory"), headings, tuple(rows))
    yield from _communes(asked)


def _heads(asked: _Asked, zone: str) -> str:
    counted = _counts(asked)
    if counted is None:
        return words.UNKNOWN.of(asked.lang)
    mesh = asked.zoning.mesh
    return number(float(summed(counted, mesh.index, mesh.size)[asked.position(zone)]), asked.lang)


def _counts(asked: _Asked) -> Floats | None:
    heads = professions()[asked.zoning.rule.profession].heads
    found = asked.field.last(heads, asked.zoning.period) if heads else None
    return None if found is None else found.values


def _communes(asked: _Asked) -> Iterator[Block]:
    say, lang = asked.say, asked.lang
    figures = asked.field.figures[asked.zoning.rule.indicator or "", asked.zoning.period]
    counted = _counts(asked)
    positions = [asked.position(row["zone"]) for row in asked.zones]
    inside = np.flatnonzero(np.isin(asked.zoning.mesh.index, positions))
    places = asked.field.places
    table = pl.DataFrame({"at": inside}).with_columns(
        name=places["name"].gather(inside),
        code=places["code"].gather(inside),
        people=places["population"].fill_null(0).gather(inside),
    )
    rows = []
    for at, name, code, people in table.sort("people", descending=True).iter_rows():
        value = float(figures.values[at])
        shown = words.value(asked.definition, value if np.isfinite(value) else None, lang)
        heads = words.UNKNOWN.of(lang) if counted is None else number(float(np.nan_to_num(counted[at])), lang)
        rows.append((f"{name} ({code})", number(people, lang), shown, heads))
    headings = (say("commune", "commune"), say("habitants", "people"), asked.definition.short.of(lang),
                say("praticiens", "practitioners"))  # fmt: skip
    yield Grid(say("Communes de ces zones", "Communes of these zones"), headings, tuple(rows))
    if counted is not None:
        yield Paragraph(
            say(
                "Praticiens : effectifs de la base permanente des équipements, tous âges, sans l'activité.",
                "Practitioners: head counts of the base permanente des équipements, all ages, without activity.",
            )
        )


def _rule(asked: _Asked) -> Iterator[Block]:
    say, lang, rule = asked.say, asked.lang, asked.zoning.rule
    yield Heading(2, say("La règle", "The rule"))
    yield Paragraph(rule.text.of(lang))
    state = words.STATUSES[rule.status].of(lang)
    dates = say(f"depuis le {rule.since}", f"since {rule.since}") if rule.since else ""
    dates += say(f", jusqu'au {rule.until}", f", until {rule.until}") if rule.until else ""
    checked = "" if rule.verified else say(" Règle non vérifiée.", " Unverified rule.")
    yield Paragraph(f"{say('État', 'Status')}{asked.colon}{state}{', ' if dates else ''}{dates}.{checked} "
                    f"{say('Source', 'Source')}{asked.colon}{rule.source.of(lang)}.")  # fmt: skip
    yield Paragraph(f"{say('Maille', 'Mesh')}{asked.colon}{words.mesh(asked.zoning.mesh.id).of(lang)}.")
    if rule.difference is not None and (asked.zoning.stands_in or rule.instead is None):
        yield Paragraph(rule.difference.of(lang))
    if asked.zoning.stands_in and (said := words.stand_in_said(rule, told(asked.zoning, asked.field).zones, lang)):
        yield Paragraph(said)
    if rule.note is not None:
        yield Paragraph(rule.note.of(lang))
    names = dict(asked.observatory.rows("SELECT code, name FROM territories WHERE level = 'region'"))
    brought = words.regional_told(rule, names, lang)
    if brought:
        yield Paragraph(say("Parts et plafonds apportés par région :", "Shares and ceilings brought by région:"))
        yield Listing(tuple(brought))
    rows = []
    found, shares = asked.zoning.classed.cuts, {one.id: one.share for one in rule.cut}
    if found.ndim == 2:  # each région its own: those of the first zone's
        found = found[asked.position(asked.zones[0]["zone"])]
        shares = {one.id: one.share for one in rule.in_region(asked.zones[0]["region"])}
    cuts = iter([*found, float("nan")])
    for one in rule.classes:
        limit = float("nan") if one.chosen else next(cuts)
        rows.append(
            (
                one.title.of(lang),
                words.ROLES[one.role].of(lang),
                "–" if (share := shares.get(one.id)) is None else percent(share, lang),
                words.value(asked.definition, limit, lang) if np.isfinite(limit) else "–",
                "–" if one.printed is None else number(one.printed, lang, 1),
            )
        )
    headings = (say("classe", "class"), say("effet", "effect"), say("part de la population", "share of people"),
                say("jusqu'à", "up to"), say("imprimé dans le texte", "printed in the text"))  # fmt: skip
    yield Grid(say("Classes de la règle", "Classes of the rule"), headings, tuple(rows))


def _reasons(asked: _Asked) -> Iterator[Block]:
    rule, lang = asked.zoning.rule, asked.lang
    yield Heading(2, asked.say("Les raisons", "The reasons"))
    for row in asked.zones:
        title = words.class_title(rule, row["class"], lang)
        yield Heading(3, f"{row['name']} ({row['zone']}){asked.colon}{title}")
        yield Listing(tuple(words.why(rule, row, asked.definition, lang)))
    fte = professions()[rule.profession].fte
    if fte is not None:
        yield Paragraph(
            asked.say(
                f"Équivalents temps plein : {fte.fr} Le calcul suppose que toute l'activité serve les habitants de la "
                "zone ; comme une partie va aux zones voisines, il en faudrait davantage.",
                f"Full-time equivalents: {fte.en} All the activity is taken to serve the people of the zone; as part "
                "of it goes to the zones around, it would take more.",
            )
        )


def _sensitivity(asked: _Asked) -> Iterator[Block]:
    say, lang, rule = asked.say, asked.lang, asked.zoning.rule
    yield Heading(2, say("La sensibilité", "The sensitivity"))
    yield Paragraph(
        say(
            "La classe est rejouée sous les hypothèses de l'APL recalculée par Vigie (trajets, décroissance, offre), "
            "ramenées à la moyenne nationale de l'indicateur, et pour les autres années. Ce n'est pas une marge "
            "d'erreur de la Drees : c'est l'étendue d'hypothèses énoncées.",
            "The class is played again under the hypotheses of the APL recomputed by Vigie (travel, decay, supply), "
            "brought to the national mean of the indicator, and for the other years. It is no error margin of "
            "DREES's: it is the range of stated hypotheses.",
        )
    )
    residents = resident_variant(asked.zoning, asked.field)
    ids = [one.id for one in rule.classes]
    for row in asked.zones:
        at = asked.position(row["zone"])
        place = int(residents.position[at])
        own = [(say(f"année {period}", f"year {period}"), value, name)
               for period, value, name in year_classes(asked.zoning, asked.field, at)]  # fmt: skip
        other = say("moyenne pondérée par les habitants", "mean weighted by residents")
        own.append((other, float(residents.valued.value[at]), ids[place] if place >= 0 else None))
        own += [
            (words.variant(name).of(lang), value, cls)
            for name, value, cls in variant_classes(asked.zoning, asked.field, at)
        ]
        rows = tuple(
            (name, words.value(asked.definition, value if np.isfinite(value) else None, lang),
             words.class_title(rule, cls, lang))
            for name, value, cls in own
        )  # fmt: skip
        headings = (say("hypothèse", "hypothesis"), say("valeur", "value"), say("classe", "class"))
        yield Grid(f"{row['name']} ({row['zone']})", headings, rows)


def _around(asked: _Asked) -> Iterator[Block]:
    say, lang = asked.say, asked.lang
    yield Heading(2, say("Les zones voisines", "The zones around"))
    yield Paragraph(
        say("Les plus proches, de centre à centre de population, à vol d'oiseau.",
            "The nearest, between centres of population, as the crow flies.")
    )  # fmt: skip
    lon, lat = _centres(asked)
    mesh, valued = asked.zoning.mesh, asked.zoning.valued
    ids = [one.id for one in asked.zoning.rule.classes]
    for row in asked.zones:
        at = asked.position(row["zone"])
        far = _kilometres(lon[at], lat[at], lon, lat)
        near = [int(one) for one in np.argsort(np.nan_to_num(far, nan=np.inf), kind="stable") if one != at][:NEAREST]
        rows = []
        for one in (at, *near):
            card, place = mesh.zones.row(one, named=True), int(asked.zoning.position[one])
            value = float(valued.value[one])
            rows.append(
                (
                    f"{card['name']} ({card['zone']})",
                    number(float(far[one]), lang) if np.isfinite(far[one]) else "–",
                    words.value(asked.definition, value if np.isfinite(value) else None, lang),
                    words.class_title(asked.zoning.rule, ids[place] if place >= 0 else None, lang),
                    number(card["population"], lang),
                )
            )
        headings = (say("zone", "zone"), "km", asked.definition.short.of(lang), say("classe", "class"),
                    say("habitants", "people"))  # fmt: skip
        yield Grid(say(f"Autour de {row['name']}", f"Around {row['name']}"), headings, tuple(rows))


def _centres(asked: _Asked) -> tuple[Floats, Floats]:
    """The centre of population of each zone, in degrees; NaN where no place has a point."""
    places, mesh = asked.field.places, asked.zoning.mesh
    located = places["lon"].is_not_null().to_numpy()
    weight = np.where(located, np.maximum(asked.field.residents, 1.0), 0.0)
    total = summed(weight, mesh.index, mesh.size)
    lon, lat = (
        np.divide(
            summed(weight * places[axis].fill_null(0.0).to_numpy(), mesh.index, mesh.size),
            total, out=np.full(mesh.size, np.nan), where=total > 0,
        )
        for axis in ("lon", "lat")
    )  # fmt: skip
    return lon, lat


def _kilometres(lon: float, lat: float, lons: Floats, lats: Floats) -> Floats:
    """Great circle distances (haversine)."""
    first, second = np.radians(lat), np.radians(lats)
    half = np.sin((second - first) / 2) ** 2 + np.cos(first) * np.cos(second) * np.sin(np.radians(lons - lon) / 2) ** 2
    found: Floats = 2 * _EARTH * np.arcsin(np.sqrt(half))
    return found


def _neighbourhoods(asked: _Asked) -> Iterator[Block]:
    rule = asked.zoning.rule
    if rule.neighbourhoods is None:
        return
    yield Heading(2, asked.say("Les quartiers prioritaires", "The priority neighbourhoods"))
    found = under(asked.observatory, told(asked.zoning, asked.field))
    yield Paragraph(words.neighbourhoods_said(rule, found, asked.lang))
    yield Paragraph(rule.neighbourhoods.source.of(asked.lang))
    if found is None:
        return
    share = share_of(asked.observatory, asked.territory)
    if share is not None:
        shown = percent(share, asked.lang)
        yield Paragraph(asked.say(f"{asked.territory.name} : {shown} des habitants y vivent.",
                                  f"{asked.territory.name}: {shown} of the people live in them."))  # fmt: skip
    own = within(asked.observatory, found, asked.territory)
    if own.height:
        yield Listing(tuple(words.neighbourhood_told(rule, row, asked.lang) for row in own.iter_rows(named=True)))


def _others(asked: _Asked) -> Iterator[Block]:
    say, lang = asked.say, asked.lang
    rows = []
    for one in zoned(asked.observatory, asked.territory):
        classes = say(" ; ", "; ").join(
            f"{(each.title or words.UNKNOWN).of(lang)} ({number(each.population, lang)})" for each in one.classes
        )
        shown = classes or words.UNKNOWN.of(lang)
        rows.append((one.title.of(lang), words.STATUSES[one.status].of(lang), one.period or "–", shown))
    yield Heading(2, say("Les autres règles", "The other rules"))
    headings = (say("règle", "rule"), say("état", "status"), say("période", "period"),
                say("classes (habitants du territoire)", "classes (people of the territory)"))  # fmt: skip
    yield Grid(say("Le territoire sous chaque règle", "The territory under each rule"), headings, tuple(rows))


def _sources(asked: _Asked) -> Iterator[Block]:
    say, lang = asked.say, asked.lang
    yield Heading(2, say("Les sources", "The sources"))
    names = [asked.zoning.rule.indicator, professions()[asked.zoning.rule.profession].heads, "population"]
    sql = """SELECT DISTINCT s.title_fr, s.title_en, s.producer, s.licence, s.id FROM observations o
        JOIN snapshots s ON s.id = o.snapshot WHERE o.level = 'commune' AND list_contains(?, o.indicator)
        AND (o.period = ? OR o.indicator <> ?) ORDER BY s.id"""
    found = asked.observatory.rows(sql, [[one for one in names if one], asked.zoning.period, names[0]])
    yield Listing(
        tuple(f"{say(fr, en)} – {producer}, {licence} ({snapshot})." for fr, en, producer, licence, snapshot in found)
    )
    yield Paragraph(f"{asked.definition.title.of(lang)}{asked.colon}{asked.definition.formula.of(lang)}")
    yield Paragraph(asked.definition.limits.of(lang))
    rule = asked.zoning.rule.id
    named = rule if rule in edition_rules(asked.observatory) else f"--rule-file {rule}.toml"
    yield Paragraph(
        say("Pour refaire ce dossier : ", "To make this dossier again: ")
        + f"vigie zone {named} --territory {asked.territory.key} --period {asked.zoning.period} --dossier"
    )


# Forms ----------------------------------------------------------------------------------------------------------------


def markdown(blocks: Sequence[Block]) -> str:
    """The blocks as Markdown (tables as in GitHub's)."""
    return "\n\n".join(_as_markdown(block) for block in blocks) + "\n"


def _as_markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, Listing):
        return "\n".join(f"- {item}" for item in block.items)
    lines = [f"**{block.caption}**", "", _line(block.headings), _line(["---"] * len(block.headings))]
    return "\n".join([*lines, *(_line(row) for row in block.rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #767676;padding:.2rem .5rem;text-align:left}"
)


def html(blocks: Sequence[Block], lang: Lang) -> str:
    """The blocks as a page of its own, without any script."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "Vigie")
    body = "\n".join(_as_html(block) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n"
        "</html>\n"
    )


def _as_html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Listing):
        return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in block.items) + "\n</ul>"
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in block.headings)
    rows = "\n".join(_row(row) for row in block.rows)
    return (
        f"<table>\n<caption>{escape(block.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(one)}</td>" for one in others) + "</tr>"
