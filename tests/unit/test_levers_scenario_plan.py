"""Who carries a scenario and when it begins: told in a plan, written to the file, no part of its identity."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import InputError
from vigie.levers.scenario import Scenario, as_toml, from_data, from_token, identity, read_scenario, token


def test_owner_and_date_go_with_the_file_and_the_address_but_not_into_the_identity(tmp_path: Path) -> None:
    bare = Scenario(actions=())
    told = bare.model_copy(update={"owner": "CPTS du Nord", "date": "2027-01"})
    assert identity(told) == identity(bare)
    assert from_token(token(told)) == told
    (tmp_path / "s.toml").write_text(as_toml(told), encoding="utf-8")
    assert read_scenario(tmp_path / "s.toml") == told


def test_a_date_of_toml_is_a_date(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("date = 2027-01-31\n", encoding="utf-8")
    assert read_scenario(tmp_path / "s.toml").date == "2027-01-31"


@pytest.mark.parametrize("date", ["2027", "2027-12", "2028-02-29", ""])
def test_years_months_and_days_are_dates(date: str) -> None:
    assert from_data({"date": date}).date == date


@pytest.mark.parametrize("date", ["27", "2027-13", "2027-02-30", "2027-1", "janvier 2027", 2027, "2027-01-01T00:00"])
def test_what_is_no_date_is_refused(date: object) -> None:
    with pytest.raises(InputError, match="date"):
        from_data({"date": date})


def test_an_identity_is_twelve_digits() -> None:
    found = identity(Scenario())
    assert len(found) == 12 and int(found, 16) >= 0
