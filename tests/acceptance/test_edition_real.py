"""A whole edition of France, from the embedded inputs and from the official files themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.conftest import shared_folder

from vigie.editions.build import build, rebuild, wanted
from vigie.editions.compare import difference, verify
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.store import current_folder, edition, editions

pytestmark = pytest.mark.timeout(900)  # builds on a busy machine


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


def sealed(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("tables/*.parquet"))
    }


# What an edition holds --------------------------------------------------------------------------------------------


def test_places_and_territories_of_france(observatory: Observatory) -> None:
    assert observatory.table("places").height == 34_977
    counts = dict(observatory.table("territories").group_by("level").len().iter_rows())
    assert counts["commune"] == 34_980
    assert (counts["departement"], counts["region"], counts["france"]) == (101, 18, 1)


def test_whole_paris_lyon_and_marseille_are_derived(observatory: Observatory) -> None:
    for city, parts in (("75056", 20), ("69123", 9), ("13055", 16)):
        whole = observatory.territory(f"commune:{city}")
        assert (whole.kind, whole.places) == ("whole_city", parts)
        codes = [one.code for one in observatory.members(whole)]
        assert len(codes) == parts
        assert city not in codes
        counts = observatory.observations("nombre_mg", level="commune", code=[city, *codes], period=2021)
        values = dict(counts.select("code", "value").iter_rows())
        assert values.pop(city) == sum(values.values()) > 0


def test_corsica_is_there(observatory: Observatory) -> None:
    for code, name in (("2A", "Corse-du-Sud"), ("2B", "Haute-Corse")):
        assert observatory.territory(f"departement:{code}").name == name
        (row,) = observatory.observations("apl_mg", "departement", code, 2023).to_dicts()
        assert row["status"] == "ok"
        assert 2 < row["value"] < 6
    assert observatory.territory("Ajaccio").key == "commune:2A004"


def test_mayotte_has_its_counts_and_no_density_nor_apl(observatory: Observatory) -> None:
    mayotte = {
        (one.indicator, one.period): (one.value, one.status)
        for one in observatory.profile(observatory.territory("departement:976"))
    }
    assert mayotte["nombre_mg", "2021"] == (31, "ok")
    for absent in (("densite_mg", "2021"), ("apl_mg", "2023"), ("apl_mg", "2021"), ("population", "2021")):
        assert mayotte[absent] == (None, "missing"), absent
    assert observatory.territory("departement:976").population is None
    # Nobody is counted there who could weigh a mean: its communes have their minutes, the département has none.
    assert mayotte["temps_urgences", "2019"] == (None, "missing")
    codes = [one.code for one in observatory.members(observatory.territory("departement:976"))]
    minutes = observatory.observations("temps_urgences", level="commune", code=codes)
    assert len(codes) == 17
    assert minutes["value"].count() == 15  # two are on the small island, without a road to an emergency department
    assert observatory.table("polygons").filter(pl.col("code").is_in(codes), level="commune").height == 17


def test_every_observation_is_of_a_known_territory_and_snapshot(observatory: Observatory) -> None:
    strangers = "SELECT count(*) FROM observations o ANTI JOIN territories t ON o.level = t.level AND o.code = t.code"
    assert observatory.rows(strangers) == [(0,)]
    untraced = "SELECT count(*) FROM observations o ANTI JOIN snapshots s ON o.snapshot = s.id"
    assert observatory.rows(untraced) == [(0,)]
    assert observatory.rows("SELECT count(*) FROM observations")[0][0] > 1_500_000


def test_a_value_stands_where_its_status_promises_one(observatory: Observatory) -> None:
    rows = observatory.rows("SELECT status, count(*) FILTER (value IS NULL), count(*) FROM observations GROUP BY 1")
    nulls = {status: (null, total) for status, null, total in rows}
    assert set(nulls) <= {"ok", "estimated", "missing", "suppressed"}
    for status, (null, total) in nulls.items():
        assert null == (0 if status in ("ok", "estimated") else total)


def test_observations_by_level_and_year(observatory: Observatory) -> None:
    rows = observatory.observations("apl_mg", level="departement", period=2023)
    assert rows.columns == [
        *("indicator", "level", "code", "period", "value", "numerator", "denominator"),
        *("lower", "upper", "status", "snapshot"),
    ]
    assert rows.height == rows["code"].n_unique() == 101
    assert rows.equals(observatory.observations("apl_mg", level="departement", period="2023"))
    assert set(rows["period"]) == {"2023"}


def test_the_38_liberal_professions_by_region_and_departement(observatory: Observatory) -> None:
    sql = """SELECT level, count(DISTINCT indicator), count(DISTINCT code) FROM observations
        WHERE indicator LIKE 'effectif_liberal_%' GROUP BY level ORDER BY level"""
    counts = {level: (indicators, codes) for level, indicators, codes in observatory.rows(sql)}
    assert counts["departement"] == (38, 101)
    assert counts["france"] == (38, 1)
    assert counts["region"][0] == 38


def test_polygons_of_every_level(observatory: Observatory) -> None:
    counts = dict(observatory.table("polygons").group_by("level").len().iter_rows())
    assert counts["departement"] == 101
    assert counts["region"] == 18
    assert counts["commune"] >= 34_900


def test_what_conversions_left_out_is_told(observatory: Observatory) -> None:
    harmonised = observatory.table("harmonisation")
    bpe = harmonised.filter(source="bpe_2021")
    assert (bpe["vintage"].item(), bpe["merged"].item()) == (2022, 42)
    assert bpe["report_en"].item().startswith("Codes merged: 42.")
    assert harmonised.filter(pl.col("unmatched") > 0)["unmatched_codes"].str.len_chars().min() >= 5


def test_python_opens_the_edition_served(edition_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import vigie

    monkeypatch.setenv("VIGIE_HOME", str(edition_home))
    rows = vigie.open().observations("apl_mg", level="departement", period=2023)
    assert rows.filter(code="33")["value"].item() == pytest.approx(4.91, abs=0.03)


# The same inputs give the same bytes -------------------------------------------------------------------------------


def test_the_same_build_again_is_the_edition_that_is_there(edition_home: Path) -> None:
    before = [one.id for one in editions(edition_home)]
    assert not wanted(edition_home)
    built = build(edition_home)
    assert built.already
    assert built.folder == current_folder(edition_home)
    assert [one.id for one in editions(edition_home)] == before


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home built anew, every step: from the official files where they are, else from the embedded inputs."""
    home, folder = tmp_path_factory.mktemp("again"), shared_folder()
    rebuild(home, [folder] if folder else [])
    return home


def test_a_rebuild_gives_the_same_tables_byte_for_byte(edition_home: Path, rebuilt: Path) -> None:
    ours, theirs = sealed(current_folder(edition_home)), sealed(current_folder(rebuilt))
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert len(verify(current_folder(rebuilt))["tables"]) == len(theirs) >= 14
    assert difference(edition(edition_home, "current"), edition(rebuilt, "current")).is_empty()


@pytest.mark.usefixtures("shared_data")
def test_the_official_files_are_those_that_were_read(rebuilt: Path) -> None:
    inputs = {one["source"]: one["origin"] for one in edition(rebuilt, "current").manifest["inputs"]}
    assert set(inputs.values()) == {"folder"}
