"""The page of the data: what the edition was built from, what was checked, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.site import corrections
from vigie.site.provenance import sources
from vigie.site.room import Room
from vigie.site.words import Speaker

TITLES: dict[str, tuple[str, str]] = {
    "territories": ("Territoires : codes, noms, populations, points", "Territories: codes, names, populations, points"),
    "places": ("Lieux de calcul", "Computing units"),
    "place_measures": ("Mesures aux lieux, dont tout se calcule", "Measures at places, of which all is computed"),
    "memberships": ("Appartenance des lieux aux territoires", "Which places make which territories"),
    "observations": ("Toutes les observations", "All observations"),
    "distributions": ("Distributions par niveau et période", "Distributions by level and period"),
    "indicators": ("Définitions des indicateurs", "Definitions of the indicators"),
    "snapshots": ("Fichiers d’origine", "Original files"),
    "figures": ("Chiffres publiés, avec leur citation", "Published figures, with their words"),
    "cells": ("Tableaux transcrits", "Transcribed tables"),
    "documents": ("Documents transcrits", "Transcribed documents"),
    "relations": ("Vérification des tableaux transcrits", "Verification of the transcribed tables"),
    "alerts": ("Alertes", "Alerts"),
    "alert_degrees": ("Ce que les alertes d’un territoire font ensemble", "What the alerts of a territory add up to"),
    "alert_counts": ("Habitants par nombre d’alertes et type d’espace", "People by number of alerts and kind of space"),
    "alert_people": ("Habitants sous chaque alerte, par type d’espace", "People under each alert, by kind of space"),
    "alert_rules": ("Règles d’alerte", "Alert rules"),
    "alert_responses": ("Degrés de réponse", "Degrees of response"),
    "neighbours": ("Territoires comparables", "Territories alike"),
    "structure": ("Structure des territoires comparés", "Structure of the territories compared"),
    "structure_variables": ("Variables de structure et leurs poids", "Structural variables and their weights"),
    "provision": ("Qui fournit l’accès, et avec qui il est partagé", "Who provides access, and with whom it is shared"),
    "spreads": ("Quantiles par département, région et France", "Quantiles by département, région and France"),
    "gaps": ("Écart entre mieux et moins bien servis", "Gap between best and worst served"),
    "zoning_rules": ("Règles de zonage", "Rules of zoning"),
    "zones": ("Zones de chaque règle, avec leurs raisons", "Zones of each rule, with their reasons"),
    "zone_members": ("Zone de chaque commune, par maille", "Zone of each commune, by mesh"),
    "zoning_summary": ("Zonages : habitants et praticiens par classe", "Zonings: people and practitioners by class"),
    "zoning_selectivity": ("Zonages : couverts et en difficulté", "Zonings: covered and in difficulty"),
    "zoning_priority": ("Part des zones prioritaires, par année", "Share of priority zones, by year"),
    "zoning_over": ("Zones sur-dotées et excédent", "Over-supplied zones and their surplus"),
    "zoning_pairs": ("Zones denses et sous-denses à moins d’une heure", "Dense and under-dense zones within an hour"),
    "polygons": ("Contours simplifiés (WKB, WGS 84)", "Simplified outlines (WKB, WGS 84)"),
    "perimeter_levels": ("Niveaux faits de périmètres", "Levels made of perimeters"),
    "demography": (
        "Professionnels par profession et département (Cnam)",
        "Professionals by profession and département (Cnam)",
    ),
    "outlook": ("Perspectives jusqu’en 2035, par variante", "Outlook to 2035, by variant"),
    "outlook_variants": ("Variantes des perspectives", "Variants of the outlook"),
    "outlook_tables": ("Tables importées des perspectives", "Imported tables of the outlook"),
    "outlook_backtest": ("Ce que le modèle aurait dit du passé", "What the model would have said of the past"),
    "aids": ("Aides publiques, par habitant", "Public aids, per resident"),
    "checks": ("Contrôles de l’édition", "Checks of the edition"),
    "agreement": ("APL recalculée face à l’APL publiée", "Recomputed APL beside the published one"),
    "coverage": ("Territoires connus par indicateur et niveau", "Territories known by indicator and level"),
    "releases": ("Calendrier des sources", "Calendar of the sources"),
    "harmonisation": ("Passage au millésime de référence", "Conversion to the reference vintage"),
}


@dataclass(frozen=True)
class File:
    """A table of the edition as a file to download."""

    name: str
    title: str
    rows: str
    size: str


def context(room: Room, speaker: Speaker) -> dict[str, Any]:
    """What the template of the data page shows."""
    checks = room.rows("checks")
    every = sources(room, speaker)
    return {
        "official": [one for one in every if not one.transcribed],
        "transcribed": [one for one in every if one.transcribed],
        "checks": [
            {**row, "title": speaker.tr(row["title_fr"], row["title_en"]), "found": speaker.tr(*(row["found"],) * 2)}
            for row in checks
        ],
        "passed": sum(row["passed"] for row in checks),
        "harmonisation": [
            {**row, "span": row.get("years") or "", "report": speaker.tr(row["report_fr"], row["report_en"])}
            for row in room.rows("harmonisation")
        ],
        "corrections": corrections.listed(speaker),
        "files": [_file(room, speaker, name) for name in sorted(tables(room))],
    }


def tables(room: Room) -> set[str]:
    """The names of the tables that can be downloaded."""
    return {name for name in room.observatory.manifest["tables"] if table_path(room, name).is_file()}


def table_path(room: Room, name: str) -> Path:
    """Where a table's file lies; ``name`` must be one of the manifest's."""
    return room.observatory.folder / "tables" / f"{name}.parquet"


def _file(room: Room, speaker: Speaker, name: str) -> File:
    described = room.observatory.manifest["tables"][name]
    rows = described.get("rows") if isinstance(described, dict) else None
    count = speaker.number(rows) if isinstance(rows, int) else ""
    title = speaker.tr(*TITLES.get(name, (name, name)))
    return File(name, title, count, speaker.size(table_path(room, name).stat().st_size))
