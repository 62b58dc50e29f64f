"""The spreadsheet annex of a territory: a sheet a theme, its alerts, its communes, its comparables, sources, notes.

Numbers are numbers and absent figures are empty cells with their status beside them; panes are frozen under the
headings. The same edition gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vigie.editions import alert_words, outlooks
from vigie.editions.figures import KNOWN, latest
from vigie.editions.observatory import Territory
from vigie.editions.voice import THEMES
from vigie.editions.zoned import zoned
from vigie.editions.zoning_words import STATUSES
from vigie.errors import Lang
from vigie.reports import mesh
from vigie.reports.desk import Desk
from vigie.reports.facts import COUNTS, PROFESSIONS, Facts, facts, known
from vigie.territories.phrases import sentence

if TYPE_CHECKING:
    import xlsxwriter

Value = str | float | int | None
_BY_PLACE = (*PROFESSIONS, "temps_urgences", *COUNTS)
_LONGEST = 31  # characters of the name of a sheet


def workbook(desk: Desk, territory: Territory, lang: Lang = "fr", mesh_level: str = "epci") -> bytes:
    """The annex of a territory as the bytes of a workbook; ``mesh_level``: of the mesh of a département."""
    import xlsxwriter

    own, buffer = facts(desk, territory, lang), io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    title = own.voice.tr(f"Annexe : accès aux soins {own.phrases.at}", f"Annex: access to care {own.phrases.at}")
    book.set_properties({"title": title, "author": "Vigie", "created": desk.built.replace(tzinfo=None)})
    pages = _Pages(book)
    _notes(pages, own, title)
    for theme in THEMES:
        _theme(pages, own, theme)
    _alerts(pages, own)
    _series(pages, own)
    _places(pages, own)
    _alike(pages, own)
    _zoning(pages, own)
    _outlook(pages, own)
    if territory.level == "departement":
        _mesh(pages, own, mesh_level)
    _sources(pages, own)
    book.close()
    return buffer.getvalue()


class _Pages:
    """A workbook with its three formats; each sheet is a table with frozen headings."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "bg_color": "#12333f", "font_color": "#ffffff", "text_wrap": True})
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14, "font_color": "#12333f"})

    def table(self, name: str, headings: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[Value]]) -> None:
        """A sheet of rows; no sheet without any."""
        if not rows:
            return
        sheet = self._book.add_worksheet(name[:_LONGEST])
        for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, self._bold)
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value == "":
                    continue
                if isinstance(value, str):
                    sheet.write_string(place, column, value)
                elif value is not None:
                    sheet.write_number(place, column, value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(headings) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def words(self, name: str, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """A sheet of a title and pairs of words."""
        sheet = self._book.add_worksheet(name[:_LONGEST])
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, title, self.title)
        for place, (first, second) in enumerate(rows, start=2):
            sheet.write_string(place, 0, first, self._wrap)
            sheet.write_string(place, 1, second, self._wrap)
        sheet.freeze_panes(2, 0)


_NOTES = (
    ("Feuilles", "Une feuille par thème, puis alertes, séries, communes, comparables, zonages, perspectives, "
     "maille d'un département et sources.",
     "Sheets", "A sheet for each theme, then alerts, series, communes, comparable territories, zoning, outlook, "
     "mesh of a département, sources."),
    ("Cellule vide", "Donnée non disponible : la colonne « statut » dit pourquoi. Zéro est un vrai zéro.",
     "Empty cell", "No data: the column “status” says why. Zero is a real zero."),
    ("Statuts", "Observé ; estimé ; donnée manquante ; secret statistique (petits effectifs non publiés).",
     "Statuses", "Observed; estimated; missing; suppressed (small counts are not published)."),
    ("Intervalle", "Densités : 95 %, méthode de Byar. APL recalculée : variantes extrêmes du calcul, non un aléa.",
     "Interval", "Densities: 95 %, Byar's method. Recomputed APL: extreme variants, no sampling error."),
    ("Perspectives", "Conséquences d'hypothèses dont plusieurs sont de Vigie, non une prévision ; bornes : 80 % des "
     "tirages.",
     "Outlook", "Consequences of hypotheses, several of them Vigie's, not a forecast; bounds: 80 % of the draws."),
    ("Licence", "Données sous Licence Ouverte 2.0 ; le producteur de chaque chiffre est dans la feuille des sources.",
     "Licence", "Data under Licence Ouverte 2.0; the producer of each figure is on the sheet of sources."),
)  # fmt: skip


def _notes(pages: _Pages, own: Facts, title: str) -> None:
    tr, built = own.voice.tr, own.voice.date(own.desk.built)
    rows = [
        (tr("Territoire", "Territory"), f"{own.phrases.name} ({own.territory.key})"),
        (tr("Édition", "Edition"), f"{own.desk.observatory.id}, {built}"),
        *((tr(fr, en), tr(said_fr, said_en)) for fr, said_fr, en, said_en in _NOTES),
    ]
    pages.words(tr("Lisez-moi", "Read me"), title, rows)


def _theme(pages: _Pages, own: Facts, theme: str) -> None:
    """The last figure of each indicator of a theme, with its interval, and those of the département and of France."""
    tr, rows = own.voice.tr, []
    for definition in own.desk.indicators.values():
        expected = own.territory.level in definition.levels or definition.id in own.own
        if definition.theme != theme or not expected:
            continue
        last = latest(own.own.get(definition.id, ()))
        period = last.period if last is not None else None
        local, whole = known(own.above, definition.id, period), known(own.france, definition.id, period)
        rows.append(
            [
                *(own.voice.of(definition.title), own.voice.of(definition.unit), period),
                *((last.value, last.lower, last.upper) if last is not None else (None, None, None)),
                own.voice.status(last.status if last is not None else "missing"),
                local.value if local is not None else None,
                whole.value if whole is not None else None,
                *(last.snapshot if last is not None else None, definition.id),
            ]
        )
    headings = [
        *(tr("Indicateur", "Indicator"), tr("Unité", "Unit"), tr("Période", "Period"), tr("Valeur", "Value")),
        *(
            tr("Borne basse", "Lower"),
            tr("Borne haute", "Upper"),
            tr("Statut", "Status"),
            tr("Département", "Département"),
        ),
        *("France", tr("Source (instantané)", "Source (snapshot)"), tr("Identifiant", "Identifier")),
    ]
    pages.table(own.voice.theme(theme), headings, [60, 34, 12, 12, 12, 12, 18, 12, 12, 36, 30], rows)


def _alerts(pages: _Pages, own: Facts) -> None:
    if not own.alerts:
        return
    tr, rules = own.voice.tr, own.desk.observatory.alert_rules
    rows: list[list[Value]] = [
        [
            own.voice.of(rules[one.rule].title),
            own.voice.of(alert_words.SEVERITIES[one.severity]),
            *(one.period, one.value, one.measure, one.threshold, one.since, one.periods, one.people),
            own.voice.of(alert_words.step(one, rules[one.rule]).source),
        ]
        for one in own.alerts
    ]
    headings = [
        *(tr("Alerte", "Alert"), tr("Gravité", "Severity"), tr("Période", "Period"), tr("Valeur", "Value")),
        *(
            tr("Mesure", "Measure"),
            tr("Seuil", "Threshold"),
            tr("Depuis", "Since"),
            tr("Mesures de suite", "Measures running"),
        ),
        *(tr("Habitants", "People"), tr("Source du seuil", "Source of the threshold")),
    ]
    pages.table(tr("Alertes", "Alerts"), headings, [44, 16, 12, 12, 12, 12, 12, 12, 14, 70], rows)


def _series(pages: _Pages, own: Facts) -> None:
    """Every known figure of the indicators of access, a row a period."""
    tr = own.voice.tr
    rows: list[list[Value]] = []
    for definition in own.desk.indicators.values():
        if definition.theme not in ("acces", "urgences"):
            continue
        rows += [
            [own.voice.of(definition.title), one.period, one.value, own.voice.status(one.status), one.snapshot]
            for one in own.own.get(definition.id, ())
            if one.status in KNOWN and one.value is not None
        ]
    headings = [
        tr("Indicateur", "Indicator"),
        tr("Période", "Period"),
        tr("Valeur", "Value"),
        tr("Statut", "Status"),
        tr("Source (instantané)", "Source (snapshot)"),
    ]
    pages.table(tr("Séries", "Series"), headings, [60, 12, 12, 14, 36], rows)


def _places(pages: _Pages, own: Facts) -> None:
    """A row a place of the territory (for a commune, of its EPCI), a column an indicator in its last period."""
    tr = own.voice.tr
    whole = own.epci if own.territory.level == "commune" and own.territory.kind != "whole_city" else None
    members = own.desk.observatory.members(whole) if whole is not None else own.members
    if len(members) < 2:
        return
    codes, columns = [one.code for one in members], []
    headings = [tr("Commune", "Commune"), tr("Code", "Code"), tr("Habitants", "People")]
    for name in _BY_PLACE:
        period = own.desk.last_period(name, "commune")
        if name in own.desk.indicators and period is not None:
            columns.append(own.desk.values(name, "commune", period, codes))
            headings.append(f"{own.voice.of(own.definition(name).short)} ({own.voice.period(period)})")
    rows: list[list[Value]] = [
        [one.name, one.code, one.population, *(values.get(one.code, (None, ""))[0] for values in columns)]
        for one in members
    ]
    pages.table(tr("Communes", "Communes"), headings, [36, 10, 12, *[16] * len(columns)], rows)


def _alike(pages: _Pages, own: Facts) -> None:
    """The territories alike, with the indicators of access in the level's last period."""
    tr, near = own.voice.tr, own.neighbours
    if not near:
        return
    level, codes = own.territory.level, [one.territory.code for one in near]
    columns, headings = (
        [],
        [
            tr("Territoire comparable", "Comparable territory"),
            tr("Code", "Code"),
            tr("Distance", "Distance"),
            tr("Habitants", "People"),
        ],
    )
    for name in PROFESSIONS:
        period = own.desk.last_period(name, level)
        if name in own.desk.indicators and period is not None:
            columns.append(own.desk.values(name, level, period, codes))
            headings.append(f"{own.voice.of(own.definition(name).short)} ({own.voice.period(period)})")
    rows: list[list[Value]] = [
        [
            one.territory.name,
            one.territory.code,
            one.distance,
            one.territory.population,
            *(values.get(one.territory.code, (None, ""))[0] for values in columns),
        ]
        for one in near
    ]
    pages.table(tr("Comparables", "Comparable"), headings, [40, 12, 10, 12, *[16] * len(columns)], rows)


def _zoning(pages: _Pages, own: Facts) -> None:
    """Each rule in its last period and the classes of the territory, with the people in each."""
    if not own.desk.observatory.has("zones"):
        return
    tr = own.voice.tr
    rows: list[list[Value]] = [
        [
            own.voice.of(one.title),
            own.voice.of(one.profession),
            own.voice.of(STATUSES[one.status]),
            one.period,
            own.voice.of(kept.title) if kept.title is not None else own.voice.status("missing"),
            *(kept.population, kept.communes),
            tr("oui", "yes") if one.verified else tr("non", "no"),
        ]
        for one in zoned(own.desk.observatory, own.territory)
        for kept in one.classes
    ]
    headings = [
        *(tr("Règle", "Rule"), tr("Profession", "Profession"), tr("Statut", "Status"), tr("Période", "Period")),
        *(tr("Classe", "Class"), tr("Habitants", "People"), tr("Communes", "Communes")),
        tr("Seuils lus dans le texte", "Thresholds read in the text"),
    ]
    pages.table(tr("Zonages", "Zoning"), headings, [50, 26, 18, 10, 40, 12, 12, 20], rows)


def _outlook(pages: _Pages, own: Facts) -> None:
    """The years of the central path and of the one where nobody replaces those who leave."""
    observatory, tr = own.desk.observatory, own.voice.tr
    if not outlooks.has_outlook(observatory):
        return
    titles = outlooks.variants(observatory)
    rows: list[list[Value]] = [
        [
            *(own.voice.of(titles[name].title), one.year),
            *map(_rounded, (one.apl, one.apl_low, one.apl_high, one.under)),
            *map(_rounded, (one.doctors, one.retired, one.moved, one.arrived)),
        ]
        for name in (outlooks.CENTRAL, outlooks.NOBODY)
        for one in outlooks.of(observatory, own.territory, name)
    ]
    share = (
        tr("Part des tirages sous 2,5 (0 à 1)", "Share of the draws under 2.5 (0 to 1)")
        if own.territory.level == "commune"
        else tr("Part des habitants sous 2,5 (0 à 1)", "Share of people under 2.5 (0 to 1)")
    )
    headings = [
        *(tr("Hypothèse", "Hypothesis"), tr("Année", "Year"), "APL"),
        *(tr("Borne basse", "Lower"), tr("Borne haute", "Upper"), share),
        *(tr("Généralistes", "GPs"), tr("Retraites dans l'année", "Retired in the year")),
        *(tr("Partis ailleurs", "Moved away"), tr("Arrivés", "Arrived")),
    ]
    pages.table(tr("Perspectives", "Outlook"), headings, [40, 10, 12, 12, 12, 20, 14, 14, 14, 14], rows)


def _rounded(value: float | None) -> float | None:
    """A figure of the outlook without the noise of the single precision that it is kept in."""
    return None if value is None else round(value, 5)


def _mesh(pages: _Pages, own: Facts, level: str) -> None:
    """The territories of a département: the six indicators, the degree of difficulty, the resources."""
    tr, found = own.voice.tr, mesh.read_mesh(own, level)
    names = [name for name in (*mesh.SIX, *mesh.RESOURCES) if name in own.desk.indicators]
    degrees = (
        {one.id: own.voice.of(one.title) for one in own.desk.observatory.responses.degrees} if found.answers else {}
    )
    rows: list[list[Value]] = []
    for one in found.territories:
        answer = found.answers.get(one.code)
        degree = (
            degrees.get(answer.degree or "", tr("sans alerte", "no alert")) if answer else own.voice.status("missing")
        )
        figures = [found.values.get(name, {}).get(one.code) for name in names]
        rows.append([one.name, one.code, one.population, degree, *figures])
    headings = [
        *(sentence(own.voice.level(level)), tr("Code", "Code"), tr("Habitants", "People")),
        tr("Degré de difficulté", "Degree of difficulty"),
        *(own.voice.of(own.definition(name).short) for name in names),
    ]
    pages.table(tr("Maille", "Mesh"), headings, [44, 12, 12, 34, *[16] * len(names)], rows)


def _sources(pages: _Pages, own: Facts) -> None:
    tr = own.voice.tr
    rows: list[list[Value]] = [
        [
            row["id"],
            tr(row["title_fr"], row["title_en"]),
            row["producer"],
            row["licence"],
            row["period"],
            row["landing"],
            row["sha256"],
        ]
        for row in own.desk.snapshots()
    ]
    headings = [
        tr("Instantané", "Snapshot"),
        tr("Titre", "Title"),
        tr("Producteur", "Producer"),
        tr("Licence", "Licence"),
        tr("Millésime", "Vintage"),
        tr("Adresse", "Address"),
        "SHA-256",
    ]
    pages.table(tr("Sources", "Sources"), headings, [36, 60, 26, 24, 20, 50, 66], rows)
