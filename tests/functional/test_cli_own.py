"""vigie apl, reach, explain and deserts as people run them: right files, wrong files, and France."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from processes import vigie

DEMAND = "id;lon;lat;demand\nA;2,35;48,85;1000\nB;2,40;48,86;2000\nC;2,9;48,86;0\nD;;;50\n"
SUPPLY = "id,lon,lat,supply\nA,2.36,48.85,3\nX,3.9,48.86,2\n"
MATRIX = "place,site,minutes\nA,A,3\nB,A,12\nZ,A,4\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for name, text in {"d.csv": DEMAND, "s.csv": SUPPLY, "t.csv": MATRIX}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def given(folder: Path, *more: str) -> list[str]:
    return ["apl", "--demand", str(folder / "d.csv"), "--supply", str(folder / "s.csv"), *more]


def test_own_files_are_computed_and_the_output_says_how(files: Path) -> None:
    out = files / "o.csv"
    said = vigie(*given(files, "--decay", "bands:5=1,10=0.3,15=0.1", "-o", str(out)), home=files)
    assert said.code == 0, said.err
    assert "1 site without demand in reach, 2.0 units of supply (X)" in said.out
    assert "1 row without coordinates, left out (50): D" in said.out
    assert "1 place without demand" in said.out
    assert "✓ Σ demand × access = Σ supply served" in said.out
    assert out.read_text() == "id,demand,value,status\nA,1000.0,0.001,ok\nB,2000.0,0.001,ok\nC,0.0,0.0,ok\n"
    record = json.loads((files / "o.csv.json").read_bytes())
    assert record["decay"]["starts"] == [0, 5, 10]
    assert [one["role"] for one in record["inputs"]] == ["demand", "supply"]
    assert all(len(one["sha256"]) == 64 for one in record["inputs"])
    assert record["balance"]["unserved_supply"] == 2.0


def test_the_same_ids_in_two_files_are_not_the_same_place(files: Path) -> None:
    """Ids 1, 2, 3 of two people's files meet by chance: the time is that between the points."""
    (files / "far.csv").write_text("id,lon,lat,supply\nA,2.9,48.86,3\n")
    said = vigie("apl", "--demand", files / "d.csv", "--supply", files / "far.csv", "--json", home=files)
    balance = json.loads(said.raw)["balance"]
    assert balance["demand_without_access"] == 3000


def test_a_matrix_gives_the_times_and_its_strangers_are_counted(files: Path) -> None:
    out = files / "m.parquet"
    said = vigie(*given(files, "--travel", str(files / "t.csv"), "--decay", "linear:20", "-o", str(out)), home=files)
    assert said.code == 0, said.err
    assert "1 id of the matrix not in the demand, its pairs left out: Z" in said.out
    assert "2 places not in the matrix, without access: C, D" in said.out
    reached = 1000 * (1 - 3 / 20) + 2000 * (1 - 12 / 20)
    values = dict(pl.read_parquet(out).select("id", "value").iter_rows())
    assert values == pytest.approx({"A": 0.85 * 3 / reached, "B": 0.4 * 3 / reached, "C": 0, "D": 0})
    assert json.loads(pl.read_parquet_metadata(out)["vigie"])["travel"]["limit"] == 20


BAD = {
    "id,lon,lat,demand\nA,652000,6862000,10\nB,653000,6862500,5\n": ["Lambert 93", "row 2", "EPSG:4326", "2 of 2"],
    "id,lon,lat,demand\nA,48.85,2.35,10\n": ["longitude and latitude look swapped", "--as-they-are"],
    "code_commune,lon,lat,demand\nA,2,48,10\n": ["column “id”", "Rename “code_commune” to “id”"],
    "id,lon,lat,populaton\nA,2,48,10\n": ["column “demand”", "Columns found: id, lon, lat, populaton"],
    "id,lon,lat,population\nA,2,48,10\n": ["Rename “population” to “demand”"],
    "id,lon,lat,demand\nA,2,48,-10\n": ["row 2", "“-10”", "not below 0"],
    "id,lon,lat,demand\nA,2,48,NaN\n": ["row 2", "a number was expected"],
    "id,lon,lat,demand\nA,2,48,\n": ["row 2", "write 0 if there is none"],
    "id,lon,lat,demand\nA,2,48,1\nB,2,48,1\nA,2,48,3\n": ["row 4", "“A”", "id given before"],
    "id,lon,lat,demand\n": ["no row of data"],
    "": ["empty file"],
    "id,lon,lat,demand\nA,2,48,0\n": ["no place has any demand"],
}


