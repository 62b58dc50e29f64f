from __future__ import annotations

import importlib
import io
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from vigie.errors import InputError, UnknownNameError
from vigie.sources import catalogue, locate, locate_all, source
from vigie.sources.catalogue import load, parse
from vigie.sources.snapshots import Snapshots
from vigie.sources.tables import TABLES
from vigie.sources.vintages import Age, age, period_end

MINIMAL = """
id = "essai"
producer = "Quelqu'un"
title_fr = "Essai"
title_en = "Trial"
licence = "Licence Ouverte 2.0"
period = "2021 (populations 2019)"
cadence = "yearly"
delay_months = 6
copies = ["essai.csv"]
table = "emergency_times"
reader = "need:emergency_times"
verified = false
[format]
kind = "csv"
[[columns]]
name = "code"
fr = "Code"
en = "Code"
"""


def test_every_definition_names_a_reader_and_a_table_that_exist() -> None:
    assert len(catalogue()) >= 23
    for found in catalogue().values():
        module, function = found.reader.split(":")
        assert callable(getattr(importlib.import_module(f"vigie.sources.readers.{module}"), function)), found.id
        assert found.table in TABLES, found.id


def test_every_described_column_is_one_of_its_table() -> None:
    for found in catalogue().values():
        described = {column.name for column in found.columns} - {"d201…"}
        assert described <= set(TABLES[found.table].columns), found.id


def test_every_text_is_in_both_languages_and_every_licence_is_stated() -> None:
    for found in catalogue().values():
        assert bool(found.notes.fr) == bool(found.notes.en), found.id
        assert found.title.fr != found.title.en, found.id
        assert found.licence
        assert found.redistribute == (found.licence == "Licence Ouverte 2.0"), found.id


def test_a_reader_that_never_met_a_producers_file_is_not_called_verified() -> None:
    assert [found.id for found in catalogue().values() if found.verified] == []


def test_addresses_are_https_on_the_producers_hosts() -> None:
    hosts = {address.url.split("/")[2] for found in catalogue().values() for address in found.addresses}
    assert hosts == {"data.ameli.fr", "data.drees.solidarites-sante.gouv.fr", "www.data.gouv.fr", "www.insee.fr"}


def test_the_vintage_may_differ_by_year() -> None:
    apl = source("drees_apl_2022_2023")
    assert (apl.vintage(2022), apl.vintage(2023), apl.vintage(2024)) == (2023, 2024, None)
    assert source("bpe_2021").vintage(2021) == 2022


def test_an_unknown_source_gets_the_nearest_ids() -> None:
    with pytest.raises(UnknownNameError) as caught:
        source("bpe2021")
    assert "bpe_2021" in caught.value.message("fr")
    assert "Nearest: bpe_2021" in caught.value.message("en")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('cadence = "yearly"', 'cadence = "weekly"', "cadence"),
        ('licence = "Licence Ouverte 2.0"', "", "licence"),
        ('producer = "Quelqu\'un"', 'producer = "Quelqu\'un"\nproducteur = "x"', "producteur"),
        ("verified = false", 'verified = false\nlanding = "http://exemple.fr"', "landing"),
        ("delay_months = 6", 'delay_months = "six"', "delay_months"),
        ('kind = "csv"', 'kind = "pdf"', "format.kind"),
        ('reader = "need:emergency_times"', 'reader = "os.system"', "reader"),
        ('id = "essai"', 'id = "autre"', "id"),
        ("verified = false", "verified = false\ncog = 2024\ncog_by_year = { 2022 = 2023 }", None),
        ('fr = "Code"', 'fr = "Code"\nen = "Code"\n[[columns]]\nname = "code"\nfr = "Code"', None),
        ('copies = ["essai.csv"]', "", None),
    ],
)
def test_a_bad_definition_names_its_file_and_key(old: str, new: str, key: str | None) -> None:
    assert old in MINIMAL
    with pytest.raises(InputError) as caught:
        parse(MINIMAL.replace(old, new), Path("essai.toml"))
    assert caught.value.where.file == Path("essai.toml")
    assert caught.value.where.column == key
    assert "docs/add-a-source.md" in caught.value.message("en")


