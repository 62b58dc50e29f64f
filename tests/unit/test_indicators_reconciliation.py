"""Two counts of one quantity, set side by side by hand: what is told, what is measured, what is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from vigie.errors import InputError
from vigie.indicators.compute import Measure
from vigie.indicators.reconciliation import Cause, Quantity, read_quantities, reconcile

WORDS = {"fr": "x", "en": "x"}
NONE = float("nan")
GROUPS = {
    "departement": (["12", "46"], csr_matrix([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])),
    "region": (["76"], csr_matrix([[1.0, 1.0, 1.0]])),
    "france": (["FR"], csr_matrix([[1.0, 1.0, 1.0]])),
}


def count(name: str, **told: Any) -> dict[str, Any]:
    return {"id": name, "short": WORDS, "producer": "P", "period": "2024", "date": "2024-01-01", "field": WORDS, **told}


def quantity(*causes: dict[str, Any]) -> dict[str, Quantity]:
    made = Quantity.model_validate({
        "id": "mg", "title": WORDS, "unit": WORDS, "pairs": [{"first": "a", "second": "b", "causes": causes}],
        "counts": [count("a", indicators=["one", "two"]), count("b", measures=["places"])],
    })  # fmt: skip
    return {"mg": made}


def observations(*rows: tuple[str, str, str, str, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["indicator", "period", "level", "code", "value"], orient="row")


SEEN = observations(
    ("one", "2024", "departement", "12", 5.0), ("two", "2024", "departement", "12", 2.0),
    ("one", "2023", "departement", "46", 5.0), ("two", "2024", "departement", "46", 2.0),
    ("one", "2024", "france", "FR", 50.0), ("two", "2024", "france", "FR", 20.0), ("gap", "2022", "france", "FR", 3.0),
    ("one", "2024", "region", "76", None), ("two", "2024", "region", "76", 1.0),
    ("one", "2024", "commune", "12001", 9.0), ("two", "2024", "commune", "12001", 9.0),
)  # fmt: skip
AT = {"places": Measure(np.array([6.0, NONE, 90.0]), np.zeros(3, dtype=bool), "s@1"),
      "more": Measure(np.array([NONE, NONE, 4.0]), np.zeros(3, dtype=bool), "s@1")}  # fmt: skip


def rows(*causes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = reconcile(quantity(*causes), SEEN, AT, GROUPS)
    assert found["level"].to_list() == sorted(found["level"].to_list())
    return {row["code"]: row for row in found.to_dicts()}


def cause(kind: str = "date", **told: Any) -> dict[str, Any]:
    return {"kind": kind, "fr": "f", "en": "e", **told}


def test_a_territory_is_told_where_every_part_of_both_counts_is_known() -> None:
    found = rows(cause())
    assert found.keys() == {"12", "FR"}  # 46 has no figure of that period, 76 has an empty one
    assert (found["12"]["first_value"], found["12"]["second_value"], found["12"]["difference"]) == (7.0, 6.0, -1.0)
    assert (found["FR"]["first_value"], found["FR"]["second_value"], found["FR"]["difference"]) == (70.0, 96.0, 26.0)
    assert found["12"]["explained"] is None and found["12"]["unexplained"] == -1.0
    assert json.loads(found["12"]["causes"]) == [{"kind": "date", "size": None, "fr": "f", "en": "e"}]


def test_causes_that_are_measured_explain_their_part_where_they_are_known() -> None:
    size = cause("field", plus=["gap"], period="2022", minus_measures=["more"])
    found = rows(size, cause(), cause("mep", plus_measures=["more"]))
    assert [one["size"] for one in json.loads(found["FR"]["causes"])] == [3.0 - 4.0, None, 4.0]
    assert (found["FR"]["explained"], found["FR"]["unexplained"]) == (3.0, 23.0)
    assert found["12"]["explained"] is None  # nobody there has either figure


def test_a_cause_may_be_the_whole_difference() -> None:
    found = rows(cause(all=True))
    assert (found["FR"]["explained"], found["FR"]["unexplained"]) == (26.0, 0.0)
    assert not Cause.model_validate(cause()).measured
    for name in ("plus", "minus", "plus_measures", "minus_measures"):
        assert Cause.model_validate(cause(**{name: ["x"]})).measured


def test_a_pair_of_counts_that_are_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no count c"):
        Quantity.model_validate({**quantity(cause())["mg"].model_dump(), "pairs": [
            {"first": "a", "second": "c", "causes": [cause()]}]})  # fmt: skip
    file = tmp_path / "reconciliation.toml"
    file.write_text("quantity = 1", encoding="utf-8")
    with pytest.raises(InputError, match="liste de tables"):
        read_quantities(file)


def test_the_quantities_of_a_file_are_told_by_their_id_and_their_counts_too() -> None:
    known = read_quantities()
    assert all(name == one.id for name, one in known.items()) and len(known) > 1
    for one in known.values():
        assert [one.count(each.id) for each in one.counts] == list(one.counts)
