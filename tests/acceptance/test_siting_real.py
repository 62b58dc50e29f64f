"""Sitings on the real edition: the Aveyron end to end, each answer counted again from the travel times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vigie.access.catchment import nearest
from vigie.editions.levers import Playground, playground
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.siting import Objective, Request, Sited, places_table, plans_table, sentences, settle, site
from vigie.errors import InputError, UnknownNameError, VigieError

ASKED = Request(territory="departement:12", sites=5, minutes=15, plans=3, seconds=4)
PROVED = 600  # seconds, where the answer is the proof: a busy machine has the time for it


@pytest.fixture(scope="module")
def grounds(edition_home: Path) -> Iterator[tuple[Observatory, Playground]]:
    with open_edition(edition_home) as observatory:
        yield observatory, playground(observatory)


def _sited(grounds: tuple[Observatory, Playground], **asked: object) -> Sited:
    observatory, ground = grounds
    return site(settle(replace(ASKED, **asked), ground, observatory))  # type: ignore[arg-type]


def _within(found: Sited, plan: int, minutes: float) -> float:
    field = found.field
    opened = (found.plans[plan] > 0) | field.existing
    near = nearest(field.travel(0), opened.astype(float)) <= minutes
    return float(field.people[near].sum())


def test_coverage_counts_the_people_that_it_says(grounds: tuple[Observatory, Playground]) -> None:
    found = _sited(grounds, existing="d113", seconds=PROVED)
    assert found.optimal
    assert found.values[0] == _within(found, 0, 15) == found.upper
    assert found.before == _within(replace(found, plans=(np.zeros_like(found.plans[0]),)), 0, 15)
    assert found.before < found.values[0] <= found.field.people.sum()
    for number, value in enumerate(found.values):
        assert value == _within(found, number, 15)
        assert value - found.before >= 0.97 * (found.values[0] - found.before)
    assert plans_table(found).height == len(found.plans)
    assert not found.field.existing[found.plans[0] > 0].any()


def test_forced_places_are_in_every_plan_and_forbidden_ones_in_none(grounds: tuple[Observatory, Playground]) -> None:
    free = _sited(grounds)
    first = places_table(free).row(0, named=True)["code"]
    found = _sited(grounds, forced=("12300",), forbidden=(first,))
    table = places_table(found)
    plans = [name for name in table.columns if name.startswith("plan_")]
    assert table.filter(table["code"] == "12300").select(plans).row(0) == (1,) * len(plans)
    assert first not in table["code"].to_list()
    assert found.values[0] <= free.values[0]


def test_everybody_is_within_reach_with_as_few_places_as_can_be(grounds: tuple[Observatory, Playground]) -> None:
    found = _sited(grounds, objective=Objective.EVERYBODY, minutes=20, seconds=PROVED)
    assert found.optimal
    assert _within(found, 0, 20) == found.field.people.sum() - found.unreachable


def test_mean_time_is_that_of_the_places_chosen(grounds: tuple[Observatory, Playground]) -> None:
    found = _sited(grounds, objective=Objective.TIME, minutes=45, facilities=("pharmacies",))
    opened = (found.plans[0] > 0).astype(float)
    minutes = np.minimum(nearest(found.field.travel(0), opened), 45)
    people = found.field.people
    assert found.values[0] == pytest.approx((minutes * people).sum() / people.sum(), abs=1e-6)
    assert found.upper <= found.values[0] + 1e-9 < found.before


def test_posts_bring_people_above_the_threshold_as_a_full_computation_says(
    grounds: tuple[Observatory, Playground],
) -> None:
    from scipy.sparse import csr_array

    found = _sited(grounds, objective=Objective.THRESHOLD, sites=6, plans=2)
    field, own = found.field, grounds[1].ground
    road = own.roads[0]
    size = own.ids.size
    pull = csr_array((road.weights[:, 0].astype(float), road.indices, road.indptr), shape=(size, size))
    supply = np.zeros(size)
    supply[field.sites] = found.plans[0] * field.activity
    reached = np.asarray(pull.T @ own.demand)
    change = np.asarray(pull @ np.divide(supply, reached, out=np.zeros(size), where=reached > 0))
    mine = np.zeros(size, dtype=bool)
    mine[field.demand] = True
    crossed = mine & (own.published < 2.5) & (own.published + change >= 2.5 - 1e-9)
    assert found.values[0] == own.people[crossed].sum()
    assert 0 < found.values[0] <= found.upper
    assert found.plans[0].sum() == 6
    assert found.plans[0].max() <= 3


def test_a_place_that_serves_so_many_serves_no_more(grounds: tuple[Observatory, Playground]) -> None:
    found = _sited(grounds, capacity=6_000, sites=4)
    assert found.values[0] <= 24_000
    assert found.alone.max() <= 6_000
    assert found.upper >= found.values[0]


@pytest.mark.parametrize(
    ("asked", "fault", "words"),
    [
        ({"territory": "departement:99"}, UnknownNameError, "99"),
        ({"existing": "boulangeries"}, UnknownNameError, "équipement inconnu"),
        ({"zone": "medecins_2021:nulle"}, UnknownNameError, "zip"),
        ({"zone": "rien:zip"}, UnknownNameError, "règle de zonage inconnue"),
        ({"min_population": 900_000}, InputError, "ne remplit les critères"),
        ({"forced": ("departement:12",)}, InputError, "un seul lieu"),
        ({"sites": 1, "forced": ("12202", "12145")}, InputError, "2 lieux imposés pour 1"),
        ({"forced": ("12202",), "forbidden": ("12202",)}, InputError, "imposé et exclu"),
        ({"minutes": float("nan")}, InputError, "entre 1 et"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    grounds: tuple[Observatory, Playground], asked: dict[str, object], fault: type[VigieError], words: str
) -> None:
    with pytest.raises(fault, match=words):
        _sited(grounds, **asked)


def test_the_same_question_has_the_same_answer_and_words_in_both_languages(
    grounds: tuple[Observatory, Playground],
) -> None:
    first, second = (_sited(grounds, objective=Objective.WORST, zone="medecins_2021:zip") for _ in range(2))
    assert all((a == b).all() for a, b in zip(first.plans, second.plans, strict=True))
    for line in sentences(first):
        assert line.fr
        assert line.en
        assert "nan" not in line.fr.lower().split()
