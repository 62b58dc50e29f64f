"""The data sets of an edition as the Explore API serves them: one an indicator, and the edition's own tables.

Each is an SQL expression of ours with typed fields. One more, ``demographie-effectifs-et-les-densites``, has the name
and the fields that data.ameli.fr gives it, where the edition holds that table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vigie.indicators import Definition
from vigie.language import Text
from vigie.site.explore.sql import Field, Type
from vigie.site.room import Room
from vigie.site.words import THEMES

LICENCE = "Licence Ouverte 2.0"
LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"


@dataclass(frozen=True)
class Dataset:
    """A data set. ``source`` is SQL of ours with ``parameters``; ``natural`` its order; ``table`` the table
    whose rows it has, where that is not its name.

    ``located`` data sets have a level and a code in each record, so that it can be drawn.
    """

    id: str
    title: Text
    description: Text
    theme: Text
    keywords: tuple[str, ...]
    producer: str
    source: str
    parameters: tuple[object, ...]
    fields: Mapping[str, Field]
    labels: Mapping[str, Text]
    natural: str
    facets: tuple[str, ...]
    located: bool = False
    table: str = ""


_LABELS = {
    "indicator": Text("Indicateur", "Indicator"),
    "level": Text("Niveau", "Level"),
    "code": Text("Code", "Code"),
    "name": Text("Nom", "Name"),
    "kind": Text("Nature", "Kind"),
    "departement": Text("Département", "Département"),
    "region": Text("Région", "Région"),
    "period": Text("Période", "Period"),
    "year": Text("Année", "Year"),
    "value": Text("Valeur", "Value"),
    "numerator": Text("Numérateur", "Numerator"),
    "denominator": Text("Dénominateur", "Denominator"),
    "lower": Text("Borne basse", "Lower bound"),
    "upper": Text("Borne haute", "Upper bound"),
    "status": Text("Statut", "Status"),
    "snapshot": Text("Fichier d’origine", "Original file"),
    "population": Text("Population", "Population"),
    "places": Text("Lieux", "Places"),
    "area_km2": Text("Superficie (km²)", "Area (km²)"),
    "lon": Text("Longitude", "Longitude"),
    "lat": Text("Latitude", "Latitude"),
}
_OBSERVED: dict[str, Type] = {
    "indicator": "text", "level": "text", "code": "text", "name": "text", "departement": "text", "region": "text",
    "period": "text", "year": "date", "value": "double", "numerator": "double", "denominator": "double",
    "lower": "double", "upper": "double", "status": "text", "snapshot": "text",
}  # fmt: skip
_OBSERVATIONS = (
    "(SELECT o.*, t.name, t.departement, t.region, try_cast(left(o.period, 4) || '-01-01' AS DATE) AS year "
    "FROM observations o LEFT JOIN territories t ON t.level = o.level AND t.code = o.code"
)
_TERRITORIES: dict[str, Type] = {
    "level": "text", "code": "text", "name": "text", "kind": "text", "departement": "text", "region": "text",
    "population": "int", "places": "int", "area_km2": "double", "lon": "double", "lat": "double",
}  # fmt: skip
_TABLES = {
    "indicators": (
        Text("Définitions des indicateurs", "Definitions of the indicators"),
        ("id", "title_fr", "title_en", "theme", "unit_fr", "unit_en", "direction"),
        "id",
    ),
    "snapshots": (
        Text("Fichiers d’origine, avec producteur, licence et somme", "Original files: producer, licence, checksum"),
        ("id", "source", "title_fr", "title_en", "producer", "licence", "landing", "period", "sha256"),
        "id",
    ),
    "figures": (
        Text("Chiffres publiés, avec leur citation", "Published figures, with their words"),
        ("id", "theme", "indicator", "label_fr", "label_en", "level", "code", "period", "value", "unit",
         "document", "quote_fr", "note_fr"),
        "id",
    ),
    "distributions": (
        Text("Distributions par niveau et période", "Distributions by level and period"),
        ("indicator", "level", "period", "known", "missing", "suppressed", "minimum", "q20", "q40", "q60", "q80",
         "maximum"),
        "indicator, level, period",
    ),
}  # fmt: skip
_NUMERIC = {"known": "int", "missing": "int", "suppressed": "int", "value": "double", "minimum": "double",
            "maximum": "double", "q20": "double", "q40": "double", "q60": "double", "q80": "double"}  # fmt: skip

AMELI = "demographie-effectifs-et-les-densites"
_AMELI_FIELDS: dict[str, tuple[Type, Text]] = {
    "annee": ("date", Text("Année", "Year")),
    "profession_sante": ("text", Text("Profession de santé", "Health profession")),
    "region": ("text", Text("Région", "Région")),
    "libelle_region": ("text", Text("Libellé région", "Name of the région")),
    "departement": ("text", Text("Département", "Département")),
    "libelle_departement": ("text", Text("Libellé département", "Name of the département")),
    "classe_age": ("text", Text("Classe d’âge", "Age class")),
    "libelle_classe_age": ("text", Text("Libellé classe d’âge", "Name of the age class")),
    "libelle_sexe": ("text", Text("Libellé sexe", "Sex")),
    "effectif": ("int", Text("Effectif", "Number")),
    "densite": ("double", Text("Densité", "Density")),
}
# data.ameli.fr writes the whole of a région as its département 999, the country as région 99, and no Î.
_AMELI_SOURCE = """(SELECT make_date(d.year::INTEGER, 1, 1) AS annee, d.profession_label AS profession_sante,
    CASE d.level WHEN 'france' THEN '99' WHEN 'region' THEN d.code ELSE own.region END AS region,
    CASE d.level WHEN 'france' THEN 'FRANCE' ELSE replace(held.name, 'Î', 'I') END AS libelle_region,
    CASE d.level WHEN 'departement' THEN d.code ELSE '999' END AS departement,
    CASE d.level WHEN 'departement' THEN own.name WHEN 'region' THEN 'Tout département' ELSE 'FRANCE'
        END AS libelle_departement,
    d.age_class AS classe_age, CASE d.age_class WHEN 'tout_age' THEN 'Tout âge' ELSE d.age_class
        END AS libelle_classe_age,
    replace(d.sex, '_', ' ') AS libelle_sexe, d.count AS effectif, d.density AS densite
    FROM demography d
    LEFT JOIN territories own ON own.level = d.level AND own.code = d.code
    LEFT JOIN territories held ON held.level = 'region'
        AND held.code = CASE d.level WHEN 'region' THEN d.code ELSE own.region END)"""


def datasets(room: Room) -> dict[str, Dataset]:
    """The data sets of an edition by id, in the order of the catalogue."""
    found: dict[str, Dataset] = room.once("datasets", lambda: {one.id: one for one in _all(room)})
    return found


def _all(room: Room) -> list[Dataset]:
    held = room.observatory.manifest["tables"]
    own = [_observations(), _territories(), *(_table(name) for name in _TABLES)]
    if "demography" in held:
        own.append(_ameli())
    return [*own, *(_indicator(definition) for definition in room.definitions)]


def _indicator(definition: Definition) -> Dataset:
    theme = Text(*THEMES.get(definition.theme, (definition.theme, definition.theme)))
    return Dataset(
        id=definition.id,
        title=Text(definition.title.fr, definition.title.en),
        description=Text(
            f"{definition.formula.fr} {definition.limits.fr}", f"{definition.formula.en} {definition.limits.en}"
        ),
        theme=theme,
        keywords=(definition.id, definition.theme, definition.unit.fr),
        producer="",
        source=f"{_OBSERVATIONS} WHERE o.indicator = ?)",
        parameters=(definition.id,),
        fields=_fields({name: kind for name, kind in _OBSERVED.items() if name != "indicator"}),
        labels=_LABELS | {"value": Text(definition.unit.fr, definition.unit.en)},
        natural="level, code, period, snapshot",
        facets=("level", "year", "status"),
        located=True,
    )


def _observations() -> Dataset:
    return _own(
        "observations",
        Text("Toutes les observations", "All observations"),
        f"{_OBSERVATIONS})",
        _OBSERVED,
        "level, code, indicator, period, snapshot",
        ("level", "year", "status", "indicator"),
        located=True,
    )


def _territories() -> Dataset:
    title = Text("Territoires : codes, noms, populations, points", "Territories: codes, names, populations, points")
    return _own("territories", title, "territories", _TERRITORIES, "level, code", ("level", "kind"), located=True)


def _table(name: str) -> Dataset:
    title, columns, natural = _TABLES[name]
    kinds: dict[str, Any] = {column: _NUMERIC.get(column, "text") for column in columns}
    facets = tuple(column for column in ("theme", "level", "producer", "direction") if column in columns)
    return _own(name, title, name, kinds, natural, facets)


def _ameli() -> Dataset:
    title = Text(
        "Démographie des professionnels de santé libéraux : effectifs et densités",
        "Demography of private health professionals: numbers and densities",
    )
    about = Text(
        "Le jeu de la Cnam tel que l’édition le tient, sous les noms de data.ameli.fr. Les lignes « Ensemble… » et le "
        "département 999 contiennent d’autres lignes : ne pas les additionner.",
        "The data set of the Cnam as the edition holds it, under the names of data.ameli.fr. The rows “Ensemble…” and "
        "département 999 contain other rows: do not add them up.",
    )
    return Dataset(
        id=AMELI,
        title=title,
        description=about,
        theme=Text(*THEMES["offre"]),
        keywords=("démographie", "professionnels de santé", "effectifs", "densités"),
        producer="Cnam",
        source=_AMELI_SOURCE,
        parameters=(),
        fields=_fields({name: kind for name, (kind, _) in _AMELI_FIELDS.items()}),
        labels={name: label for name, (_, label) in _AMELI_FIELDS.items()},
        natural="annee, profession_sante, region, departement",
        facets=("annee", "profession_sante", "region", "libelle_region", "departement", "libelle_sexe"),
        table="demography",
    )


def _own(
    name: str,
    title: Text,
    source: str,
    kinds: Mapping[str, Type],
    natural: str,
    facets: tuple[str, ...],
    located: bool = False,
) -> Dataset:
    about = Text("Table de l’édition, telle que Vigie la sert.", "A table of the edition, as Vigie serves it.")
    theme = Text("Données de l’édition", "Data of the edition")
    labels = {column: _LABELS.get(column, Text(column, column)) for column in kinds}
    return Dataset(
        name, title, about, theme, (name,), "Vigie", source, (), _fields(kinds), labels, natural, facets, located
    )


def _fields(kinds: Mapping[str, Type]) -> dict[str, Field]:
    return {name: Field(name, kind, f'"{name}"') for name, kind in kinds.items()}
