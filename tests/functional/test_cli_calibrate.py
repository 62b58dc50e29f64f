"""``vigie calibrate`` as people run it: on Corse, so that it is quick, and with what it must refuse."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from processes import vigie

from vigie.access import fitting

FILES = {"preset.toml", "places.parquet", "report.md", "report.json", "residuals.csv", "residuals-mg.svg"}


@pytest.fixture(scope="module")
def corse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibrate")
    target = folder / "corse"
    asked = ("calibrate", "--region", "94", "--profession", "mg", "--profession", "kines", "--iterations", "3")
    said = vigie(*asked, "-o", target, home=folder / "home", lang="fr")
    assert said.code == 0, said.err
    assert "tout caché dans un cinquième des communes" in said.out
    assert "modèle national" in said.err  # progress
    return target


def test_it_writes_the_report_the_residuals_the_maps_and_the_preset(corse: Path) -> None:
    assert {path.name for path in corse.iterdir()} == FILES | {"residuals-kines.svg"}
    text = (corse / "report.md").read_text(encoding="utf-8")
    assert "# Calage sur l'APL 2021" in text
    assert "Pourquoi pas plus près" in text
    assert "bpe_2021@" in text
    assert "But de Vigie sur ce qui était caché\u202f: mg 0,90, kines 0,95." in text
    assert re.search(r"tout caché dans un cinquième des communes\u202f: mg (atteint|manqué de 0,\d{3}), kines", text)
    ET.parse(corse / "residuals-mg.svg")


def test_the_report_as_data_has_every_test_and_group(corse: Path) -> None:
    report = json.loads((corse / "report.json").read_text(encoding="utf-8"))
    assert (report["year"], report["places"], report["status"]) == (2021, 360, "ours")
    assert {row["test"] for row in report["scores"]} == set(report["tests"])
    groups = {row["group"] for row in report["scores"]}
    assert {"all", "mainland", "density 7"} <= groups
    hidden = [
        r["places"] for r in report["scores"] if (r["test"], r["group"], r["profession"]) == ("places", "all", "mg")
    ]
    assert 40 < hidden[0] < 110  # a fifth of 360


def test_residuals_are_the_model_less_the_published(corse: Path) -> None:
    with (corse / "residuals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 360
    for row in rows[:50]:
        for model in ("national", "local"):
            gap = float(row[model]) - float(row["published"])
            assert float(row[f"residual_{model}"]) == pytest.approx(gap, abs=2e-4)


def test_the_preset_is_read_back(corse: Path) -> None:
    preset = fitting.read((corse / "preset.toml").read_bytes(), (corse / "places.parquet").read_bytes())
    assert set(preset.models["local"].decays) == {"mg", "kines"}
    assert preset.speeds("local", ["2A004"])[0] > 10
    assert preset.supply("places", "mg", ["2A004"])[0] > 0


def test_what_it_refuses(tmp_path: Path) -> None:
    home = tmp_path / "home"
    vigie("calibrate", "--year", "1999", home=home).refused("1999", "2021, 2022, 2023", code=3)
    vigie("calibrate", "--profession", "druide", home=home).refused("druide", "infirmiers", code=4)
    vigie("calibrate", "--region", "99", home=home).refused("99", "94", code=4)
    vigie("calibrate", "--iterations", "0", home=home).refused("--iterations", code=2)
    vigie("calibrate", "--from", tmp_path / "absent", home=home).refused("absent", code=6)


def test_a_place_that_cannot_be_written_is_told_before_anything_is_fitted(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    said = vigie("calibrate", "--region", "94", "-o", taken, home=tmp_path / "home")
    said.refused("taken", code=6)
    assert "model" not in said.err.replace(str(taken), "")


def test_with_one_profession_none_is_hidden_in_each_commune(tmp_path: Path) -> None:
    """Nothing would be left to fit on: a score of what was seen must not pass for one of what was hidden."""
    asked = ("calibrate", "--region", "94", "--profession", "mg", "--iterations", "1", "-o", tmp_path / "mg", "--json")
    said = vigie(*asked, home=tmp_path / "home")
    assert said.code == 0, said.err
    report = json.loads(said.raw)
    assert set(report["tests"]) == {row["test"] for row in report["scores"]} == {"national", "seen", "places", "blocks"}
