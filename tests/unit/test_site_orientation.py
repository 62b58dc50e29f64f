"""Opening hours as the permanence des soins counts them, and what the page of orientation is transcribed from."""

from __future__ import annotations

from datetime import datetime

import pytest

from vigie.site.orientation_page import closed
from vigie.site.words import ENGLISH, FRENCH
from vigie.sources.published.orientation import orientation


@pytest.mark.parametrize(
    ("moment", "departement", "why"),
    [
        ("2026-11-20T07:59", "12", "entre 20\u00a0h et 8\u00a0h"),
        ("2026-11-20T08:00", "12", ""),
        ("2026-11-20T19:59", "12", ""),
        ("2026-11-20T20:00", "12", "entre 20\u00a0h et 8\u00a0h"),
        ("2026-11-21T11:59", "12", ""),
        ("2026-11-21T12:00", "12", "samedi après 12\u00a0h"),
        ("2026-11-22T10:00", "12", "dimanche"),
        ("2026-11-11T10:00", "12", "jour férié"),
        ("2026-04-06T10:00", None, "jour férié"),  # Easter Monday
        ("2026-04-03T10:00", "12", ""),  # Good Friday, a holiday in Alsace and Moselle alone
        ("2026-04-03T10:00", "57", "jour férié"),
        ("2026-04-03T10:00", "67", "jour férié"),
        ("2026-12-26T10:00", "68", "jour férié"),
    ],
)
def test_practices_are_closed_at_the_hours_of_the_permanence_des_soins(
    moment: str, departement: str | None, why: str
) -> None:
    said = closed(FRENCH, datetime.fromisoformat(moment), departement)
    assert said.replace("\u202f", "\u00a0").replace(" h", "\u00a0h") == why
    assert bool(closed(ENGLISH, datetime.fromisoformat(moment), departement)) == bool(why)


def test_every_entry_has_both_languages_and_a_source() -> None:
    told = orientation()
    ids = [one.id for one in (*told.contact, *told.help, *told.certificate)]
    assert len(ids) == len(set(ids))
    for one in (*told.contact, *told.help):
        assert one.title.fr != one.title.en
        assert one.source.fr
        assert one.address == "" or one.address.startswith("https://")
    needed = {one.id: one.needed for one in told.certificate}
    assert needed["school_absence"] == "no"
    assert needed["sport_minor"] == "depends"
    assert needed["nursery_long"] == "yes"
