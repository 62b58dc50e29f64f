"""Zoning in reports: the section of an état des lieux, and the dossier de zonage of a territory with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vigie.editions.observatory import Territory
from vigie.editions.zoned import ClassHere, zoned
from vigie.editions.zoning import Applied, applied, edition_rules, periods_at_hand, zones_of_territory
from vigie.editions.zoning_words import STATUSES, class_title, mesh, value, why
from vigie.errors import Lang
from vigie.reports import closing, model
from vigie.reports.desk import Desk
from vigie.reports.facts import Facts, facts
from vigie.reports.model import Block, Cell, Report, Section
from vigie.territories.phrases import ARRONDISSEMENT, sentence
from vigie.zoning.rules import Rule, professions

_TOLD = 4  # zones whose reasons are told in full in a dossier
_LISTED = 40
_TONES = {"priority": "low", "aided": "low"}


def section(own: Facts) -> Section | None:
    """The classes of the rules in force, with the reasons where the territory lies in one zone; None without zoning."""
    tr = own.voice.tr
    if not own.desk.observatory.has("zones"):
        return None
    known, found = edition_rules(own.desk.observatory), zoned(own.desk.observatory, own.territory)
    told = [(known[one.rule], one) for one in found if one.classes and one.status == "in_force"]
    if not told:
        return None
    rows: list[list[Cell]] = [
        [
            {
                "text": sentence(own.voice.of(professions()[rule.profession].title)),
                "strong": True,
                "sub": own.voice.of(rule.title),
            },
            _classes(own, rule, one.classes),
            {"text": one.period, "soft": True},
            {"text": own.voice.of(mesh(_mesh(own, rule.id))), "soft": True},
        ]
        for rule, one in told
    ]
    columns = [
        (tr("Profession et règle", "Profession and rule"), "left", "1.5fr"),
        (tr("Classe, et part des habitants", "Class, and share of inhabitants"), "left", "2fr"),
        (tr("Année", "Year"), "left", "0.6fr"),
        (tr("Maille", "Mesh"), "left", "1.3fr"),
    ]
    note = tr(
        "Règles nationales en vigueur appliquées par Vigie aux données à disposition : le classement arrêté par "
        "l'ARS, seul à "
        "ouvrir des droits, peut différer.",
        "National rules in force applied by Vigie to the data at hand: the classes decided by the ARS, which "
        "alone open "
        "rights, may differ.",
    )
    caption = tr("Classes selon les règles en vigueur", "Classes by the rules in force")
    blocks: list[Block] = [model.table(caption, columns, rows, note)]
    doctors = next((rule for rule, _ in told if rule.profession == "mg" and rule.verified), None)
    if doctors is not None:
        blocks += _reasons(own, doctors)
    return Section(tr("Le zonage et ses raisons", "Zoning and its reasons"), blocks)


def _mesh(own: Facts, rule: str) -> str:
    ((name,),) = own.desk.observatory.rows("SELECT mesh FROM zoning_rules WHERE id = ?", [rule])
    return str(name)


def _classes(own: Facts, rule: Rule, classes: Sequence[ClassHere]) -> Cell:
    """The class, or each class with the share of people in it."""
    whole = sum(one.population for one in classes)
    names = [class_title(rule, one.id, own.lang) for one in classes]
    tone = _TONES.get(classes[0].role or "", "none")
    if len(classes) == 1 or not whole:
        return {"text": own.voice.tr(names[0], names[0]), "strong": True, "tone": tone}
    parts = []
    for name, one in zip(names, classes, strict=True):
        share = f"{own.voice.number(100 * one.population / whole)} %"
        if one.population:
            parts.append(own.voice.tr(f"{name} : {share}", f"{name}: {share}"))
    return {"text": parts[0], "strong": True, "tone": tone, "sub": own.voice.semicolon.join(parts[1:])}


def _reasons(own: Facts, rule: Rule) -> list[Block]:
    """Why the zone of the territory has its class: where there are several, the one where most of its people live."""
    tr, done = own.voice.tr, applied(own.desk.observatory, rule.id)
    zones = zones_of_territory(own.desk.observatory, done, own.territory).sort("zone").to_dicts()
    definition = own.desk.indicators.get(rule.indicator or "")
    if not zones or definition is None:
        return []
    people = _people(own, done.mesh)
    row = max(zones, key=lambda one: people.get(one["zone"], 0))  # the first of those with as many people here
    if row["value"] is None:
        return []
    said = [own.voice.tr(one, one) for one in why(rule, row, definition, own.lang)]
    of = own.voice.of(mesh(done.mesh))
    title = tr(f"Pourquoi : {of} « {row['name']} »", f"Why: {of} “{row['name']}”")
    part = ARRONDISSEMENT.match(row["name"])
    if part:  # a zone by itself
        title = tr(f"Pourquoi : {part[1]} {part[2]}{part[3]}", f"Why: {row['name']}")
    if len(zones) > 1:
        title += tr(", où vivent le plus d'habitants", ", where most people live")
    return [model.box(_short(title), [model.text(" ".join(said))])]


def _people(own: Facts, name: str) -> dict[str, int]:
    """The people of the territory in each zone of a mesh."""
    sql = """SELECT z.zone, sum(coalesce(t.population, 0)) FROM zone_members z
        JOIN memberships m ON m.place = z.place
        JOIN territories t ON t.level = 'commune' AND t.code = z.place
        WHERE z.mesh = ? AND m.level = ? AND m.code = ? GROUP BY z.zone"""
    return dict(own.desk.observatory.rows(sql, [name, own.territory.level, own.territory.code]))


def _short(title: str) -> str:
    """Without what the mesh says of Paris, Lyon and Marseille, which the table says."""
    return title.replace(" 2022, Paris, Lyon et Marseille par arrondissement", "").replace(
        " of 2022, Paris, Lyon and Marseille by arrondissement", ""
    )


# The dossier ------------------------------------------------------------------------------------------------------


def dossier(desk: Desk, territory: Territory, lang: Lang = "fr") -> Report:
    """The dossier de zonage of a territory: each rule at hand, its text, its zones, their reasons, what is unsure.

    Raises StorageError for an edition without zoning.
    """
    own = facts(desk, territory, lang)
    tr, known, at_hand = own.voice.tr, edition_rules(desk.observatory), periods_at_hand(desk.observatory)
    order = ("in_force", "proposed", "past", "ours")
    ready = sorted((one for one in known.values() if at_hand[one.id]), key=lambda one: order.index(one.status))
    sections = [_summary(own, ready), *(_rule(own, rule) for rule in ready)]
    absent = [one for one in known.values() if not at_hand[one.id]]
    if absent:
        rows: list[list[Cell]] = [
            [{"text": own.voice.of(one.title), "strong": True}, own.voice.of(one.missing or one.text)] for one in absent
        ]
        columns = [(tr("Règle", "Rule"), "left", "1fr"), (tr("Ce qui manque", "What is missing"), "left", "2.4fr")]
        table = model.table(tr("Règles non appliquées", "Rules not applied"), columns, rows)
        sections.append(Section(tr("Ce qui n'a pas pu être appliqué", "What could not be applied"), [table]))
    used = {one.snapshot for rule in ready for one in own.own.get(rule.indicator or "", ())}
    used |= {row["id"] for row in desk.snapshots() if row["id"].startswith(("communes@", "drees_apl"))}
    sections.append(closing.sources(desk, own.voice, used, _method(own)))
    return envelope(own, own.phrases.name, lang, sections)


def envelope(own: Facts, title: str, lang: Lang, sections: list[Section]) -> Report:
    """The zoning file of a territory around its sections: what stands on every page of it."""
    desk, territory, tr = own.desk, own.territory, own.voice.tr
    return Report(
        title=title,
        eyebrow=tr("Dossier de zonage", "Zoning file"),
        subtitle=tr(f"Dossier de zonage {own.phrases.of}", f"Zoning file {own.phrases.of}"),
        facts=[own.voice.kind(territory.level, territory.kind).capitalize()],
        lang=lang,
        edition=tr(f"Édition {desk.observatory.id}", f"Edition {desk.observatory.id}"),
        date=own.voice.date(desk.built),
        timestamp=int(desk.built.timestamp()),
        footer=tr("Vigie, observatoire ouvert de l'accès aux soins", "Vigie, the open observatory of access to care"),
        keywords=[tr("zonage", "zoning"), own.phrases.name],
        sections=sections,
    )


def _summary(own: Facts, ready: Sequence[Rule]) -> Section:
    tr = own.voice.tr
    found = {one.rule: one for one in zoned(own.desk.observatory, own.territory) if one.classes}
    rows: list[list[Cell]] = [
        [
            {"text": own.voice.of(rule.title), "strong": True, "sub": own.voice.of(STATUSES[rule.status])},
            _classes(own, rule, found[rule.id].classes),
            {"text": found[rule.id].period, "soft": True},
        ]
        for rule in ready
        if rule.id in found
    ]
    columns = [
        (tr("Règle", "Rule"), "left", "1.5fr"),
        (tr("Classe, et part des habitants", "Class, and share of inhabitants"), "left", "2.2fr"),
        (tr("Année", "Year"), "left", "0.6fr"),
    ]
    caption = tr("Ce que chaque règle donne", "What each rule gives")
    blocks: list[Block] = [model.table(caption, columns, rows)]
    if not rows:
        blocks = [
            model.text(
                tr("Aucune règle ne s'applique ici, faute de données.", "No rule applies here for want of data.")
            )
        ]
    return Section(tr("L'essentiel", "In short"), blocks)


def _rule(own: Facts, rule: Rule) -> Section:
    tr, done = own.voice.tr, applied(own.desk.observatory, rule.id)
    status = own.voice.of(STATUSES[rule.status])
    text = own.voice.of(rule.text)
    blocks: list[Block] = [
        model.text(
            f"{text} {tr('Statut : ', 'Status: ')}{status}. {tr('Source : ', 'Source: ')}{own.voice.of(rule.source)}."
        )
    ]
    notes = [own.voice.of(one) for one in (rule.note, rule.difference if done.stands_in else None) if one is not None]
    if not rule.verified:
        notes.insert(
            0,
            tr(
                "Seuils rapportés par un tiers, non vérifiés dans le texte.",
                "Thresholds told by a third party, not checked in the text.",
            ),
        )
    if notes:
        blocks.append(model.text(" ".join(notes), "note"))
    zones = zones_of_territory(own.desk.observatory, done, own.territory)
    definition = own.desk.indicators.get(rule.indicator or "")
    if zones.is_empty() or definition is None:
        return Section(
            own.voice.of(rule.title),
            [*blocks, model.text(tr("Aucune zone de cette règle ici.", "No zone of this rule here."))],
        )
    listed = zones.sort("population", "zone", descending=[True, False]).head(_LISTED).to_dicts()
    blocks.append(_zones(own, done, listed, zones.height))
    kept = zones.sort("borderline", "population", "zone", descending=[True, True, False]).head(_TOLD).to_dicts()
    items = [
        f"{_name(row)}. " + " ".join(own.voice.tr(one, one) for one in why(rule, row, definition, own.lang))
        for row in kept
    ]
    blocks.append(model.heading(tr("Raisons, les zones limites d'abord", "Reasons, borderline zones first")))
    blocks.append(model.bullets(items))
    return Section(own.voice.of(rule.title), blocks)


def _name(row: dict[str, Any]) -> str:
    return str(row["name"]).replace("'", "’")


def _zones(own: Facts, done: Applied, listed: Sequence[dict[str, Any]], count: int) -> Block:
    tr, rule = own.voice.tr, done.rule
    definition = own.desk.indicators[rule.indicator or ""]
    rows: list[list[Cell]] = []
    for row in listed:
        title = class_title(rule, row["class"], own.lang)
        role = _TONES.get(row["role"] or "", "none")
        threshold = "—" if row["threshold"] is None else value(definition, row["threshold"], own.lang)
        rows.append(
            [
                {"text": _name(row), "strong": True},
                own.voice.number(row["population"]) if row["population"] is not None else own.absent,
                value(definition, row["value"], own.lang)
                if row["value"] is not None
                else {"text": own.absent, "soft": True},
                {"text": own.voice.tr(title, title), "tone": role, "strong": role == "low"},
                {"text": threshold, "soft": True},
                tr("oui", "yes") if row["borderline"] else {"text": "—", "soft": True},
            ]
        )
    columns = [
        (tr("Zone", "Zone"), "left", "1.7fr"),
        (tr("Habitants", "People"), "right", "0.8fr"),
        (own.voice.of(definition.short), "right", "1.25fr"),
        (tr("Classe", "Class"), "left", "2.1fr"),
        (tr("Seuil le plus proche", "Nearest threshold"), "right", "0.9fr"),
        (tr("Limite", "Borderline"), "left", "0.75fr"),
    ]
    caption = tr(f"Zones de {done.period}", f"Zones of {done.period}")
    if count > len(listed):
        caption += tr(
            f" : les {len(listed)} plus peuplées sur {count}", f": the {len(listed)} most populated of {count}"
        )
    return model.table(caption, columns, rows)


def _method(own: Facts) -> list[str]:
    tr = own.voice.tr
    return [
        tr(
            "Chaque règle est un fichier de données que l'édition garde : seuils, parts de population, maille, "
            "texte et source.",
            "Each rule is a data file that the edition keeps: thresholds, shares of people, mesh, text and source.",
        ),
        tr(
            "Une zone est dite limite quand elle est près d'un seuil ; la stabilité est la part des variantes et "
            "des autres années "
            "où elle garde sa classe.",
            "A zone is borderline where it is near a threshold; stability is the share of variants and other "
            "years in which it "
            "keeps its class.",
        ),
        tr(
            "Seul l'arrêté du directeur général de l'ARS classe un territoire : ce dossier prépare la "
            "discussion, il ne la remplace pas.",
            "Only the decision of the ARS classes a territory: this file prepares the discussion and does not "
            "replace it.",
        ),
    ]
