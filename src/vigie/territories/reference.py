"""The territories of reference: places of the COG 2024, the territories they make up, and who belongs to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from vigie.errors import InputError, UnknownNameError, Where
from vigie.territories.names import search_text
from vigie.territories.packaged import changes_2025, departements, regions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

VINTAGE: Final = 2024
WHOLE_CITIES: Final = {"75056": "751", "13055": "132", "69123": "6938"}
"""The whole cities, derived from their arrondissements, and how the codes of those begin."""

LEVELS: Final = (
    "commune",
    "epci",
    "bassin_de_vie",
    "bassin_de_vie_2012",
    "canton_ou_ville",
    "departement",
    "region",
    "france",
)
FRANCE: Final = "FR"

PLACE_COLUMNS: Final = (
    "code",
    "name",
    "kind",
    "city",
    "departement",
    "region",
    "epci",
    "bassin_de_vie",
    "bassin_de_vie_2012",
    "canton_ou_ville",
    "unite_urbaine",
    "aire_attraction",
    "density",
    "population",
    "population_total",
    "area_km2",
    "lon",
    "lat",
    "point_status",
)
TERRITORY_SCHEMA: Final = {
    "level": pl.String(),
    "code": pl.String(),
    "name": pl.String(),
    "kind": pl.String(),
    "departement": pl.String(),
    "region": pl.String(),
    "population": pl.Int64(),
    "places": pl.Int64(),
    "area_km2": pl.Float64(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "search": pl.String(),
}
_NEEDED = (
    "code",
    "name",
    "kind",
    "departement",
    "region",
    "epci",
    "epci_name",
    "bassin_de_vie",
    "bassin_de_vie_name",
    "bassin_de_vie_2012",
    "canton_ou_ville",
    "unite_urbaine",
    "aire_attraction",
    "density",
    "population",
    "population_total",
    "area_km2",
    "lon",
    "lat",
)


@dataclass(frozen=True)
class Reference:
    """Places, territories and memberships of one vintage of the code officiel géographique.

    ``places``: one row a computing unit (commune or arrondissement of Paris, Lyon or Marseille), sorted by code;
    ``city`` is the whole city of an arrondissement; ``population`` is the municipal population of 2021, null for
    Mayotte and for communes re-established since; ``area_km2``, ``lon`` and ``lat`` (degrees, WGS 84) are null where
    nothing gives them; ``point_status`` is "ok", "estimated" (the point of the commune that absorbed it) or "missing".

    ``territories``: one row a territory of any level, with sums over its places: population (people) and area_km2 are
    null when no place has one; lon and lat are its own point for a commune, else the mean of the places' points
    weighted by population. ``departement`` and ``region`` are where most of its people live, null above their level.

    ``memberships``: place, level, code; a place without a territory at a level has no row; an arrondissement belongs to
    its own commune row and to that of its whole city.
    """

    places: pl.DataFrame
    territories: pl.DataFrame
    memberships: pl.DataFrame
    vintage: int = VINTAGE

    @cached_property
    def place_codes(self) -> list[str]:
        """The codes of the places, in the order that every array over places follows."""
        return self.places["code"].to_list()

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels present, in the order of the territories table."""
        return tuple(self.territories["level"].unique(maintain_order=True))

    def codes(self, level: str) -> list[str]:
        """The codes of the territories of ``level``, sorted; the order of the rows of :meth:`membership_matrix`."""
        found = self.territories.filter(pl.col("level") == level)["code"].sort().to_list()
        if not found:
            raise unknown_level(level, self.levels)
        return found

    def members(self, level: str) -> tuple[list[str], NDArray[np.int32]]:
        """The codes of ``level`` and, for each place, its position in them, or −1.

        At level commune an arrondissement points at its own row: the whole cities, which overlap their arrondissements,
        are in ``codes`` but no place points at them; :meth:`membership_matrix` has both. Raises InputError where a
        level's territories overlap otherwise (a set of perimeters): only the matrix can represent them.
        """
        codes = self.codes(level)
        pairs = self._pairs(level, codes)
        if level == "commune":
            pairs = pairs.filter(~pl.col("code").is_in(list(WHOLE_CITIES)))
        if pairs["place_index"].is_duplicated().any():
            raise InputError(
                f"les territoires du niveau «\u00a0{level}\u00a0» se recouvrent.",
                f"the territories of level “{level}” overlap.",
                remedy_fr="Utilisez membership_matrix.",
                remedy_en="Use membership_matrix.",
            )
        index = np.full(self.places.height, -1, dtype=np.int32)
        index[pairs["place_index"].to_numpy()] = pairs["code_index"].to_numpy()
        return codes, index

    def membership_matrix(self, level: str) -> tuple[list[str], csr_matrix]:
        """The codes of ``level`` and the sparse 0/1 matrix, territories × places (float64, indices sorted).

        ``matrix @ counts`` sums a vector over places to the level, whole cities included. Raises UnknownNameError for a
        level without territories.
        """
        from scipy.sparse import csr_matrix

        codes = self.codes(level)
        pairs = self._pairs(level, codes)
        rows, columns = pairs["code_index"].to_numpy(), pairs["place_index"].to_numpy()
        matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(codes), self.places.height))
        matrix.sort_indices()
        return codes, matrix

    def _pairs(self, level: str, codes: list[str]) -> pl.DataFrame:
        """The memberships of ``level`` as positions: code, place_index, code_index."""
        places = pl.DataFrame({"place": self.place_codes}).with_row_index("place_index")
        rows = pl.DataFrame({"code": codes}, schema={"code": pl.String}).with_row_index("code_index")
        return (
            self.memberships.filter(pl.col("level") == level)
            .join(places, on="place", how="inner")
            .join(rows, on="code", how="inner")
            .sort("code_index", "place_index")
        )


