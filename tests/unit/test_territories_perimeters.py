from __future__ import annotations

import polars as pl
import pytest

from vigie.errors import InputError
from vigie.territories.perimeters import Perimeter, read_perimeter, read_perimeter_set, with_perimeters
from vigie.territories.reference import PLACE_COLUMNS, Reference

PASSAGE = pl.DataFrame(
    [("01001", "01001", "merger", 1.0, 2021), ("01009", "01001", "merger", 1.0, 2021)],
    schema=["code_before", "code_after", "change", "ratio", "year_before"],
    orient="row",
).with_columns(year_after=pl.col("year_before") + 1)


@pytest.fixture
def reference() -> Reference:
    rows = [
        {"code": "01001", "population": 100, "lon": 1.0},
        {"code": "01002", "population": 300, "lon": 2.0},
        {"code": "01003", "population": None, "lon": 3.0},
        {"code": "75101", "population": 20, "lon": 4.0, "city": "75056"},
        {"code": "75102", "population": 30, "lon": 5.0, "city": "75056"},
    ]
    numbers = {"population": pl.Int64, "population_total": pl.Int64, "density": pl.Int8}
    numbers |= {"area_km2": pl.Float64, "lon": pl.Float64, "lat": pl.Float64}
    schema = {name: numbers.get(name, pl.String) for name in PLACE_COLUMNS}
    places = pl.DataFrame(rows, schema=schema).with_columns(
        name=pl.format("Place {}", "code"), lat="lon", departement=pl.col("code").str.head(2), region=pl.lit("84")
    )
    empty = {"level": pl.String, "code": pl.String}
    from vigie.territories.reference import TERRITORY_SCHEMA

    return Reference(places, pl.DataFrame(schema=TERRITORY_SCHEMA), pl.DataFrame(schema={"place": pl.String, **empty}))


def toml(text: str) -> Perimeter:
    return read_perimeter(text.encode(), "mine.toml")


def test_a_toml_perimeter_becomes_a_territory(reference: Reference) -> None:
    one = toml('name = "Pays de l\'Œuf"\ncommunes = ["01001", "75056"]\n')
    assert (one.key, one.rows) == ("perimeter:pays-de-l-oeuf", (2, 2))
    extended, (report,) = with_perimeters(reference, [one])
    row = extended.territories.row(0, named=True)
    assert (row["level"], row["code"], row["kind"]) == ("perimeter", "pays-de-l-oeuf", "perimeter")
    assert (row["population"], row["places"], row["departement"]) == (150, 3, "01")
    codes, matrix = extended.membership_matrix("perimeter")
    assert codes == ["pays-de-l-oeuf"]
    assert matrix.toarray().tolist() == [[1, 0, 0, 1, 1]]
    assert report.outside["place"].to_list() == ["01002", "01003"]
    assert report.population_outside == 300
    assert report.share_outside == pytest.approx(300 / 450)


def test_a_csv_perimeter_is_called_after_its_file(reference: Reference) -> None:
    one = read_perimeter("\ufeffcode;nom\n01002;B\n01003;C\n".encode(), "folder/Mon pays.csv")
    assert (one.slug, one.name, one.codes, one.rows) == ("mon-pays", "Mon pays", ("01002", "01003"), (2, 3))
    extended, _ = with_perimeters(reference, [one])
    assert extended.territories["population"].to_list() == [300]


def test_a_set_reports_gaps_and_overlaps_and_is_not_a_partition(reference: Reference) -> None:
    table = (
        "code,perimeter,name\n01001,A 1,Premier\n01002,A 1,Premier\n01002,b2,Second\n75101,b2,Second\n99999,b2,Second\n"
    )
    some = read_perimeter_set(table.encode(), "cpts.csv", "cpts")
    assert [one.key for one in some] == ["cpts:premier", "cpts:b2"]
    extended, (report,) = with_perimeters(reference, some, leave_unknown=True)
    assert report.perimeters == 2
    assert report.overlaps.rows() == [("01002", "Place 01002", 300, "b2, premier")]
    assert report.outside["place"].to_list() == ["01003", "75102"]
    assert report.unknown.select("perimeter", "code", "row", "file").rows() == [("cpts:b2", "99999", 6, "cpts.csv")]
    sums = dict(extended.territories.select("code", "population").iter_rows())
    assert sums == {"premier": 400, "b2": 320}
    assert "cpts" in extended.levels
    with pytest.raises(InputError, match="se recouvrent"):
        extended.members("cpts")


