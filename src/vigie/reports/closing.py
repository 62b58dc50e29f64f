"""The last sections of every report: what the data do not tell, the sources, the method, the edition."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from vigie.editions.figures import FAMILIES, latest
from vigie.editions.voice import Voice
from vigie.reports import model
from vigie.reports.desk import Desk
from vigie.reports.facts import Facts
from vigie.reports.model import Block, Cell, Section

_COMMAND = re.compile(
    r" \(vigie [^)]*\)| (?:Sous (?:le seuil|5 bénéficiaires), masqué|Below (?:the threshold|5 beneficiaries), hidden)\."
)  # commands are for the analyst, not for the reader of a document
_NOT_TOLD = ("_recalculee", "champ_constant")


def missing(facts: Facts, without: Sequence[tuple[str, str]] = ()) -> Section:
    """What is not known of the territory, why, and where it would come from; ``without``: parts that are not there."""
    tr = facts.voice.tr
    found: dict[str, list[str]] = {}
    for definition in facts.desk.indicators.values():
        told = definition.compute.rule in FAMILIES or definition.id.endswith(_NOT_TOLD)
        if facts.territory.level not in definition.levels or told or definition.theme == "engagement":
            continue
        last = latest(facts.own.get(definition.id, ()))
        if last is None or last.value is None:
            found.setdefault(_why(facts, definition.limits, last), []).append(facts.voice.of(definition.short))
    rows: list[list[Cell]] = [
        [{"text": facts.voice.semicolon.join(names), "strong": True}, why] for why, names in found.items()
    ]
    rows += [[{"text": title, "strong": True}, why] for title, why in without]
    title = tr("Ce que les données ne disent pas", "What the data do not tell")
    if not rows:
        return Section(
            title,
            [
                model.text(
                    tr(
                        "Rien ne manque de ce que l'observatoire attend à ce niveau.",
                        "Nothing is missing of what is expected at this level.",
                    )
                )
            ],
        )
    lead = tr(
        "L'observatoire ne remplace aucune donnée absente par une estimation de son cru. Ce qui manque ici, "
        "et d'où cela viendrait :",
        "The observatory puts no estimate of its own in the place of what is absent. What is missing here, "
        "and where it would come from:",
    )
    columns = [
        (tr("Donnée", "Data"), "left", "1fr"),
        (tr("Pourquoi, et d'où elle viendrait", "Why, and where it would come from"), "left", "2.6fr"),
    ]
    return Section(
        title, [model.text(lead), model.table(tr("Données non disponibles", "Data not available"), columns, rows)]
    )


def _why(facts: Facts, limits: object, last: object) -> str:
    if getattr(last, "status", "") == "suppressed":
        return facts.voice.tr(
            "Couvert par le secret statistique : le producteur ne publie pas les petits effectifs.",
            "Suppressed: the producer does not publish small counts.",
        )
    words = _COMMAND.sub("", facts.voice.of(limits))
    kept: list[str] = []
    length = 0
    sentences = words.replace(". ", ".\0").split("\0")
    about = [one for one in sentences if any(name in one for name in _whereabouts(facts))]
    for sentence in about or sentences:  # those about this part of France, else the first ones, whole
        if kept and length + len(sentence) > 230:
            break
        kept.append(sentence)
        length += len(sentence)
    return " ".join(kept)


def _whereabouts(facts: Facts) -> list[str]:
    """The names of the département of a territory and of its région: « Mayotte », « Corse »."""
    own = facts.territory
    levels = (("departement", own.departement), ("region", own.region))
    cards = [card for level, code in levels if code for card in facts.desk.cards(level, [code])]
    return list(dict.fromkeys([own.name, *(one.name for one in cards)])) if own.level != "france" else []


def sources(desk: Desk, voice: Voice, used: Collection[str], method: Sequence[str]) -> Section:
    """The snapshots that the figures come from, the method in a few lines, the edition."""
    tr = voice.tr
    kept = [row for row in desk.snapshots() if row["id"] in used]
    rows: list[list[Cell]] = [
        [
            tr(row["title_fr"], row["title_en"])
            + (tr(" (chiffres cités)", " (quoted figures)") if row["rank"] else ""),
            voice.tr(row["producer"] or "", (row["producer"] or "").replace(" ; ", "; ")),
            voice.period(row["period"] or "").replace("-01-01", "").replace(" ; ", voice.semicolon),
        ]
        for row in kept
    ]
    columns = [
        (tr("Source", "Source"), "left", "3.2fr"),
        (tr("Producteur", "Producer"), "left", "1.3fr"),
        (tr("Millésime", "Vintage"), "left", "1.3fr"),
    ]
    licence = tr(
        "Données sous Licence Ouverte 2.0 ; documents cités avec leur source.",
        "Data under Licence Ouverte 2.0; documents quoted with their source.",
    )
    when = voice.date(desk.built)
    identity = tr(
        f"Édition {desk.observatory.id} de l'observatoire, construite le {when}. Chaque chiffre se retrouve "
        "dans cette édition, avec "
        "sa définition, sa source et l'empreinte du fichier reçu. La même édition redonne le même document, "
        "octet pour octet.",
        f"Edition {desk.observatory.id} of the observatory, built on {when}. Every figure is in that edition, "
        "with its definition, "
        "its source and the checksum of the file received. The same edition gives the same document, byte for byte.",
    )
    blocks: list[Block] = [
        model.table(tr("D'où viennent les chiffres", "Where the figures come from"), columns, rows, licence),
        model.box(tr("Méthode", "Method"), [model.bullets(list(method)), model.text(identity, "note")]),
    ]
    return Section(tr("Sources et méthode", "Sources and method"), blocks)


def method(voice: Voice) -> list[str]:
    """The method of an état des lieux in a few lines."""
    tr = voice.tr
    return [
        tr(
            "L'accessibilité potentielle localisée (APL) est celle que publie la Drees par commune. Pour un "
            "territoire, c'est la moyenne "
            "pondérée par la population standardisée de 2021, la seule à disposition.",
            "The local potential accessibility (APL) is the one that Drees publishes by commune. For a "
            "territory it is the mean weighted "
            "by the standardised population of 2021, the only one at hand.",
        ),
        tr(
            "Seuils : 2,5 consultations par an et par habitant (sous-dense), 2 (très sous-dense). Le statut "
            "de chaque seuil d'alerte, officiel ou "
            "choisi par Vigie, est écrit à côté de l'alerte.",
            "Thresholds: 2.5 consultations a year per inhabitant (under-dense), 2 (very under-dense). The "
            "standing of each threshold, official or "
            "chosen by Vigie, is written beside the alert.",
        ),
        tr(
            "Les territoires comparables le sont par leur structure (population, âge, densité, attraction, "
            "conditions de vie), jamais par le résultat que l'on compare.",
            "Comparable territories are so by structure (population, age, density, attraction, living "
            "conditions), never by the result compared.",
        ),
        tr(
            "Les messages du début sont des règles écrites et testées appliquées aux chiffres de l'édition : "
            "aucune phrase n'est rédigée à la main pour un territoire.",
            "The opening messages are written, tested rules applied to the figures of the edition: no "
            "sentence is written by hand for a territory.",
        ),
    ]
