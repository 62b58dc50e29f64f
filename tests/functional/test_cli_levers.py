"""The commands of levers as processes: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from processes import vigie

if TYPE_CHECKING:
    from conftest import Changed

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
    third = tmp_path / "kines.toml"
    third.write_text(
        'profession = "kines"\n[[actions]]\nlever = "installation_soignant"\namount = 2\nplaces = ["commune:12089"]\n'
    )
    found = json.loads(vigie("simulate", EXAMPLE, other, third, "--json", home=edition_home).out)
    assert [one["lose"] > one["gain"] for one in found["compared"]] == [False, True, False]
    # Each on the ground of its own profession, and no price where nothing read gives one.
    told = found["scenarios"][2]
    assert (told["profession"], told["unit"]["en"]) == ("kines", "FTE per 100,000 inhabitants")
    assert told["scope"]["mean"]["before"] > 20
    assert [one["cost_1"] is None for one in found["compared"]] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", b"actions = 3", "actions"),
        ("a.toml", b"= = =", "TOML"),
        ("a.json", b"{}}", "JSON"),
        ("a.toml", b"x = " + b"[" * 20_000, "TOML"),
        ("a.toml", b"#" * 70_000, "64000 bytes"),
        ("a.toml", b'[[actions]]\nlever = "installation"\namount = inf\nplaces = ["12"]', "amount"),
        ("a.toml", b'[[actions]]\nlever = "centre_de_sant\xc3\xa9"\namount = 1\nplaces = ["12"]', "centre_de_sante"),
        ("a.toml", b"\xff\xfe", "UTF-8"),
        (
            "a.toml",
            b'[[actions]]\nlever = "installation"\npreset = "x"\namount = 1\nplaces = ["12"]',
            "actions.0.preset",
        ),
        ("a.toml", b'[[actions]]\nlever = "installatoin"\namount = 1\nplaces = ["12"]', "installation"),
    ],
)
def test_a_hostile_file_is_refused_by_its_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    vigie("simulate", path, home=tmp_path).refused(said)


def test_a_plan_is_replayed_on_another_edition(changed_home: Changed) -> None:
    """In the second edition a producer's file says 5.0 everywhere: the same plan, nobody left to bring above 2.5."""
    home = Path(changed_home.home)
    first, last = (
        json.loads(vigie("simulate", EXAMPLE, "--edition", name, "--json", home=home).out)
        for name in (changed_home.before, changed_home.after)
    )
    assert [first["edition"], last["edition"]] == [changed_home.before, changed_home.after]
    assert first["id"] == last["id"]
    assert first["costs"] == last["costs"]
    assert first["scope"]["mean"]["before"] == pytest.approx(3.44, abs=0.03)  # the Aveyron, as the DREES published it
    assert last["scope"]["mean"]["before"] == pytest.approx(5.0)
    assert first["whole"]["thresholds"][0]["leave"]["value"] > 0
    assert last["whole"]["thresholds"][0]["leave"]["value"] == 0
    assert last["whole"]["gain"] > 0
    vigie("simulate", EXAMPLE, "--edition", "2001-01-01-00000000", home=home).refused("2001-01-01")


def test_the_other_professions_share_pair_and_choose_places(edition_home: Path) -> None:
    aveyron = ("--territory", "departement:12", "--profession", "dentistes", "--json")
    shared = json.loads(vigie("allocate", "installation_soignant", "4", *aveyron, home=edition_home).out)
    assert (shared["profession"], shared["thresholds"], shared["degrees"]) == (
        "dentistes",
        [44.9, 30.6],
        [30.6, 44.9, 76.1],
    )
    assert all(row["effect"] * 2 % 1 == 0 for row in shared["territories"])
    said = vigie("allocate", "assistants_medicaux", "4", *aveyron, home=edition_home)
    said.refused("assistants_medicaux", "installation_soignant")
    vigie("portfolio", "100000", *aveyron, home=edition_home).refused("cost")
    pairs = json.loads(vigie("pair", *aveyron[2:], home=edition_home).out)
    assert pairs["unit"]["en"] == "FTE"
    assert all(one["after"] >= 76.1 - 1e-6 for one in pairs["origins"])  # rounding to half-days counted
    asked = (
        "--objective",
        "threshold",
        "-n",
        "2",
        "--plans",
        "1",
        "--seconds",
        "1",
        "--profession",
        "dentistes",
        "--json",
    )
    sited = json.loads(vigie("site", "departement:12", *asked, home=edition_home).out)
    assert sited["request"]["threshold"] == 44.9
    assert 0.3 < sited["request"]["activity"] < 3  # FTE
    assert 0 < sited["value"] <= sited["bound"]


def test_sharing_commands_answer_in_json(edition_home: Path, tmp_path: Path) -> None:
    table = tmp_path / "shared.csv"
    words = ("allocate", "assistants_medicaux", "40", "--territory", "departement:12", "--json", "-o", table)
    shared = json.loads(vigie(*words, home=edition_home).out)
    assert [one["rule"] for one in shared["rules"]] == ["open", "priority", "need", "effect"]
    assert table.read_text().startswith("key,name,people,apl")
    pairs = json.loads(vigie("pair", "--to", "departement:44", "--json", home=edition_home).out)
    assert pairs["pairs"][0]["days"] > 0
