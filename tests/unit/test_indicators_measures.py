"""Tables by commune at the places of reference, by hand: names, years, weights lent, and which source stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from small_country import COMMUNES, reference

from vigie.errors import InputError
from vigie.indicators.measures import Tidy, at_places, residents
from vigie.sources import source
from vigie.sources.catalogue import Measures

REFERENCE = reference()
PLACES = REFERENCE.places["code"].to_list()
PASSAGE = pl.DataFrame(
    [("46003", "46003", "merger", 1.0, 2022), ("46009", "46003", "merger", 1.0, 2022)],
    schema=["code_before", "code_after", "change", "ratio", "year_before"],
    orient="row",
).with_columns(year_after=pl.col("year_before") + 1, date=pl.lit(None, pl.Date))


def tidy(name: str, table: dict[str, Any], measures: Measures | None, **more: Any) -> Tidy:
    own = source("emergency_times_2019").model_copy(
        update={"id": name, "measures": measures, "cog": 2025, "cog_by_year": {}, "cog_of_strays": None, **more}
    )
    return Tidy(own, pl.DataFrame(table), f"{name}@1")


def everywhere(value: float) -> dict[str, Any]:
    return {"code": list(COMMUNES), "minutes": [value + k for k in range(len(COMMUNES))]}


TIME = Measures(rates={"minutes": "time"})


def at(*tables: Tidy) -> dict[str, Any]:
    return at_places({one.source.id: one for one in tables}, REFERENCE, PASSAGE)[0]


def test_a_rate_is_told_at_each_place_under_its_name() -> None:
    found = at(tidy("one", everywhere(10.0), TIME), tidy("none", everywhere(3.0), None))
    assert found.keys() == {"time"}
    assert found["time"].values.tolist() == [10.0 + list(COMMUNES).index(code) for code in PLACES]
    assert found["time"].snapshot == "one@1" and not found["time"].estimated.any() and found["time"].of_city is None


def test_years_are_named_and_brought_from_the_vintage_of_each() -> None:
    codes = [*COMMUNES, "46009"]
    counts = {"code": [*codes, *COMMUNES], "year": [2021] * 9 + [2024] * 8, "count": [1] * 8 + [5] + [2] * 8}
    table = tidy("one", counts, Measures(by=(), counts={"count": "n_{year}"}), cog=None,
                 cog_by_year={2021: 2022, 2024: 2025})  # fmt: skip
    found, told = at_places({"one": table}, REFERENCE, PASSAGE)
    assert found.keys() == {"n_2021", "n_2024"}
    where = PLACES.index("46003")
    assert (found["n_2021"].values[where], found["n_2024"].values[where]) == (6.0, 2.0)  # two communes became one
    assert found["n_2021"].values.sum() == 13.0
    assert [(one.source, one.years) for one in told] == [("one", (2021,)), ("one", (2024,))]


def test_every_other_column_is_taken_under_its_own_name() -> None:
    table = {"code": list(COMMUNES), "gp": [1] * 8, "nurse": [2] * 8}
    found = at(tidy("one", table, Measures(counts={"*": "{column}"})))
    assert {name: one.values.sum() for name, one in found.items()} == {"gp": 8.0, "nurse": 16.0}


def test_weights_are_lent_by_another_source_where_communes_became_one() -> None:
    codes = [*COMMUNES, "46009"]
    own = {"code": codes, "minutes": [10.0] * 8 + [40.0]}
    lender = tidy("lender", {"code": codes, "people": [100] * 7 + [30, 10]}, None, cog=2022)
    rule = Measures(rates={"minutes": "time"}, weights={"minutes": "people"}, weights_from="lender")
    found = at(tidy("one", own, rule, cog=2022), lender)
    assert found["time"].values[PLACES.index("46003")] == pytest.approx((10 * 30 + 40 * 10) / 40)


def test_two_sources_that_say_the_same_are_one_and_those_that_differ_are_refused() -> None:
    first = tidy("one", everywhere(10.0), TIME)
    assert at(first, tidy("two", everywhere(10.0), TIME))["time"].snapshot == "one@1"
    with pytest.raises(InputError, match="deux séries différentes"):
        at(first, tidy("two", everywhere(11.0), TIME))


def test_the_source_that_is_declared_to_prevail_does_whatever_the_order() -> None:
    prevailing = Measures(rates={"minutes": "time"}, prevails_over=("two",))
    found = at(tidy("one", everywhere(11.0), prevailing), tidy("two", everywhere(10.0), TIME))
    assert found["time"].snapshot == "one@1" and found["time"].values.min() == 11.0


def test_a_table_that_is_cut_short_is_refused() -> None:
    cut = {name: column[:7] for name, column in everywhere(1.0).items()}
    with pytest.raises(InputError, match="7 communes sur 8"):
        at(tidy("one", cut, TIME))
    enough = Measures(rates={"minutes": "time"}, least_places=7 / 8)
    assert np.isnan(at(tidy("one", cut, enough))["time"].values).sum() == 1


def test_the_few_codes_of_an_older_vintage_are_followed_from_it() -> None:
    codes = [code for code in COMMUNES if code != "46003"]
    table = {"code": [*codes, "46009"], "count": [1] * 7 + [5]}
    rule = Measures(counts={"count": "n"}, least_places=0.8)
    found, (told,) = at_places({"one": tidy("one", table, rule, cog_of_strays=2022)}, REFERENCE, PASSAGE)
    assert found["n"].values[PLACES.index("46003")] == 5.0 and found["n"].values.sum() == 12.0
    assert told.report.unmatched.is_empty() and told.report.unmatched_share == 0.0
    lost, (report,) = at_places({"one": tidy("one", table, rule)}, REFERENCE, PASSAGE)
    assert np.isnan(lost["n"].values[PLACES.index("46003")])
    assert report.report.unmatched["code"].to_list() == ["46009"]


def test_a_source_without_a_vintage_is_refused() -> None:
    with pytest.raises(InputError, match="millésime"):
        at(tidy("one", everywhere(1.0), TIME, cog=None))


def test_residents_are_those_of_the_reference() -> None:
    found = residents(REFERENCE, "places@1")
    assert found.values.tolist() == [1000.0] * 8 and found.snapshot == "places@1" and not found.estimated.any()
