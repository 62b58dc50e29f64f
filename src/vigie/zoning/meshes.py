"""Meshes: into which zones a rule divides the country. Every place belongs to exactly one zone of a mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import InputError, UnknownNameError, Where

LARGE = 50_000
"""Inhabitants above which a bassin de vie is split into territoires de vie by the doctors' mesh."""
URBAN_POLE = 30_000
"""Inhabitants of the urban unit of its pole above which a bassin de vie gives way to the cantons-ou-villes."""

MADE = ("bassin_de_vie_plm", "bvcv")
"""The meshes made from several levels; any level of the edition whose territories do not overlap is one too."""
_BY_PLACE = ("bassin_de_vie", "bassin_de_vie_2012", "canton_ou_ville", "departement", "region")
_CANTON = "cv"  # before the code of a canton-ou-ville among bassins de vie, which may bear the same


@dataclass(frozen=True)
class Mesh:
    """Zones and who belongs to them.

    ``zones``: zone (unique), zone_level and code (the territory that it is), name, departement and region (where
    most of its people live), population (residents), communes (places); sorted by zone. ``index`` (places,) is the
    position of each place's zone in it.
    """

    id: str
    zones: pl.DataFrame
    index: NDArray[np.int32]

    @property
    def size(self) -> int:
        """How many zones."""
        return self.zones.height


def mesh(name: str, places: pl.DataFrame, memberships: pl.DataFrame, territories: pl.DataFrame) -> Mesh:
    """The mesh of that name: one of ``MADE``, ``commune``, or any level of ``memberships``.

    ``places`` as :attr:`vigie.territories.Reference.places`, ``memberships`` (place, level, code), ``territories``
    (level, code, name). Raises UnknownNameError for a name that is none of those, InputError for a level that leaves
    communes out or puts one in two zones.
    """
    codes = places["code"]
    if name == "bassin_de_vie_plm":
        city = places["city"].is_not_null()
        zones = _either(city, codes, "commune", places["bassin_de_vie"], "bassin_de_vie")
    elif name == "epci":  # the four islands that the law leaves without one are zones of their own
        zones = _either(places["epci"].is_null(), codes, "commune", places["epci"], "epci")
    elif name == "bvcv":
        zones = _bvcv(places)
    elif name == "commune":
        zones = pl.DataFrame({"code": codes, "zone_level": "commune"})
    elif name in _BY_PLACE:
        zones = pl.DataFrame({"code": places[name], "zone_level": name})
    else:
        zones = _of_level(name, places, memberships)
    _refuse_gaps(name, zones, places)
    return _numbered(name, zones, places, territories)


def known_meshes(memberships: pl.DataFrame) -> list[str]:
    """The names that :func:`mesh` takes for these memberships."""
    return [*MADE, *sorted(set(memberships["level"].unique()) - {"france"})]


def _either(chosen: pl.Series, own: pl.Series, own_level: str, other: pl.Series, other_level: str) -> pl.DataFrame:
    level = pl.when(chosen).then(pl.lit(own_level)).otherwise(pl.lit(other_level))
    frame = pl.DataFrame({"chosen": chosen, "own": own, "other": other})
    return frame.select(code=pl.when("chosen").then("own").otherwise("other"), zone_level=level)


def _bvcv(places: pl.DataFrame) -> pl.DataFrame:
    """Bassin de vie 2012, or canton-ou-ville where the pole of the bassin is an urban unit above ``URBAN_POLE``.

    The code of a bassin is that of the commune that is its pole. A commune that no bassin of 2012 holds (Mayotte,
    communes re-established since) is in its canton-ou-ville.
    """
    people = pl.col("population").fill_null(0)
    urban = pl.col("unite_urbaine")
    # Codes that end in 000 stand for all the communes of a département outside any urban unit.
    size = pl.when(~urban.str.ends_with("000")).then(people.sum().over(urban)).otherwise(0)
    poles = places.select(pole=pl.coalesce("city", "code"), size=size).group_by("pole").agg(pl.col("size").max())
    sized = places.join(poles, left_on="bassin_de_vie_2012", right_on="pole", how="left", maintain_order="left")
    urbane = (sized["size"].fill_null(0) > URBAN_POLE) | sized["bassin_de_vie_2012"].is_null()
    return _either(urbane, places["canton_ou_ville"], "canton_ou_ville",
                   places["bassin_de_vie_2012"], "bassin_de_vie_2012")  # fmt: skip


