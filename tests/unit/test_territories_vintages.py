from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from vigie.errors import InputError
from vigie.territories.vintages import Harmonised, to_reference

PLACES = pl.DataFrame(
    {
        "code": ["01001", "01002", "01010", "01011", "01012", "01020", "02001", "02002", "75101"],
        "population": [100, 300, 400, 250, 350, 10, 60, 40, 5],
    }
)
# Up to 2024: 01003 merges into 01002 (2016), which is then split between 01002 and 01001 (2019); 01009 becomes 01010
# in 2017, 01008 in 2021 and 01010 again in 2023; 01011 is split from 01012 in 2024 with a placeholder.
PASSAGE = pl.DataFrame(
    [
        ("01002", "01002", "merger", 1.0, 2015),
        ("01003", "01002", "merger", 1.0, 2015),
        ("01002", "01002", "split", 0.75, 2018),
        ("01002", "01001", "split", 0.25, 2018),
        ("01009", "01010", "code", 1.0, 2016),
        ("01010", "01008", "code", 1.0, 2020),
        ("01008", "01010", "code", 1.0, 2022),
        ("01012", "01012", "split", 0.5, 2023),
        ("01012", "01011", "split", 0.5, 2023),
    ],
    schema=["code_before", "code_after", "change", "ratio", "year_before"],
    orient="row",
).with_columns(year_after=pl.col("year_before") + 1, date=date(2020, 1, 1))
CHANGES = pl.DataFrame(
    {
        "code_before": ["02001", "02002", "01020", "01001", "01001"],
        "code_after": ["02001", "02001", "01021", "01001", "01099"],
        "kind": ["merger", "merger", "code", "split", "split"],
    }
)


def convert(table: dict[str, list[Any]], vintage: int = 2014, **options: Any) -> Harmonised:
    return to_reference(
        pl.DataFrame(table), vintage=vintage, passage=PASSAGE, places=PLACES, changes=CHANGES, **options
    )


def rows(harmonised: Harmonised, column: str) -> dict[str, Any]:
    return dict(harmonised.table.select("code", column).iter_rows())


def test_a_merger_adds_counts_and_weighs_rates_and_a_later_split_shares_them() -> None:
    done = convert(
        {"code": ["01002", "01003"], "n": [10, 30], "r": [1.0, 5.0], "w": [1.0, 3.0]}, counts=["n"], rates={"r": "w"}
    )
    assert rows(done, "n") == {"01001": 10.0, "01002": 30.0}
    assert rows(done, "r") == {"01001": 4.0, "01002": 4.0}
    assert rows(done, "status") == {"01001": "estimated", "01002": "estimated"}
    assert rows(done, "change") == {"01001": "merger+split", "01002": "merger+split"}


def test_a_split_gives_to_a_commune_that_has_already_its_own_row() -> None:
    done = convert({"code": ["01001", "01002"], "n": [7, 8]}, vintage=2017, counts=["n"])
    assert done.report.unmatched["code"].to_list() == ["01001"]
    assert done.report.unmatched["vintages"].to_list() == ["2019, 2020, 2021, 2022, 2023, 2024, 2025"]
    assert rows(done, "n") == {"01001": 2.0, "01002": 6.0}


@pytest.mark.parametrize(("vintage", "code"), [(2014, "01009"), (2018, "01010"), (2021, "01008"), (2023, "01010")])
def test_three_changes_of_code_are_followed_year_by_year(vintage: int, code: str) -> None:
    done = convert({"code": [code], "n": [4]}, vintage=vintage, counts=["n"])
    assert rows(done, "n") == {"01010": 4.0}
    assert rows(done, "status") == {"01010": "ok"}


def test_placeholder_ratios_give_way_to_populations() -> None:
    done = convert({"code": ["01012"], "n": [60]}, vintage=2023, counts=["n"])
    assert rows(done, "n") == {"01011": 25.0, "01012": 35.0}
    assert not done.report.split["placeholder"].any()


