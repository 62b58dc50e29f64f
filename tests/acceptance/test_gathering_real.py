"""A choice of the communes of a territory has the figures of that territory: nothing is averaged twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie.editions.gathering import gather
from vigie.editions.observatory import Observation, Observatory, open_edition

# EPCI of the country and of a coast, a living area, and those that hold Paris, Lyon and Marseille, known as whole
# cities in some years and by arrondissement in others.
TERRITORIES = ["epci:241200567", "epci:243500139", "bassin_de_vie:12202", "departement:976", "departement:75",
               "epci:200046977", "epci:200054807", "departement:2A"]  # fmt: skip


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as opened:
        yield opened


def _computed(observatory: Observatory, rows: list[Observation]) -> dict[tuple[str, str], Observation]:
    rules = ("sum", "ratio", "mean", "share_below", "share_above")
    asked = {name for name, one in observatory.indicators.items() if one.compute.rule in rules}
    return {(one.indicator, one.period): one for one in rows if one.indicator in asked}


@pytest.mark.parametrize("key", TERRITORIES)
def test_the_communes_of_a_territory_make_its_figures(observatory: Observatory, key: str) -> None:
    territory = observatory.territory(key)
    places = [one.code for one in observatory.members(territory)]
    built = _computed(observatory, observatory.profile(territory))
    gathered = _computed(observatory, gather(observatory, places, "essai"))
    compared = 0
    for name, own in built.items():
        live = gathered[name]
        assert (live.status, live.snapshot) == (own.status, own.snapshot), name
        for column in ("value", "numerator", "denominator"):
            found, expected = getattr(live, column), getattr(own, column)
            assert found == (pytest.approx(expected, rel=1e-12, abs=1e-12) if expected is not None else None), name
        compared += own.value is not None
    assert compared > 5


def test_the_mean_of_a_choice_is_weighed_by_people(observatory: Observatory) -> None:
    """Rodez, of 24,000 people, and a village: the plain mean of their two APL would be far from where people live."""
    codes = ["12202", "12145", "12001"]
    [live] = [one for one in gather(observatory, codes, "essai") if (one.indicator, one.period) == ("apl_mg", "2023")]
    rows = observatory.observations("apl_mg", "commune", codes, 2023)
    plain = sum(row["numerator"] for row in rows.iter_rows(named=True)) / rows["denominator"].sum()
    assert live.value == pytest.approx(plain, rel=1e-12) and abs(live.value - rows["value"].mean()) > 0.01


def test_one_commune_alone_shows_its_own_figures(observatory: Observatory) -> None:
    own = _computed(observatory, observatory.profile(observatory.territory("commune:12202")))
    live = _computed(observatory, gather(observatory, ["12202"], "essai"))
    assert {name: (one.value, one.status) for name, one in own.items()}.items() <= {
        name: (one.value, one.status) for name, one in live.items()
    }.items()