def build(communes: pl.DataFrame, changes: pl.DataFrame | None = None) -> Reference:
    """The reference made from the tidy table of communes of the COG 2024.

    ``communes``: code, name, kind ("commune" or "arrondissement"), departement, region, epci, epci_name, bassin_de_vie,
    bassin_de_vie_name, bassin_de_vie_2012, canton_ou_ville, unite_urbaine, aire_attraction, density (1–7), population,
    population_total, area_km2, lon, lat; null means none. ``changes``: as :func:`packaged.changes_2025`, the default;
    it gives the point of a commune that the geometry of 2025 no longer has.

    Raises InputError for a missing column, a code given twice or a whole city without its arrondissements.
    """
    _check(communes)
    places = _places(communes, changes_2025() if changes is None else changes)
    memberships = _memberships(places)
    return Reference(places, _territories(communes, places, memberships), memberships)


def territory_rows(
    places: pl.DataFrame, memberships: pl.DataFrame, names: pl.DataFrame, kind: str | None = None
) -> pl.DataFrame:
    """The rows of :attr:`Reference.territories` for the territories of ``memberships``, sorted by level and code.

    ``names``: level, code, name. ``kind`` is the kind of all rows; by default it is the level.
    """
    weight = pl.col("population").fill_null(0)
    joined = memberships.join(places.rename({"code": "place"}), on="place", how="inner", maintain_order="left")
    # A territory without any population (Mayotte) has the plain mean of its points.
    joined = joined.with_columns(
        w=pl.when(weight.sum().over("level", "code") > 0).then(weight).otherwise(1).cast(pl.Float64)
    )
    has_point = pl.col("lon").is_not_null()
    sums = joined.group_by("level", "code").agg(
        _sum_or_null("population"),
        places=pl.len().cast(pl.Int64),
        area_km2=_sum_or_null("area_km2"),
        lon=(pl.col("lon") * pl.col("w")).sum() / pl.col("w").filter(has_point).sum(),
        lat=(pl.col("lat") * pl.col("w")).sum() / pl.col("w").filter(has_point).sum(),
    )
    rows = sums.join(_main(joined, "departement"), on=["level", "code"]).join(
        _main(joined, "region"), on=["level", "code"]
    )
    wider = pl.col("level").is_in(["region", "france"])
    named = rows.join(names, on=["level", "code"], how="left").with_columns(
        pl.col("lon", "lat").fill_nan(None),
        name=pl.coalesce("name", "code"),
        kind=pl.lit(kind) if kind else pl.col("level"),
        departement=pl.when(~wider).then("departement"),
        region=pl.when(pl.col("level") != "france").then("region"),
    )
    return _searchable(named)


def _sum_or_null(column: str) -> pl.Expr:
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).alias(column)


def _main(joined: pl.DataFrame, column: str) -> pl.DataFrame:
    """Where most of a territory's people live (most places, then lowest code, where populations are equal)."""
    return (
        joined.group_by("level", "code", column)
        .agg(pl.col("population").fill_null(0).sum().alias("people"), pl.len().alias("n"))
        .sort(["level", "code", "people", "n", column], descending=[False, False, True, True, False])
        .group_by("level", "code", maintain_order=True)
        .agg(pl.col(column).first())
    )


def _searchable(rows: pl.DataFrame) -> pl.DataFrame:
    search = [search_text(name) for name in rows["name"]]
    return (
        rows.with_columns(search=pl.Series(search, dtype=pl.String))
        .select(pl.col(name).cast(dtype) for name, dtype in TERRITORY_SCHEMA.items())
        .sort("level", "code")
    )


def _check(communes: pl.DataFrame) -> None:
    missing = [column for column in _NEEDED if column not in communes.columns]
    if missing:
        raise InputError(
            f"colonnes absentes de la table des communes\u202f: {', '.join(missing)}.",
            f"columns missing from the table of communes: {', '.join(missing)}.",
            where=Where(column=missing[0]),
        )
    twice = communes.filter(pl.col("code").is_duplicated())["code"].unique().sort().to_list()
    if twice:
        raise InputError(
            f"{len(twice)} codes figurent plusieurs fois, dont {', '.join(twice[:5])}.",
            f"{len(twice)} codes appear more than once, such as {', '.join(twice[:5])}.",
            where=Where(column="code", value=twice[0]),
        )
    codes = communes["code"]
    for city, start in WHOLE_CITIES.items():
        parts = communes.filter(pl.col("code").str.starts_with(start) & (pl.col("kind") == "arrondissement")).height
        if (codes == city).any() and not parts:
            raise InputError(
                f"la commune {city} est là sans ses arrondissements.",
                f"commune {city} is there without its arrondissements.",
                where=Where(column="code", value=city),
            )


