"""Whatever the bytes, a reader gives its table or an InputError; what it reads back is what was written."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import tempfile
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from vigie.errors import InputError
from vigie.sources import catalogue, read, source
from vigie.sources.catalogue import Format
from vigie.sources.grid import LINE
from vigie.sources.names import slug
from vigie.sources.snapshots import Snapshots
from vigie.sources.tables import TABLES
from vigie.sources.text import _quoted, _regular, parse_text, read_text

FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
MORE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = {
    "drees_apl_workbook": "indicateur_d_apl_aux_infirmiers.xlsx",
    "geometry": "communes.parquet",
    "bpe": "DS_BPE_CSV_FR.zip",
}

STARTS = (b"", b"\x1f\x8b\x08\x00", b"PAR1", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"[", b"<html>")
HEADERS = {
    "emergency_times_2019": "code_commune,temps_acces_urgences_min_2019\n",
    "passage": "code_before,code_after,annee,typemodif,ratio,year_before,year_after\n",
    "bpe_2021": "CODGEO,NB_D201\n",
    "ameli_ald_sans_mt": "annee;date;region;departement;taux_patients_ald_sans_mt\n",
    "ameli_demography": "annee,profession_sante,region,departement,classe_age,libelle_sexe,effectif,densite\n",
    "finess": "finess;etalab;98;2026-05-12\n",
    "road_pairs_gironde": "id1,X1,Y1,id2,X2,Y2,Dist_min,Dist_km\n",
}


def read_or_refuse(source_id: str, content: bytes, name: str = "fichier.csv") -> pl.DataFrame | None:
    """The table, or None after an InputError that speaks both languages; anything else escapes and fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAMES.get(source_id, name)
        path.write_bytes(content)
        try:
            table = read(source_id, path)
        except InputError as error:
            assert path.name in error.message("fr")
            assert path.name in error.message("en")
            return None
    fixed = [column for column, kind in TABLES[source(source_id).table].columns.items() if not kind.regex]
    assert table.columns[: len(fixed)] == fixed
    assert table.height > 0
    return table


@pytest.mark.parametrize("source_id", sorted(catalogue()))
@FEW
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_any_bytes_give_a_table_or_an_input_error(source_id: str, start: bytes, rest: bytes) -> None:
    read_or_refuse(source_id, start + rest)


WORDS = """01001 2A004 1001 75056 971 99 999 84 2023 2025-06-30 31/12/2019 NS inconnu 4,6% 1e400 -1 nan é f 1.0
structureet geolocalisation EPSG:2154"""
CELLS = st.sampled_from([*WORDS.split(), "", '"', '""', "\r", "4,6 %"])


@pytest.mark.parametrize("source_id", sorted(HEADERS))
@FEW
@given(rows=st.lists(st.lists(CELLS, max_size=33), max_size=6))
def test_any_cells_under_a_good_header_give_a_table_or_an_input_error(source_id: str, rows: list[list[str]]) -> None:
    header = HEADERS[source_id]
    separator = ";" if ";" in header else ","
    read_or_refuse(source_id, (header + "\n".join(separator.join(row) for row in rows)).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | CELLS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("annee", "date", "region", "departement", "taux_patients_ald_sans_mt", "taux_patients_ald_sans_mt_integer")


@MORE
@given(
    found=JSON
    | st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS[2:], JSON), optional=dict.fromkeys(FIELDS[:2], JSON)))
)
@example(found=[{"annee": 10**30, "region": 84, "departement": 1, "taux_patients_ald_sans_mt": 4.2}])
def test_any_json_gives_a_table_or_an_input_error(found: object) -> None:
    read_or_refuse("ameli_ald_sans_mt", json.dumps(found).encode(), "export.json")


def whole_files() -> dict[str, bytes]:
    """A small valid file of each binary kind, to be damaged."""
    apl, polygons = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "APL 2023"
    header = ["Code commune INSEE", "Commune", "APL", "Population standardisée", "Population totale"]
    for row in [*[["note"]] * 8, header, ["", "", "ETP"], ["01001", "x", 1.5, 800, 830], ["2A004", "y", 2, 9, 9]]:
        book.active.append(row)
    book.save(apl)
    places = {"code": ["01001", "2A004"], "nom": ["x", "y"], "type": ["COM", "COM"], "geometry": [b"1", b"2"]}
    pl.DataFrame(places).write_parquet(polygons)
    times = gzip.compress(f"{HEADERS['emergency_times_2019']}01001,31\n2A004,5\n".encode())
    return {
        "drees_apl_workbook": apl.getvalue(),
        "geometry": polygons.getvalue(),
        "emergency_times_2019": times,
    }


WHOLE = whole_files()


def test_the_files_to_be_damaged_are_good() -> None:
    for source_id, content in WHOLE.items():
        table = read_or_refuse(source_id, content)
        assert table is not None
        assert table["code"].to_list() == ["01001", "2A004"]


@pytest.mark.parametrize("source_id", sorted(WHOLE))
@MORE
@given(data=st.data())
def test_a_damaged_file_gives_a_table_or_an_input_error(source_id: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[source_id])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    read_or_refuse(source_id, bytes(content[:end]))


def test_deep_json_is_refused() -> None:
    assert read_or_refuse("ameli_ald_sans_mt", b"[" * 200_000, "export.json") is None


