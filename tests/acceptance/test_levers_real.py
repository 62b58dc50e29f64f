"""Scenarios on the real edition: the départements of the seeds from end to end, and laws that real data must keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.access.catchment import accessibility, prepare
from vigie.access.fitting import shipped
from vigie.access.travel import crow_fly
from vigie.editions.levers import Playground, playground
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.scenarios import by_departement, compared, geojson, places_table, play, told
from vigie.editions.sharing import mix, paired, share
from vigie.errors import AmbiguousNameError, InputError, UnknownNameError
from vigie.levers.answer import gist
from vigie.levers.ground import LONGEST, RADIUS
from vigie.levers.scenario import from_data, from_token, read_scenario, settle

DEPARTEMENTS = {"12": "12089", "08": "08462", "44": "44180", "38": "38269"}
"""Aveyron, Ardennes, Loire-Atlantique, Isère, each with a commune of it."""


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


@pytest.fixture(scope="module")
def country(observatory: Observatory) -> Playground:
    return playground(observatory)


def scenario(departement: str, commune: str) -> dict[str, Any]:
    whole = [f"departement:{departement}"]
    return {
        "territory": whole[0],
        "actions": [
            {"lever": "centre_de_sante", "preset": "mixte", "amount": 3, "places": [f"commune:{commune}"]},
            {"lever": "cabinet_secondaire", "amount": 5, "from": whole, "places": [f"commune:{commune}"]},
            {"lever": "assistants_medicaux", "amount": 20, "places": whole},
            {"lever": "pharmaciens", "amount": 100, "places": whole},
        ],
    }


@pytest.mark.parametrize(("departement", "commune"), DEPARTEMENTS.items())
def test_a_departement_from_end_to_end(
    country: Playground, observatory: Observatory, departement: str, commune: str
) -> None:
    found = play(from_data(scenario(departement, commune)), country)
    data = json.loads(json.dumps(told(found, country)))
    # The mean before is that which the edition publishes for the département.
    published = observatory.observations("apl_mg", "departement", departement, 2023)["value"][0]
    assert data["scope"]["mean"]["before"] == pytest.approx(published, abs=0.02)
    assert data["scope"]["mean"]["after"]["value"] > data["scope"]["mean"]["before"]
    assert abs(data["conservation"]["gap"]) < 1e-3
    assert data["conservation"]["supply"] == pytest.approx(
        sum(one["added"]["value"] - one["taken"]["value"] for one in data["actions"]), abs=1
    )
    for crossing in data["whole"]["thresholds"]:
        assert crossing["net"]["low"] <= crossing["net"]["value"] <= crossing["net"]["high"]
        assert crossing["net"]["value"] > 0
    places = pl.DataFrame(data["places"])
    assert commune in places["code"].to_list()
    row = places.row(by_predicate=pl.col("code") == commune, named=True)
    assert row["after"] - row["before"] == pytest.approx(row["change"], abs=2e-4)
    assert row["low"] <= row["change"] <= row["high"]
    assert set(data["places"][0]) >= {"code", "name", "before", "after", "low", "high"}
    home = by_departement(found, country).row(0, named=True)
    assert home["departement"] == departement
    total = data["costs"]["total"]
    assert all(
        low <= value <= high for low, value, high in zip(total["low"], total["value"], total["high"], strict=True)
    )
    assert {one["source"]["status"] for one in data["hypotheses"]} == {"hypothesis"}
    assert all(text["fr"] and text["en"] for text in data["sentences"])
    assert from_token(data["token"]) == from_data(data["scenario"])
    shapes = json.loads(geojson(found, country, observatory))
    assert {one["geometry"]["type"] for one in shapes["features"]} <= {"Polygon", "MultiPolygon"}
    assert len(shapes["features"]) == data["places_changed"]


def test_the_engine_moves_what_the_access_core_computes(country: Playground) -> None:
    """A doctor more at Rodez, by the catchment in double precision, prepared anew."""
    ground = country.ground
    road = ground.roads[0]
    times = crow_fly(road.points, road.points, LONGEST, radius=RADIUS)
    catchment = prepare(times, shipped().models["national"].decays["mg"], ground.demand)
    site = country.area("commune:12202").places[0]
    more = ground.supply.copy()
    more[site] += 4570
    expected = accessibility(catchment, more) - accessibility(catchment, ground.supply)
    action = {"lever": "installation", "amount": 1, "places": ["commune:12202"]}
    found = play(from_data({"actions": [action]}), country)
    rows, change = found.places.rows, found.places.change
    assert rows.size > 30
    np.testing.assert_allclose(change, expected[rows], rtol=1e-4, atol=1e-6)


def test_people_under_the_threshold_are_those_published(country: Playground) -> None:
    nothing = play(from_data({}), country).whole
    assert nothing.crossings[0].before / nothing.people == pytest.approx(0.166, abs=0.002)  # 16.6 % in 2023
    assert nothing.people == pytest.approx(67.4e6, rel=0.01)
    assert nothing.near_before / nothing.people > 0.99


def test_the_example_that_ships_is_played_and_compared(country: Playground) -> None:
    example = read_scenario(Path(__file__).parents[2] / "docs/scenarios/aveyron.toml")
    found = play(example, country)
    short = gist(settle(example, country.area), country.ground)
    assert short.net[0] == found.whole.crossings[0].net.value
    assert short.steady == pytest.approx(float(found.costs.total[1, 3]))
    table = compared([found, play(from_data({}), country)])
    assert table["net_2.5"].to_list() == [short.net[0], 0]
    assert places_table(found, country).height == found.places.rows.size
    assert (found.places.change < 0).any()  # Rodez gives its days
    assert found.whole.lose > 0


def test_what_is_not_there_is_told(country: Playground) -> None:
    def action(**changed: object) -> dict[str, Any]:
        return {"actions": [{"lever": "installation", "amount": 1, "places": ["commune:12202"]} | changed]}

    for wrong, kind in (
        (action(places=["commune:99999"]), UnknownNameError),
        (action(places=["Saint-Denis"]), AmbiguousNameError),
        (action(places=["departement:976"]), InputError),  # Mayotte: no APL is published there
        (action(lever="instalation"), UnknownNameError),
        (action(amount=51), InputError),
        (action(**{"from": ["commune:12202"]}), InputError),
        (action(lever="cabinet_secondaire"), InputError),
        (action(preset="rapide"), UnknownNameError),
        (action(parameters={"consultations": 1e5}), InputError),
        (action(lever="liaison", amount=5, places=["departement:12"]), InputError),
        (action(lever="transport_a_la_demande", amount=5, places=["region:84"]), InputError),
    ):
        with pytest.raises(kind) as fault:
            play(from_data(wrong), country)
        assert fault.value.message("fr")


def test_the_rules_of_allocation_over_france(country: Playground) -> None:
    shared = share(country, "assistants_medicaux", 10_000)
    by_rule = {one.rule: one for one in shared.allocations}
    assert all(one.units.sum() == pytest.approx(10_000) for one in shared.allocations)
    assert all(one.first_year == pytest.approx(380e6) for one in shared.allocations)
    # Half on territorial priority helps more people under 2.5 than an open counter, and the optimum closes most.
    assert by_rule["priority"].net[0] > by_rule["open"].net[0]
    assert max(by_rule.values(), key=lambda one: one.closed).rule == "effect"
    assert by_rule["priority"].gini[1] < by_rule["open"].gini[1]


def test_pairs_and_a_portfolio_of_a_region(country: Playground) -> None:
    found = paired(country, "region:52")
    assert found.pairs
    assert all(one.minutes <= 60 for one in found.pairs)
    assert all(after >= 4 - 1e-6 for _, _, after in found.origins)
    plan = mix(country, [200_000.0], "departement:12", seconds=5).plans[0]
    assert 0 < plan.cost <= 200_000
    assert plan.people > 0
    assert plan.bound is not None
    assert plan.bound >= plan.people - 1