def test_invalid_toml_names_its_file() -> None:
    with pytest.raises(InputError, match="pas du TOML") as caught:
        parse("id = ", Path("essai.toml"))
    assert caught.value.where.file == Path("essai.toml")


def test_definitions_load_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "essai.toml").write_text(MINIMAL, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("rien", encoding="utf-8")
    assert list(load(tmp_path)) == ["essai"]


def test_the_first_folder_that_has_a_file_wins_and_downloads_go_before_copies(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    demography, copy = source("ameli_demography"), source("ameli_demography").copies[0]
    (second / copy).touch()
    assert locate(demography, [tmp_path / "absent", first, second]) == second / copy
    (first / copy).touch()
    assert locate(demography, [first, second]) == first / copy
    download = demography.addresses[0].file
    (first / download).touch()
    assert locate_all(demography, [first, second]) == [first / download]
    assert locate(demography, [tmp_path / "absent"]) is None


def test_all_downloads_of_a_source_are_read_and_a_dated_name_takes_the_last(tmp_path: Path) -> None:
    apl, finess = source("drees_apl_workbook"), source("finess")
    for address in apl.addresses[:2]:
        (tmp_path / address.file).touch()
    for day in ("20250101", "20260512"):
        (tmp_path / f"etalab-cs1100507-stock-{day}-0427.csv").touch()
    assert locate_all(apl, [tmp_path]) == [tmp_path / address.file for address in apl.addresses[:2]]
    assert locate_all(finess, [tmp_path]) == [tmp_path / "etalab-cs1100507-stock-20260512-0427.csv"]


def test_importing_the_room_loads_nothing_heavy() -> None:
    heavy = ("polars", "pandera", "httpx", "python_calamine", "pyproj", "numpy")
    code = f"import sys, vigie.sources; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("today", "late", "words"),
    [
        (date(2023, 6, 29), 0, "à jour"),
        (date(2023, 7, 30), 0, "à jour"),
        (date(2023, 7, 31), 1, "en retard de 1 mois"),
        (date(2023, 9, 30), 2, "en retard de 2 mois"),
        (date(2024, 7, 1), 12, "en retard de 12 mois"),
    ],
)
def test_data_are_late_once_cadence_and_delay_have_passed(today: date, late: int, words: str) -> None:
    trial = parse(MINIMAL, Path("essai.toml"))
    found = age(trial, date(2021, 12, 31), today)
    assert (found.late, found.text.fr) == (late, words)


def test_a_snapshot_is_late_once_the_cadence_has_passed(tmp_path: Path) -> None:
    trial = parse(MINIMAL, Path("essai.toml"))
    received = datetime(2025, 1, 15, tzinfo=UTC)
    snapshot = Snapshots(tmp_path).add(trial, io.BytesIO(b"x"), "x.csv", address="a", received=received)
    assert age(trial, snapshot, date(2026, 1, 20)).late == 0
    assert age(trial, snapshot, date(2026, 4, 20)).text.fr == "en retard de 3 mois"


def test_without_a_cadence_nothing_is_late() -> None:
    once = parse(MINIMAL.replace('"yearly"', '"once"'), Path("essai.toml"))
    assert age(once, date(2000, 1, 1), date(2026, 1, 1)) == Age(312, None)
    assert Age(312, None).text.en == "no regular cadence"
    assert Age(30, 1).text.en == "late by 1 month"


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2021 (populations 2019)", date(2021, 12, 31)),
        ("2015–2019, 2021–2023", date(2023, 12, 31)),
        ("2019-12-31", date(2019, 12, 31)),
        ("2014-01-01–2024-01-01", date(2024, 1, 1)),
        ("au jour de l'extraction", None),
    ],
)
def test_the_end_of_a_period(period: str, end: date | None) -> None:
    text = MINIMAL.replace('"2021 (populations 2019)"', f'"{period}"')
    assert period_end(parse(text, Path("essai.toml"))) == end