def test_placeholder_ratios_stay_and_are_reported_without_populations() -> None:
    places = PLACES.with_columns(population=pl.when(pl.col("code") != "01011").then("population"))
    table = pl.DataFrame({"code": ["01012"], "n": [60]})
    done = to_reference(table, vintage=2023, passage=PASSAGE, places=places, changes=CHANGES, counts=["n"])
    assert rows(done, "n") == {"01011": 30.0, "01012": 30.0}
    assert done.report.split["placeholder"].all()
    assert any("1/n" in line for line in done.report.describe("en"))


def test_a_published_ratio_is_kept() -> None:
    passage = PASSAGE.with_columns(
        ratio=pl.when(pl.col("year_before") == 2023)
        .then(pl.when(pl.col("code_after") == "01011").then(0.1).otherwise(0.9))
        .otherwise("ratio")
    )
    table = pl.DataFrame({"code": ["01012"], "n": [60]})
    done = to_reference(table, vintage=2023, passage=passage, places=PLACES, changes=CHANGES, counts=["n"])
    assert rows(done, "n") == pytest.approx({"01011": 6.0, "01012": 54.0})


def test_2025_goes_backwards() -> None:
    table = {"code": ["02001", "01021", "01001", "01099"], "n": [10, 3, 1, 2], "r": [5.0, 6.0, 3.0, 9.0]}
    done = convert(table, vintage=2025, counts=["n"], rates={"r": "n"})
    assert rows(done, "n") == {"01001": 3.0, "01020": 3.0, "02001": 6.0, "02002": 4.0}
    assert rows(done, "r") == {"01001": 7.0, "01020": 6.0, "02001": 5.0, "02002": 5.0}
    assert rows(done, "status") == {"01001": "ok", "01020": "ok", "02001": "estimated", "02002": "estimated"}
    assert rows(done, "change") == {"01001": "merger", "01020": "code", "02001": "split", "02002": "split"}


def test_codes_that_match_nothing_are_reported_with_their_weight() -> None:
    done = convert({"code": ["01010", "99999", "97501"], "n": [75, 5, 20]}, vintage=2024, counts=["n"])
    assert done.table["code"].to_list() == ["01010"]
    assert done.report.unmatched.select("code", "weight", "share").rows() == [("97501", 20, 0.2), ("99999", 5, 0.05)]
    assert done.report.unmatched_share == pytest.approx(0.25)
    assert "25,00" in done.report.describe("fr")[0]
    assert "99999" in done.report.describe("fr")[0]
    assert "25.00% of n" in done.report.describe("en")[0]
    assert "01001" in done.report.absent


def test_whole_cities_stay_or_go_and_the_report_tells() -> None:
    table = {"code": ["75056", "75101", "13055"], "n": [5, 5, 2]}
    kept = convert(table, vintage=2024, counts=["n"])
    gone = convert(table, vintage=2024, counts=["n"], whole_cities="drop")
    assert rows(kept, "n") == {"75056": 5.0, "75101": 5.0, "13055": 2.0}
    assert rows(gone, "n") == {"75101": 5.0}
    assert gone.report.whole_cities.rows() == [("13055", 2.0, False), ("75056", 5.0, True)]
    assert kept.report.whole_cities.equals(gone.report.whole_cities)
    assert kept.report.describe("fr")[0] != gone.report.describe("fr")[0]


def test_rates_without_weights_are_plain_means_and_say_so() -> None:
    done = convert({"code": ["01002", "01003"], "r": [1.0, 2.0]}, vintage=2014, rates={"r": None})
    assert rows(done, "r") == {"01001": 1.5, "01002": 1.5}
    assert done.report.unweighted == ("01001", "01002")
    part = {"code": ["01002", "01003"], "r": [1.0, 2.0], "w": [9.0, None]}
    assert rows(convert(part, vintage=2014, rates={"r": "w"}), "r") == {"01001": 1.5, "01002": 1.5}
    zero = convert({"code": ["01002", "01003"], "r": [1.0, 2.0], "w": [0.0, 0.0]}, vintage=2014, rates={"r": "w"})
    assert rows(zero, "r") == {"01001": 1.5, "01002": 1.5}
    assert zero.report.unweighted == ("01001", "01002")


