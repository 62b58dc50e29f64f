"""The section on the coming ten years: what becomes of the access to GPs, with its range, and if nobody replaces."""

from __future__ import annotations

from collections.abc import Sequence

from vigie import charts
from vigie.editions import outlooks
from vigie.editions.outlook_words import if_nobody, none_comes, nothing_in_reach, practitioners
from vigie.editions.outlooks import CENTRAL, NOBODY, Year
from vigie.reports import model
from vigie.reports.facts import UNDER_DENSE, Facts
from vigie.reports.model import Block, Cell, Section
from vigie.reports.press import FAMILY, FONTS

_STEP = 3  # of how many years one is in the table


def section(own: Facts) -> Section | None:
    """The outlook of a territory; None where the edition has none for it."""
    if not outlooks.has_outlook(own.desk.observatory):
        return None
    central, nobody = (
        [one for one in outlooks.of(own.desk.observatory, own.territory, name) if one.apl is not None]
        for name in (CENTRAL, NOBODY)
    )
    if len(central) < 2:
        return None
    tr = own.voice.tr
    blocks: list[Block] = [
        model.text(" ".join(_sentences(own, central, nobody))),
        model.pair([_chart(own, central, nobody)], [_table(own, central, nobody)], (1.15, 1.0)),
        model.text(_note(own), "note"),
    ]
    return Section(tr(f"Perspectives d'ici {central[-1].year}", f"Outlook to {central[-1].year}"), blocks)


def _sentences(own: Facts, central: Sequence[Year], nobody: Sequence[Year]) -> list[str]:
    tr, first, last = own.voice.tr, central[0], central[-1]
    if nothing_in_reach(central, nobody):
        return [none_comes(own.voice, central)]
    before, after, low, high = (_figure(own, one) for one in (first.apl, last.apl, last.apl_low, last.apl_high))
    said = [
        tr(
            f"Selon la trajectoire centrale, l'accès aux généralistes passerait de {before} consultations par an "
            "et par "
            f"habitant en {first.year} à {after} en {last.year}, entre {low} et {high} dans 80 % des tirages.",
            f"Under the central path access to GPs would go from {before} consultations a year per inhabitant in "
            f"{first.year} to {after} in {last.year}, between {low} and {high} in 80% of the draws.",
        )
    ]
    alone = if_nobody(own.voice, nobody)
    local = practitioners(own.voice, own.territory.level, nobody or central)
    return [*said, *(one for one in (alone, local) if one)]


def _figure(own: Facts, value: float | None) -> str:
    return own.absent if value is None else own.voice.number(value, 2)


def _chart(own: Facts, central: Sequence[Year], nobody: Sequence[Year]) -> Block:
    tr = own.voice.tr
    names = tr("trajectoire centrale", "central path"), tr("sans remplacement", "no replacement")
    bands = [
        charts.Band(
            name, {one.year: (one.apl or 0, one.apl_low or 0, one.apl_high or 0) for one in found}, colour, dashed
        )
        for name, found, colour, dashed in (
            (names[0], central, charts.ACCENT, False),
            (names[1], nobody, charts.WARM, True),
        )
        if found
    ]
    caption = tr(
        "Accès aux généralistes selon deux hypothèses (consultations par an et par habitant ; pointillés : seuil "
        "de 2,5)",
        "Access to GPs under two hypotheses (consultations a year per inhabitant; dots: threshold of 2.5)",
    )
    ends = ", ".join(
        f"{name} {_figure(own, found[-1].apl)}" for name, found in zip(names, (central, nobody), strict=True) if found
    )
    alt = f"{caption}. {central[-1].year}{own.voice.colon}{ends}."
    return model.figure(charts.svg(charts.fan(bands, own.lang, FAMILY, (UNDER_DENSE, "")), FONTS), alt, caption)


def _table(own: Facts, central: Sequence[Year], nobody: Sequence[Year]) -> Block:
    tr, alone = own.voice.tr, {one.year: one for one in nobody}
    shown = sorted(
        {central[0].year, *(one.year for one in reversed(central) if (central[-1].year - one.year) % _STEP == 0)}
    )
    rows: list[list[Cell]] = []
    for one in central:
        if one.year not in shown:
            continue
        other = alone.get(one.year)
        low, high = _figure(own, one.apl_low), _figure(own, one.apl_high)
        rows.append(
            [
                str(one.year),
                {
                    "text": _figure(own, one.apl),
                    "strong": True,
                    "sub": tr(f"de {low} à {high}", f"{low} to {high}") if low != high else "",
                },
                _figure(own, other.apl) if other is not None else {"text": "—", "soft": True},
            ]
        )
    columns = [
        (tr("Année", "Year"), "left", "0.7fr"),
        (tr("Centrale", "Central"), "right", "1.2fr"),
        (tr("Sans remplacement", "No replacement"), "right", "1.2fr"),
    ]
    return model.table(tr("APL projetée", "Projected APL"), columns, rows)


def _note(own: Facts) -> str:
    one = outlooks.variants(own.desk.observatory)[CENTRAL]
    draws = own.voice.number(one.draws)
    rests = outlooks.basis(own.desk.observatory, own.territory).text(own.lang)
    return own.voice.tr(
        f"Ce n'est pas une prévision : {draws} tirages sous des hypothèses dont plusieurs sont de Vigie. La zone "
        "claire contient "
        f"80 % des tirages. {rests} {one.path.fr}.",
        f"It is not a forecast: {draws} draws under hypotheses, several of them Vigie's. The light area holds 80% "
        "of the draws. "
        f"{rests} {one.path.en}.",
    )