@pytest.mark.parametrize("content", BAD)
def test_a_wrong_demand_is_refused_with_its_place(files: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.csv").write_text(content)
    said = vigie("apl", "--demand", tmp_path / "bad.csv", "--supply", files / "s.csv", home=files)
    said.refused("bad.csv", *BAD[content], code=3)


WRONG = {
    ("--decay", "linaer-20"): ["Did you mean linear-20?", "barlet-2012"],
    ("--decay", "bands:5"): ["bands:5=1,10=0.3,15=0.1"],
    ("--method", "2sfca"): ["within-30"],
    ("--activity", "0"): ["5400", "3600:6000"],
    ("--profession", "mg"): ["--demand", "--profession"],
    ("-o", "x.xlsx"): [".parquet or .csv"],
    ("-o", "/nowhere/x.csv"): ["/nowhere", "does not exist"],
    ("--model", "valhalla"): ["crow-fly", "calibrated"],
    ("--model", "calibrated", "--speed", "30"): ["has its own speeds"],
    ("--speed", "fast"): ["“fast”", "a number is expected"],
    ("--speed", "0"): ["1 at least"],
}


@pytest.mark.parametrize("more", WRONG)
def test_a_wrong_argument_is_refused_with_what_to_do(files: Path, more: tuple[str, ...]) -> None:
    vigie(*given(files, *more), home=files).refused(*WRONG[more])


PRACTICES = """id;lon;lat;supply;age;practitioner;time
a;2,36;48,85;5000;70;p1;3
b;2,40;48,86;5000;70;p1;1
c;2,36;48,85;3000;50;p2;4
"""


def served(files: Path, *more: str) -> float:
    """The supply that reaches the places: demand times access, summed."""
    (files / "p.csv").write_text(PRACTICES, encoding="utf-8")
    out = files / "practices.parquet"
    said = vigie("apl", "--demand", files / "d.csv", "--supply", files / "p.csv", "-o", out, *more, home=files)
    assert said.code == 0, said.err
    found = pl.read_parquet(out)
    return float((found["demand"] * found["value"]).sum())


def test_a_practitioner_is_split_by_time_and_counts_up_to_an_age(files: Path) -> None:
    assert served(files) == pytest.approx(8000)
    assert served(files, "--max-age", "70") == pytest.approx(8000)
    assert served(files, "--max-age", "65") == pytest.approx(3000)
    assert served(files, "--activity", "3600:4000") == pytest.approx(4000 + 3600)


def test_ages_and_times_that_are_not_whole_are_refused(files: Path) -> None:
    vigie(*given(files, "--max-age", "65"), home=files).refused("--max-age needs the age", "column age", code=3)
    (files / "q.csv").write_text("id,lon,lat,supply,practitioner\na,2.36,48.85,3,p\n", encoding="utf-8")
    vigie("apl", "--demand", files / "d.csv", "--supply", files / "q.csv", home=files).refused("go together", code=3)
    vigie("apl", "--profession", "mg", "--max-age", "65", home=files).refused("apl_mg_65", code=3)


def test_a_year_without_data_says_which_have_some(files: Path) -> None:
    said = vigie("apl", "--profession", "mg", "--year", "2023", home=files, lang="fr")
    said.refused("données non disponibles pour 2023", "2021", code=3)


def test_france_is_computed_from_the_embedded_tables(files: Path) -> None:
    out = files / "mg.parquet"
    said = vigie("apl", "--profession", "mg", "-o", str(out), home=files, lang="fr")
    assert said.code == 0, said.err
    assert "hypothèse de Vigie" in said.out
    record = json.loads((files / "mg.parquet.json").read_bytes())
    assert record["balance"]["conservation"] < 1e-12
    assert record["balance"]["correlation"] == pytest.approx(0.712, abs=0.005)
    assert record["balance"]["mean"] == pytest.approx(3.81, abs=0.005)  # that of the published table, by construction
    table = pl.read_parquet(out)
    assert table.columns == ["id", "name", "demand", "value", "status", "published"]
    assert table.height > 34_900


def test_fitted_times_come_nearer_to_the_published_apl(files: Path) -> None:
    said = vigie("apl", "--profession", "mg", "--model", "calibrated-local", "--json", home=files)
    record = json.loads(said.raw)
    assert record["decay"]["name"] == "fitted-local-mg"
    assert record["balance"]["correlation"] > 0.80
    assert record["balance"]["conservation"] < 1e-12


def test_fitted_times_serve_own_points_in_france_alone(files: Path) -> None:
    said = vigie(*given(files, "--model", "calibrated", "--decay", "fitted-mg", "--json"), home=files)
    assert json.loads(said.raw)["balance"]["conservation"] < 1e-12
    (files / "aral.csv").write_text("id,lon,lat,demand\nNukus,59.6,42.4,5\n")
    far = vigie("apl", "--demand", files / "aral.csv", "--supply", files / "s.csv", "--model", "calibrated", home=files)
    far.refused("1 point more than 50 km", "--model crow-fly")


def test_reach_counts_france_by_territory(edition_home: Path, files: Path) -> None:
    said = vigie("reach", "urgences", "--minutes", "30", "--level", "region", "--json", home=edition_home)
    rows = {row["code"]: row for row in json.loads(said.raw)["territories"]}
    assert rows["FR"]["share"] == pytest.approx(95.9, abs=0.1)
    assert rows["11"]["share"] > 99.9
    regions = [row for row in rows.values() if row["level"] == "region"]
    assert sum(row["people"] or 0 for row in regions) == pytest.approx(rows["FR"]["people"])
    assert rows["06"]["people"] is None  # Mayotte: its population is not at hand, which is not nobody
    (files / "list.csv").write_text("id;lon;lat\nmaison;2,57;44,35\n")
    said = vigie("reach", files / "list.csv", "--level", "departement", "-o", files / "r.csv", home=edition_home)
    assert said.code == 0, said.err
    table = pl.read_csv(files / "r.csv", schema_overrides={"code": pl.String})
    near = dict(table.filter(pl.col("code") == "12").select("minutes", "people").iter_rows())
    assert 24_000 < near[10] < near[20] < near[30] < 280_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nimp",), ["pharmacies, urgences", "id, lon, lat"]),
        (("nimp.csv",), ["nimp.csv", "file not found"]),
        (("urgences", "--minutes", "dix"), ["“dix”", "10,20,30"]),
        (("urgences", "--level", "canton"), ["departement"]),
    ],
)
def test_reach_refuses_with_what_to_do(files: Path, arguments: tuple[str, ...], words: list[str]) -> None:
    vigie("reach", *arguments, home=files).refused(*words)