def _places(communes: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    city = pl.lit(None, dtype=pl.String)
    for code, start in WHOLE_CITIES.items():
        is_part = (pl.col("kind") == "arrondissement") & pl.col("code").str.starts_with(start)
        city = pl.when(is_part).then(pl.lit(code)).otherwise(city)
    units = communes.filter(~pl.col("code").is_in(list(WHOLE_CITIES))).with_columns(city=city)
    points = points_from_changes(communes, changes)
    return (
        units.join(points, on="code", how="left")
        .with_columns(
            point_status=pl.when(pl.col("lon").is_not_null())
            .then(pl.lit("ok"))
            .when(pl.col("other_lon").is_not_null())
            .then(pl.lit("estimated"))
            .otherwise(pl.lit("missing")),
            lon=pl.coalesce("lon", "other_lon"),
            lat=pl.coalesce("lat", "other_lat"),
        )
        .select(PLACE_COLUMNS)
        .sort("code")
    )


def points_from_changes(communes: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """For each commune that disappears, the point of the one that takes it over: code, other_lon, other_lat."""
    gone = changes.filter(pl.col("kind").is_in(["merger", "code"]) & (pl.col("code_before") != pl.col("code_after")))
    known = communes.select("code", known_lon="lon", known_lat="lat")
    return gone.join(known, left_on="code_after", right_on="code", how="left").select(
        code="code_before", other_lon=pl.coalesce("known_lon", "lon"), other_lat=pl.coalesce("known_lat", "lat")
    )


def _memberships(places: pl.DataFrame) -> pl.DataFrame:
    columns = {"commune": pl.col("code"), **{level: pl.col(level) for level in LEVELS[1:-1]}, "france": pl.lit(FRANCE)}
    tables = [places.select(place="code", level=pl.lit(level), code=column) for level, column in columns.items()]
    tables.insert(1, places.select(place="code", level=pl.lit("commune"), code="city"))
    return pl.concat(tables).drop_nulls("code").sort("level", "code", "place")


def _territories(communes: pl.DataFrame, places: pl.DataFrame, memberships: pl.DataFrame) -> pl.DataFrame:
    rows = territory_rows(places, memberships, _names(communes, places, memberships))
    own = communes.select("code", "kind", "lon", "lat").filter(pl.col("code").is_in(list(WHOLE_CITIES)))
    kinds = pl.concat(
        [places.select("code", "kind", "lon", "lat"), own.with_columns(kind=pl.lit("whole_city"))]
    ).with_columns(level=pl.lit("commune"))
    return rows.update(kinds, on=["level", "code"], how="left").sort("level", "code")


def _names(communes: pl.DataFrame, places: pl.DataFrame, memberships: pl.DataFrame) -> pl.DataFrame:
    """The name of every territory: level, code, name.

    Where the source has no name (cantons-ou-villes, bassins de vie of 2012 called after a commune that is gone), a
    territory is called after its most populated place.
    """
    commune_names = communes.select("code", "name")
    cantons = _named_after_largest("canton_ou_ville", "Canton ou ville {} ({})", places, memberships)
    basins = _named_after_largest("bassin_de_vie_2012", "Bassin de vie {} ({})", places, memberships)
    tables = {
        "commune": commune_names,
        "epci": communes.select(code="epci", name="epci_name"),
        "bassin_de_vie": communes.select(code="bassin_de_vie", name="bassin_de_vie_name"),
        "bassin_de_vie_2012": pl.concat([commune_names, basins]),
        "canton_ou_ville": cantons,
        "departement": departements().select("code", "name"),
        "region": regions().select("code", "name"),
        "france": pl.DataFrame({"code": [FRANCE], "name": ["France"]}),
    }
    named = [table.with_columns(level=pl.lit(level)).select("level", "code", "name") for level, table in tables.items()]
    return pl.concat(named).drop_nulls("code").unique(["level", "code"], keep="first", maintain_order=True)


def _named_after_largest(level: str, pattern: str, places: pl.DataFrame, memberships: pl.DataFrame) -> pl.DataFrame:
    """code, name of the territories of ``level``: ``pattern`` filled with the code and the most populated place."""
    return (
        memberships.filter(pl.col("level") == level)
        .join(places.select(place="code", place_name="name", population="population"), on="place")
        .sort(["code", "population", "place"], descending=[False, True, False], nulls_last=True)
        .group_by("code", maintain_order=True)
        .agg(pl.col("place_name").first())
        .select("code", name=pl.format(pattern, "code", "place_name"))
    )


def unknown_level(level: str, levels: Sequence[str]) -> UnknownNameError:
    """The error for a level that does not exist, with those that do."""
    listed = ", ".join(levels)
    return UnknownNameError(
        f"niveau inconnu\u202f: {level}. Niveaux\u202f: {listed}.", f"unknown level: {level}. Levels: {listed}."
    )
