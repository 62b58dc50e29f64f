"""The commands of levers as processes: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import vigie

EXAMPLE = Path(__file__).parents[2] / "docs/scenarios/aveyron.toml"


def test_simulate_prints_writes_and_compares(edition_home: Path, tmp_path: Path) -> None:
    table = tmp_path / "communes.geojson"
    said = vigie("simulate", EXAMPLE, "-o", table, home=edition_home)
    assert said.code == 0, said.err
    for words in ("A simulation by Vigie, not a forecast", "Who gains most", "Who loses most", "Hypotheses of Vigie"):
        assert words in said.out
    assert json.loads(table.read_text())["vigie"]["simulation"] is True
    other = tmp_path / "other.toml"
    other.write_text('[[actions]]\nlever = "depart"\namount = 2\nplaces = ["commune:12202"]\n')
    both = vigie("simulate", EXAMPLE, other, "--json", home=edition_home)
    found = json.loads(both.out)
    assert [one["lose"] > one["gain"] for one in found["compared"]] == [False, True]
    assert len(found["scenarios"]) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", b"actions = 3", "actions"),
        ("a.toml", b"= = =", "TOML"),
        ("a.json", b"{}}", "JSON"),
        ("a.toml", b"x = " + b"[" * 20_000, "TOML"),
        ("a.toml", b"#" * 70_000, "64000 bytes"),
        ("a.toml", b'[[actions]]\nlever = "installation"\namount = inf\nplaces = ["12"]', "amount"),
        ("a.toml", b'[[actions]]\nlever = "installatoin"\namount = 1\nplaces = ["12"]', "installation"),
    ],
)
def test_a_hostile_file_is_refused_by_its_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    vigie("simulate", path, home=tmp_path).refused(said)


def test_sharing_commands_answer_in_json(edition_home: Path, tmp_path: Path) -> None:
    table = tmp_path / "shared.csv"
    words = ("allocate", "assistants_medicaux", "40", "--territory", "departement:12", "--json", "-o", table)
    shared = json.loads(vigie(*words, home=edition_home).out)
    assert [one["rule"] for one in shared["rules"]] == ["open", "priority", "need", "effect"]
    assert table.read_text().startswith("key,name,people,apl")
    pairs = json.loads(vigie("pair", "--territory", "region:52", "--json", home=edition_home).out)
    assert pairs["pairs"][0]["days"] > 0