def test_explain_says_where_an_access_comes_from(edition_home: Path) -> None:
    said = vigie("explain", "commune:12202", "--json", home=edition_home)
    found = json.loads(said.raw)
    assert found["published"] == pytest.approx(4.11, abs=0.005)
    assert sum(one["access"] for one in found["providers"]) == pytest.approx(found["value"])
    assert sum(one["share"] for one in found["sharers"]) == pytest.approx(1)
    assert found["providers"][0]["name"] == "Rodez"
    said = vigie("explain", "commune:12202", "--of-place", home=edition_home, lang="fr")
    assert "Qui est servi" in said.out
    assert "Onet-le-Château (12176)" in said.out


def test_explain_says_what_is_not_at_hand(edition_home: Path) -> None:
    said = vigie("explain", "departement:12", "--between", "2021", "2023", home=edition_home, lang="fr")
    assert said.code == 0
    assert "3,47 → 3,44" in said.out
    assert "données non disponibles" in said.out.replace("\u202f", " ")


def test_explain_splits_a_change_between_two_files(files: Path) -> None:
    (files / "d2.csv").write_text("id,lon,lat,demand\nA,2.35,48.85,1500\nB,2.40,48.86,2000\nE,2.45,48.9,700\n")
    (files / "s2.csv").write_text("id,lon,lat,supply\nA,2.36,48.85,2\nY,2.41,48.86,1\n")
    after = ["--demand-after", files / "d2.csv", "--supply-after", files / "s2.csv"]
    files_of = ["--demand", files / "d.csv", "--supply", files / "s.csv"]
    found = json.loads(vigie("explain", "A", *files_of, *after, "--json", home=files).raw)
    assert sum(found["parts"].values()) == pytest.approx(found["after"] - found["before"])
    assert found["parts"]["own_supply"] < 0 < found["parts"]["neighbour_supply"]


