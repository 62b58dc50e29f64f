"""Parts of the engine of levers alone: columns that are multiples, what most sites share, people who cross a limit."""

from __future__ import annotations

import numpy as np
import pytest
from small_ground import atlas, ground

from vigie.levers import engine
from vigie.levers.answer import people_crossing, people_leaving
from vigie.levers.effects import CASES, change
from vigie.levers.engine import proportional
from vigie.levers.scenario import from_data, settle


@pytest.mark.parametrize(
    ("table", "width"),
    [
        ([[0.1, 0.3], [0.7, 2.1], [0.0, 0.0]], 1),  # 2.1 / 0.7 is not 3 to the last bit
        ([[1.0, 2.0], [1.0, 2.1]], 2),
        ([[0.0, 1.0, 0.0], [0.0, 2.0, 4.0]], 2),
        ([[0.0, 0.0]], 0),
        ([[-3.0, 1.0, 6.0, 1.0], [6.0, -2.0, -12.0, 1.0]], 2),
    ],
)
def test_a_table_is_its_columns_times_their_shares(table: list[list[float]], width: int) -> None:
    whole = np.array(table)
    columns, shares = proportional(whole)
    assert columns.shape[1] == width
    np.testing.assert_allclose(columns @ shares, whole, rtol=1e-12, atol=0)


OWN = ground(
    [(3 * k, 0) for k in range(8)], [900] * 8, [2, 3, 1, 0, 4, 2, 1, 5], [2.4, 2.6, 1.0, 3.0, float("nan"), 2.5, 2, 4]
)

_SPREAD = {"centre_de_sante": "population"}


@pytest.mark.parametrize(
    ("lever", "local", "looked"),
    [
        ("assistants_medicaux", False, 0),
        ("pharmaciens", False, 0),
        ("centre_de_sante", False, 0),
        ("assistants_medicaux", True, 1),
        ("regulation_demande", True, 1),
    ],
)
def test_of_what_all_sites_are_given_only_those_apart_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, lever: str, local: bool, looked: int
) -> None:
    """No pair of the matrix is read for a share that all sites have; one row is for the place that has more."""
    rows: list[int] = []
    plain = engine.add

    def counted(*args: object) -> None:
        rows.append(args[3].size)  # type: ignore[attr-defined]
        plain(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "add", counted)
    more = [{"lever": "installation", "amount": 1, "places": ["place:3"]}] if local else []
    asked = {
        "actions": [
            {"lever": lever, "amount": 9, "places": ["all"], "spread": _SPREAD.get(lever, "practitioners")},
            *more,
        ]
    }
    engine.change_of_access(OWN, change(settle(from_data(asked), atlas(8)), OWN, CASES))
    assert max(rows) == looked


def test_people_cross_a_limit_both_ways_and_none_where_nothing_is_published() -> None:
    moved = np.array([0.1, -0.2, 0.2, -0.4, 1.0, -0.1, 0.0, -4.5])
    assert people_crossing(OWN, moved, 2.5) == (900.0, 2700.0)  # 2.6, 2.5 and 4 fall under; exactly 2.5 is not under
    assert people_leaving(OWN, moved, 2.5) == -1800.0