VALUES = st.none() | st.floats(0, 1440).map(lambda value: round(value, 1))
CODES = st.from_regex(r"(?:[0-9]{2}|2[AB])[0-9]{3}", fullmatch=True)


@MORE
@given(
    rows=st.dictionaries(CODES, VALUES, min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    packed=st.booleans(),
)
def test_what_is_written_is_read_back(rows: dict[str, float | None], end: str, bom: bool, packed: bool) -> None:
    lines = [HEADERS["emergency_times_2019"].strip(), *(f"{c},{'' if v is None else v}" for c, v in rows.items())]
    content = (("\ufeff" if bom else "") + end.join(lines)).encode()
    table = read_or_refuse("emergency_times_2019", gzip.compress(content) if packed else content)
    assert table is not None
    assert dict(table.rows()) == rows


@MORE
@given(
    rows=st.dictionaries(CODES, st.integers(0, 10**6), min_size=2, max_size=8),
    data=st.data(),
)
def test_one_bad_value_is_found_on_its_line(rows: dict[str, int], data: st.DataObject) -> None:
    codes = list(rows)
    bad = data.draw(st.integers(0, len(codes) - 1))
    kind = data.draw(st.sampled_from(["texte", "zero", "double"]))
    lines = [[code, str(count)] for code, count in rows.items()]
    if kind == "texte":
        lines[bad][1] = data.draw(st.sampled_from(["x", "1.5", "-3", "12 k"]))
    elif kind == "zero":
        lines[bad][0] = "1001"
    else:
        assume(bad > 0)
        lines[bad][0] = codes[0]
    text = "\n".join(["CODGEO,NB_D201", *(",".join(line) for line in lines)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bpe.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read("bpe_2021", path)
    assert caught.value.where.row == bad + 2


CELL = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from('",;\n\t é'), max_size=6)


@MORE
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6), separator=st.sampled_from(",;\t"))
def test_the_fast_and_the_sure_parser_agree(rows: list[list[str]], separator: str) -> None:
    """Whatever the standard library writes, quotes and line breaks in values included, comes back with its line."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=separator, lineterminator="\n")
    ends = []
    for row in [["a", "b"], *rows]:
        writer.writerow(row)
        ends.append(target.getvalue().count("\n"))
    grid = parse_text(target.getvalue(), Path("x.csv"), separator)
    expected = [tuple(cell.strip() or None for cell in row) for row in rows]
    read_back = [
        tuple(None if cell is None else cell.strip() or None for cell in row) for row in grid.frame.drop(LINE).rows()
    ]
    assert read_back == expected
    assert grid.frame[LINE].to_list() == ends[1:]


@settings(max_examples=400, deadline=None)
@given(body=st.text(st.sampled_from('ab,"\n\r '), max_size=24), separator=st.sampled_from(",;"))
@example(body='1,"2",3\n4,5\n', separator=",")
@example(body='1,2"x\n3,4"\n', separator=",")
@example(body='"1",""\r\n"a""b", "c"\r\n', separator=",")
def test_where_the_fast_parser_answers_the_sure_one_says_the_same(body: str, separator: str) -> None:
    text = "x,y\n".replace(",", separator) + body.replace(",", separator)
    fast = _regular(text, separator)
    if fast is not None:
        sure = _quoted(text, Path("x.csv"), separator)
        blank = pl.when(pl.exclude(LINE) != "").then(pl.exclude(LINE)).name.keep()
        assert fast.with_columns(blank).equals(sure.with_columns(blank))


@MORE
@given(value=st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_is_finite_or_refused(value: float) -> None:
    content = f"{HEADERS['emergency_times_2019']}01001,{value!r}\n".encode()
    table = read_or_refuse("emergency_times_2019", content)
    assert (table is not None) == (math.isfinite(value) and 0 <= value <= 1440)
    if table is not None:
        assert table["minutes"].item() == value


@MORE
@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)), pattern=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y"]))
def test_both_writings_of_a_date_are_the_same_day(day: date, pattern: str) -> None:
    table = read_or_refuse(
        "passage", f"{HEADERS['passage']}01001,01002,{day.strftime(pattern)},f,1.0,2020,2021\n".encode()
    )
    assert table is not None
    assert table["date"].item() == day


@MORE
@given(label=st.text())
def test_a_slug_is_ascii_and_stable(label: str) -> None:
    found = slug(label)
    assert found.isascii()
    assert slug(found) == found
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@FEW
@given(contents=st.lists(st.binary(max_size=64), min_size=1, max_size=6))
def test_snapshots_keep_each_distinct_content_once(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Snapshots(Path(folder))
        for content in contents:
            store.add(source("bpe_2021"), io.BytesIO(content), "x.csv", address="a")
        assert sorted(found.path.read_bytes() for found in store.all()) == sorted(set(contents))
        assert store.verify() == len(set(contents))


@MORE
@given(data=st.binary(min_size=1, max_size=200), cut=st.integers(1, 30))
def test_a_cut_gzip_is_refused(data: bytes, cut: int) -> None:
    whole = gzip.compress(data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv.gz"
        path.write_bytes(whole[: max(2, len(whole) - cut)])
        with pytest.raises(InputError, match="tronquée ou abîmée"):
            read_text(path, Format(kind="csv"))