def test_deserts_stand_side_by_side(edition_home: Path) -> None:
    said = vigie("deserts", home=edition_home)
    assert said.code == 0, said.err
    text = " ".join(said.out.split())
    assert "recomputed: 14.0% (9.4 million), 2021; 14.9% (10.0 million), 2022; 16.7% (11.2 million), 2023" in text
    assert "about 8 million, 2026-02 [assurance_maladie_2026]" in text
    assert "nearly 75%" in text
    said = vigie("deserts", "--compare", "trois_professions", "mg_2_5", "--json", home=edition_home)
    assert json.loads(said.raw)["people_not_in_other"] == 0
    vigie("deserts", "--compare", "zip", "mg_2_5", home=edition_home).refused("mg_2_5, mg_2")
    vigie("deserts", "12202", home=edition_home).refused("commune:12202")


BY_AGE = """id,lon,lat,0-14,15-64,65+,standardised
A,2.35,48.85,400,1500,500,2390
B,2.40,48.86,700,1800,500,2770
C,2.90,48.86,100,400,300,945
D,2.95,48.86,100,100,100,305
"""


@pytest.fixture(scope="module")
def by_age(files: Path) -> Path:
    (files / "ages.csv").write_text(BY_AGE, encoding="utf-8")
    return files / "ages.csv"


def test_demand_is_weighted_by_age_and_stays_as_many_people(files: Path, by_age: Path) -> None:
    (files / "w.csv").write_text("class;weight\n0-14;0,5\n15-64;1\n65+;3\n", encoding="utf-8")
    out = files / "weighted.csv"
    more = ("--supply", files / "s.csv", "--age-weights", files / "w.csv", "-o", out)
    said = vigie("apl", "--demand", by_age, *more, home=files)
    assert said.code == 0, said.err
    weighted = {"A": 3200.0, "B": 3650.0, "C": 1350.0, "D": 450.0}
    k = 6500 / sum(weighted.values())
    assert dict(pl.read_csv(out).select("id", "demand").iter_rows()) == pytest.approx(
        {place: k * people for place, people in weighted.items()}
    )
    record = json.loads((files / "weighted.csv.json").read_bytes())
    assert [one["role"] for one in record["inputs"]] == ["demand", "age_weights", "supply"]


def test_age_weights_are_recovered_and_serve_again(files: Path, by_age: Path) -> None:
    true = {"0-14": 0.6, "15-64": 0.9, "65+": 1.9}
    table = pl.read_csv(by_age)
    exact = table.with_columns(standardised=sum(pl.col(name) * weight for name, weight in true.items()))
    exact.write_csv(files / "exact.csv")
    out = files / "found.csv"
    said = vigie("ages", files / "exact.csv", "--classes", ",".join(true), "-o", out, home=files)
    assert said.code == 0, said.err
    assert "R² 1.000000" in said.out
    people = {name: table[name].sum() for name in true}
    mean = sum(people[name] * weight for name, weight in true.items()) / sum(people.values())
    found = dict(pl.read_csv(out).iter_rows())
    assert found == pytest.approx({name: weight / mean for name, weight in true.items()}, rel=1e-6)
    more = ("--supply", files / "s.csv", "--age-weights", out)
    assert vigie("apl", "--demand", files / "exact.csv", *more, home=files).code == 0


def test_classes_and_weights_that_do_not_fit_are_refused(files: Path, by_age: Path) -> None:
    vigie("ages", by_age, "--classes", "0-14,66+", home=files).refused("ages.csv", "column “66+”", code=3)
    vigie("ages", by_age, "--classes", "0-14,0-14", home=files).refused("given twice", code=3)
    vigie("ages", files / "d.csv", "--classes", "x", home=files).refused("column “standardised”", code=3)
    for rows, words in {"15-65,2\n": "Rename “15-64”", "0-14,0\n": "population is zero", "0-14,-1\n": "row 2"}.items():
        (files / "wrong.csv").write_text("class,weight\n" + rows, encoding="utf-8")
        more = ("--supply", files / "s.csv", "--age-weights", files / "wrong.csv")
        vigie("apl", "--demand", by_age, *more, home=files).refused(words, code=3)
    said = vigie("apl", "--profession", "mg", "--age-weights", by_age, home=files)
    said.refused("--age-weights and --per go with --demand")