def _of_level(name: str, places: pl.DataFrame, memberships: pl.DataFrame) -> pl.DataFrame:
    known = known_meshes(memberships)
    if name not in known:
        raise UnknownNameError(
            f"maille inconnue : « {name} ». Mailles : {', '.join(known)}.",
            f"unknown mesh: “{name}”. Meshes: {', '.join(known)}.",
            remedy_fr="Une maille en fichier se construit avec l'édition : vigie build --perimeters tvs=fichier.csv.",
            remedy_en="A mesh in a file is built with the edition: vigie build --perimeters tvs=file.csv.",
        )
    own = memberships.filter(pl.col("level") == name)
    twice = own.filter(pl.col("place").is_duplicated()).sort("place", "code")
    if twice.height:
        first = twice["place"][0]
        raise InputError(
            f"la maille « {name} » met {twice['place'].n_unique()} communes dans plusieurs zones, dont {first}.",
            f"the mesh “{name}” puts {twice['place'].n_unique()} communes in several zones, such as {first}.",
            remedy_fr="Une commune n'est que d'une zone : corrigez le fichier.",
            remedy_en="A commune is of one zone only: correct the file.",
            where=Where(column="code", value=first),
        )
    own = own.select("place", code_right="code")
    zones = places.select("code").join(own, left_on="code", right_on="place", how="left", maintain_order="left")
    # A commune whose people are unknown (Mayotte, communes re-established since) changes nothing: a zone of its own.
    alone = zones["code_right"].is_null() & places["population"].is_null()
    return _either(alone, places["code"], "commune", zones["code_right"], name)


def _refuse_gaps(name: str, zones: pl.DataFrame, places: pl.DataFrame) -> None:
    out = places.filter(zones["code"].is_null())
    if out.height:
        people = int(out["population"].sum() or 0)
        named = ", ".join(f"{row['name']} ({row['code']})" for row in out.head(3).to_dicts())
        raise InputError(
            f"la maille « {name} » laisse {out.height} communes sans zone ({people} habitants) : {named}…",
            f"the mesh “{name}” leaves {out.height} communes without a zone ({people} people): {named}…",
            remedy_fr="Complétez le fichier de la maille, ou choisissez-en une qui couvre toute la France.",
            remedy_en="Complete the file of the mesh, or choose one that covers all of France.",
            where=Where(column="mesh", value=name),
        )


def _numbered(name: str, zones: pl.DataFrame, places: pl.DataFrame, territories: pl.DataFrame) -> Mesh:
    if name == "commune":  # each place is its own zone: nothing to sum
        return _by_place(places)
    canton = (pl.col("zone_level") == "canton_ou_ville") & pl.lit(name == "bvcv")
    zones = zones.with_columns(zone=pl.when(canton).then(_CANTON + pl.col("code")).otherwise("code"))
    joined = zones.hstack(places.select("name", "departement", "region", "population", place="code"))
    people = pl.col("population").fill_null(0)
    by_size = joined.sort(people, "place", descending=[True, False])
    table = (
        by_size.group_by("zone", "zone_level", "code", maintain_order=True)
        .agg(
            main=pl.col("name").first(),
            population=people.sum(),
            communes=pl.len().cast(pl.Int64),
        )
        .join(_where_most(joined, "departement"), on="zone")
        .join(_where_most(joined, "region"), on="zone")
        .sort("zone")
    )
    names = territories.select(zone_level="level", code="code", name="name")
    table = table.join(names, on=["zone_level", "code"], how="left", maintain_order="left")
    # A canton-ou-ville has no name of its own at hand: that of its largest commune stands for it.
    cities = places["city"].drop_nulls().unique().implode()
    rest = pl.lit(name == "bassin_de_vie_plm") & (pl.col("zone_level") != "commune") & pl.col("code").is_in(cities)
    named = pl.when(pl.col("name").is_null() | (pl.col("name") == pl.col("code"))).then("main").otherwise("name")
    table = table.with_columns(name=named).with_columns(
        name=pl.when(rest).then(pl.col("name") + " (hors arrondissements)").otherwise("name")
    )
    table = table.select("zone", "zone_level", "code", "name", "departement", "region", "population", "communes")
    index = zones.join(table.select("zone").with_row_index("at"), on="zone", how="left", maintain_order="left")["at"]
    return Mesh(name, table, index.cast(pl.Int32).to_numpy().copy())


def _by_place(places: pl.DataFrame) -> Mesh:
    table = places.select(
        zone="code", zone_level=pl.lit("commune"), code="code", name="name", departement="departement",
        region="region", population=pl.col("population").fill_null(0), communes=pl.lit(1, pl.Int64),
    ).with_row_index("at").sort("zone")  # fmt: skip
    index = np.empty(table.height, dtype=np.int32)
    index[table["at"].to_numpy()] = np.arange(table.height, dtype=np.int32)
    return Mesh("commune", table.drop("at"), index)


def _where_most(joined: pl.DataFrame, column: str) -> pl.DataFrame:
    """For each zone the value under which most of its people live; the lowest code where two are equal."""
    people = pl.col("population").fill_null(0).sum()
    summed = joined.group_by("zone", column).agg(people=people)
    ranked = summed.sort("zone", "people", column, descending=[False, True, False])
    return ranked.group_by("zone", maintain_order=True).agg(pl.col(column).first())