def test_a_part_without_people_or_weight_keeps_its_rate() -> None:
    moved = convert({"code": ["01009"], "r": [3.0], "w": [0.0]}, rates={"r": "w"})
    assert rows(moved, "r") == {"01010": 3.0}
    assert moved.report.unweighted == ()
    places = PLACES.with_columns(population=pl.when(pl.col("code") == "02002").then(0).otherwise("population"))
    table = pl.DataFrame({"code": ["02001"], "n": [8], "r": [5.0]})
    back = to_reference(
        table, vintage=2025, passage=PASSAGE, places=places, changes=CHANGES, counts=["n"], rates={"r": "n"}
    )
    assert rows(back, "n") == {"02001": 8.0, "02002": 0.0}
    assert rows(back, "r") == {"02001": 5.0, "02002": 5.0}


def test_missing_parts_are_not_zeros() -> None:
    table = {"code": ["01002", "01003"], "n": [None, 8.0], "m": [None, None], "r": [None, 2.0], "w": [4.0, 4.0]}
    frame = pl.DataFrame(table, schema_overrides={"m": pl.Float64})
    done = to_reference(
        frame, vintage=2014, passage=PASSAGE, places=PLACES, changes=CHANGES, counts=["n", "m"], rates={"r": "w"}
    )
    assert rows(done, "n") == {"01001": 2.0, "01002": 6.0}
    assert rows(done, "m") == {"01001": None, "01002": None}
    assert rows(done, "r") == {"01001": 2.0, "01002": 2.0}
    assert done.report.partial == ("01001", "01002")


def test_further_keys_are_kept_apart() -> None:
    table = {"code": ["01002", "01003", "01002"], "year": [1, 1, 2], "n": [4, 4, 8]}
    done = convert(table, counts=["n"], by=["year"])
    assert done.table.select("code", "year", "n").rows() == [
        ("01001", 1, 2.0),
        ("01001", 2, 2.0),
        ("01002", 1, 6.0),
        ("01002", 2, 6.0),
    ]


@pytest.mark.parametrize("vintage", [2013, 2026, "2020", None, True])
def test_an_unknown_vintage_is_refused(vintage: Any) -> None:
    with pytest.raises(InputError, match="2014 à 2025"):
        convert({"code": ["01001"], "n": [1]}, vintage=vintage, counts=["n"])


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"code": ["1001"], "n": [1]}, {}, "zéro de tête, dont 1001 au lieu de 01001"),
        ({"code": [1001], "n": [1]}, {}, "zéros de tête"),
        ({"code": ["01001", "01001"], "n": [1, 1]}, {}, "plusieurs fois, dont 01001"),
        ({"code": ["01001", None], "n": [1, 1]}, {}, "1 codes vides"),
        ({"code": ["01001"], "n": ["a"]}, {}, "un nombre est attendu"),
        ({"code": ["01001"]}, {}, r"colonne absente\s: n"),
        ({"code": ["01001"], "n": [1], "status": [1]}, {"counts": ["n", "status"]}, "status"),
        ({"code": ["01001"], "n": [1]}, {"rates": {"n": "w"}}, r"colonne absente\s: w"),
    ],
)
def test_bad_tables_are_refused_with_the_place_of_the_fault(
    table: dict[str, list[Any]], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        convert(table, **{"counts": ["n"], **options})


def test_an_empty_table_converts_to_an_empty_table() -> None:
    frame = pl.DataFrame(schema={"code": pl.String, "n": pl.Int64})
    done = to_reference(frame, vintage=2014, passage=PASSAGE, places=PLACES, changes=CHANGES, counts=["n"])
    assert done.table.is_empty()
    assert done.report.describe("fr") == ["Codes de référence absents de la table\u202f: 9."]


def test_columns_that_are_no_measure_are_listed() -> None:
    assert convert({"code": ["01010"], "n": [1], "name": ["x"]}, vintage=2024, counts=["n"]).report.left_out == (
        "name",
    )