def test_an_unknown_code_is_an_error_with_its_place(reference: Reference) -> None:
    one = toml('name = "A"\ncommunes = [\n "01001",\n "01009",\n]\n')
    with pytest.raises(InputError) as caught:
        with_perimeters(reference, [one], passage=PASSAGE)
    message = caught.value.message("fr")
    assert "mine.toml, ligne 4" in message
    assert "2021" in message
    assert "01009" in message


def test_an_older_perimeter_is_brought_to_the_reference(reference: Reference) -> None:
    one = toml('name = "A"\nvintage = 2020\ncommunes = ["01009", "01002"]\n')
    with pytest.raises(InputError, match="table de passage"):
        with_perimeters(reference, [one])
    extended, (report,) = with_perimeters(reference, [one], passage=PASSAGE)
    assert extended.memberships["place"].to_list() == ["01001", "01002"]
    assert report.widened.rows() == [("a", "01001")]
    whole = toml('name = "A"\nvintage = 2020\ncommunes = ["01009", "01001"]\n')
    assert with_perimeters(reference, [whole], passage=PASSAGE)[1][0].widened.is_empty()


def test_two_perimeters_of_one_name_are_refused(reference: Reference) -> None:
    one = toml('name = "A"\ncommunes = ["01001"]\n')
    with pytest.raises(InputError, match="perimeter:a"):
        with_perimeters(reference, [one, one])
    extended, _ = with_perimeters(reference, [one])
    with pytest.raises(InputError, match="perimeter:a"):
        with_perimeters(extended, [one])


def test_no_perimeter_changes_nothing(reference: Reference) -> None:
    assert with_perimeters(reference, []) == (reference, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name = ", "pas du TOML"),
        ('communes = ["01001"]', r"colonne «\sname\s»"),
        ('name = "é"\nslug = "a b"\ncommunes = ["01001"]', r"colonne «\sslug\s»"),
        ('name = "A"', "une liste de codes"),
        ('name = "A"\ncommunes = []', "aucune commune"),
        ('name = "A"\ncommunes = [1001]', "entre guillemets"),
        ('name = "A"\ncommunes = [\n"1001"]', "ligne 3.*0" + "1001"),
        ('name = "A"\ncommunes = ["Paris"]', "cinq caractères"),
        ('name = "A"\ncommunes = ["01001", "01001"]', "déjà à la ligne"),
        ('name = "A"\nvintage = 1999\ncommunes = ["01001"]', "2014 à 2025"),
        ('name = "A"\nvintage = "2020"\ncommunes = ["01001"]', r"colonne «\svintage\s».*sans guillemets"),
        ('name = "A"\nid = "b"\ncommunes = ["01001"]', "clé inconnue. Clés\u202f: name, slug"),
        ('name = "!"\ncommunes = ["01001"]', "un nom avec des lettres"),
    ],
)
def test_bad_toml_is_refused(content: str, message: str) -> None:
    with pytest.raises(InputError, match="(?s)" + message):
        toml(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"colonne absente\s: code"),
        (b"insee,perimeter\n01001,a\n", r"Colonnes présentes\s: insee, perimeter"),
        (b"code,perimeter\n01001,\n", "ligne 2.*périmètre vide"),
        (b"code,perimeter\n01001,a\n1002,a\n", r"ligne 3.*zéro de tête\s: 01002"),
        (b"code,perimeter\n01001,a\n01001,a\n", "ligne 3.*déjà à la ligne 2"),
        (b"code,perimeter\n01001,\xe9\n", "ligne 2.*UTF-8"),
    ],
)
def test_a_bad_set_is_refused_with_its_row(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match="(?s)" + message):
        read_perimeter_set(content, "cpts.csv", "cpts")


@pytest.mark.parametrize("level", ["commune", "CPTS", "a b", ""])
def test_a_level_must_be_a_new_word(level: str) -> None:
    with pytest.raises(InputError, match="niveau"):
        read_perimeter_set(b"code,perimeter\n01001,a\n", "cpts.csv", level)
