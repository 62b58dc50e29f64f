"""A duty roster brought as a file answers who is open now near a commune."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from processes import Client

from vigie.editions.rosters import bring, rosters
from vigie.errors import InputError
from vigie.site import create_app
from vigie.sources.roster import COLUMNS, Duty, read_roster

ROSTER = """kind;name;commune;address;phone;start;end
pharmacie;Pharmacie d'essai A;12202;1 place d'Armes;05 65 00 00 00;2026-11-22 20:00;2026-11-23 08:00
pharmacie;Pharmacie d'essai B;12145;;;2026-11-22 20:00;2026-11-23 08:00
pharmacie;Pharmacie d'essai C;97411;;;2026-11-22 20:00;2026-11-23 08:00
sas;SAS 12;12145;;15;2026-11-22 00:00;2026-11-29 00:00
sas;SAS 48;48095;;15;2026-11-22 00:00;2026-11-29 00:00
"""


@pytest.fixture
def home(edition_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A home that serves the edition of the run and has a roster of its own."""
    (tmp_path / "editions").symlink_to(edition_home / "editions")
    file = tmp_path / "gardes.csv"
    file.write_text(ROSTER, encoding="utf-8")
    bring(tmp_path, file)
    yield tmp_path


def test_who_is_on_duty_is_told_by_the_hour_and_the_distance(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigie.site.orientation_page.rosters", lambda _: rosters(home))
    site = Client(create_app(home))
    page = site.get("/s-orienter?commune=12202&quand=2026-11-22T21:00")
    assert page.headers["cache-control"] == "no-store"
    table = page.text.partition('id="duty-title"')[2].partition("</table>")[0]
    assert table.index("essai A") < table.index("essai B") < table.index("SAS 12")
    assert "essai C" not in table and "SAS 48" not in table and 'href="tel:0565000000"' in table
    later = site.get("/en/s-orienter?commune=12202&quand=2026-11-23T08:00").text
    assert "essai A" not in later and "SAS 12" in later
    assert "Personne de garde" in site.get("/s-orienter?commune=12202&quand=2027-01-01T21:00").text


def test_without_a_roster_the_page_says_so(site: Client) -> None:
    page = site.get("/s-orienter?commune=12202").text
    assert "aucun tour de garde" in page and "vigie roster" in page


def test_a_later_file_of_the_same_name_takes_the_place_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "g.csv"
    file.write_text(ROSTER, encoding="utf-8")
    bring(tmp_path, file)
    assert len(rosters(tmp_path)["g"]) == 5
    file.write_text("\n".join(ROSTER.splitlines()[:2]), encoding="utf-8")
    bring(tmp_path, file)
    assert len(rosters(tmp_path)["g"]) == 1
    file.write_text("kind,name\n", encoding="utf-8")
    with pytest.raises(InputError):
        bring(tmp_path, file)
    assert len(rosters(tmp_path)["g"]) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "medecin"), ("name", ""), ("name", "x" * 161), ("commune", "1220"), ("phone", "javascript:alert(1)"),
     ("start", "22/11/2026"), ("end", "2026-11-22 20:00"), ("end", "2026-12-22 20:00"), ("address", "a\x00b")],
)  # fmt: skip
def test_a_wrong_row_is_named(column: str, value: str) -> None:
    row = dict(zip(COLUMNS, ("pharmacie", "A", "12202", "", "", "2026-11-22 20:00", "2026-11-23 08:00"), strict=True))
    text = ",".join(COLUMNS) + "\n" + ",".join((row | {column: value}).values()) + "\n"
    with pytest.raises(InputError) as fault:
        read_roster(text.encode(), "g.csv")
    assert "g.csv" in fault.value.message("fr") and column in fault.value.message("fr")


@settings(max_examples=60, deadline=None)
@given(some.binary(max_size=300))
def test_any_bytes_are_a_roster_or_a_fault_that_is_told(content: bytes) -> None:
    for text in (content, ",".join(COLUMNS).encode() + b"\n" + content):
        try:
            assert all(isinstance(one, Duty) for one in read_roster(text, "g.csv"))
        except InputError as fault:
            assert "g.csv" in fault.message("en")


def test_a_duty_ends_when_it_ends() -> None:
    [one] = read_roster("\n".join(ROSTER.splitlines()[:2]).encode(), "g.csv")
    assert one.on(datetime(2026, 11, 22, 20)) and not one.on(datetime(2026, 11, 23, 8))
