"""Charts as specifications: valid by Vega-Lite's own schema, drawn with what they were given."""

from __future__ import annotations

from itertools import pairwise

import altair
import pytest

from vigie import charts
from vigie.reports.press import FAMILY, FONTS

LINES = [
    charts.Line("Creuse", {2015: 3.9, 2018: 3.3, 2019: 3.4, 2021: 3.2, 2022: 3.1, 2023: 3.0}, strong=True),
    charts.Line("France", {2021: 3.8, 2022: 3.8, 2023: 3.7}, charts.SOFT, dashed=True),
]
BOXES = [
    charts.Box("Comparables (20)", 2.0, 2.4, 3.0, 3.5, 4.0, [2.1, 9.0]),
    charts.Box("France", 1.8, 2.2, 2.9, 3.6, 4.4),
]


def test_a_trend_is_valid_and_names_its_lines_at_their_ends() -> None:
    made = charts.trend(LINES, "fr", FAMILY, (2.5, "seuil : 2,5"))
    altair.Chart.from_dict(made)  # raises where the schema refuses it
    drawn = charts.svg(made, FONTS)
    for words in ("Creuse", "France", "seuil : 2,5", "2015", "2023", FAMILY):
        assert words in drawn


def test_a_missing_year_leaves_the_line_open() -> None:
    layers = charts.trend(LINES[:1], "fr", FAMILY)["layer"]
    rows = next(one["data"]["values"] for one in layers if one["mark"].get("type") == "line")
    runs = {row["year"]: row["run"] for row in rows}
    assert runs[2018] == runs[2019] != runs[2015]
    assert runs[2021] == runs[2022] == runs[2023] != runs[2019]


def test_labels_at_the_ends_do_not_cover_one_another() -> None:
    near = [charts.Line(name, {2022: 3.0, 2023: 3.0 + place / 1000}) for place, name in enumerate("abc")]
    layers = charts.trend(near, "fr", FAMILY)["layer"]
    ends = [one["data"]["values"][0]["value"] for one in layers if one["mark"]["type"] == "text"]
    assert all(later - sooner > 0.2 for sooner, later in pairwise(ends))


@pytest.mark.parametrize(("values", "side"), [((3.9, 3.3), "top"), ((2.4, 2.3), "bottom"), ((1.2, 1.0), "top")])
def test_the_label_of_a_threshold_stands_where_no_line_runs(values: tuple[float, float], side: str) -> None:
    """Guyane's series runs just under 2.5: it went through the label."""
    line = charts.Line("Guyane", dict(zip((2015, 2023), values, strict=True)))
    layers = charts.trend([line], "fr", FAMILY, (2.5, "seuil"))["layer"]
    (label,) = [one["mark"] for one in layers if one["mark"].get("fontSize") == 9]
    assert label["baseline"] == side


def test_a_strip_is_valid_writes_as_its_language_and_leaves_out_what_is_off_its_axis() -> None:
    made = charts.strip(BOXES, 2.97, "2,97", "fr", FAMILY, 2)
    altair.Chart.from_dict(made)
    drawn = charts.svg(made, FONTS)
    assert "2,97" in drawn and "Comparables (20)" in drawn and ">2,5<" in drawn
    dots = next(one["data"]["values"] for one in made["layer"] if one["mark"]["type"] == "point")
    assert [one["value"] for one in dots] == [2.1]
    assert ">2.5<" in charts.svg(charts.strip(BOXES, 2.97, "2.97", "en", FAMILY, 2), FONTS)


def test_the_same_chart_is_the_same_drawing() -> None:
    made = charts.trend(LINES, "fr", FAMILY)
    assert charts.svg(made, FONTS) == charts.svg(made, FONTS)


def test_a_fan_keeps_its_ranges_and_its_lines_on_one_scale() -> None:
    band = charts.Band("centrale", {2023: (3.0, 3.0, 3.0), 2035: (2.6, 1.9, 6.4)})
    made = charts.fan([band], "fr", FAMILY, (2.5, "seuil"))
    altair.Chart.from_dict(made)
    scales = [one["encoding"]["y"]["scale"]["domain"] for one in made["layer"] if "y" in one["encoding"]]
    assert {tuple(one) for one in scales} == {(0, 1.08 * 6.4)}
    area = next(one for one in made["layer"] if one["mark"]["type"] == "area")
    assert area["data"]["values"][-1] == {"year": 2035, "low": 1.9, "high": 6.4}


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a value"):
        charts.trend([charts.Line("vide", {})], "fr", FAMILY)
    with pytest.raises(ValueError, match="needs a group"):
        charts.strip([], 1.0, "1", "fr", FAMILY, 1)
