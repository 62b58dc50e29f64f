"""The parts that the pages are made of: words, scales, drawings, caches, sentences."""

from __future__ import annotations

import re

import pytest
import shapely

from vigie.editions import geography
from vigie.editions.figures import before, latest, reading_order
from vigie.editions.observatory import Distribution, Observation
from vigie.editions.scales import scale
from vigie.indicators import definitions
from vigie.site import trend
from vigie.site.room import Cache
from vigie.site.words import ENGLISH, FRENCH, typography

NN = "\u202f"


def seen(period: str, value: float | None, status: str = "ok", code: str = "1") -> Observation:
    return Observation("apl_mg", "commune", code, period, value, None, None, None, None, status, "s@1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Où ? L'Haÿ : oui !", f"Où{NN}? L’Haÿ{NN}: oui{NN}!"),
        ("« mot »", f"«{NN}mot{NN}»"),
        ("100 000 habitants, 5 %", f"100{NN}000 habitants, 5{NN}%"),
        ("12:30", "12:30"),
    ],
)
def test_french_typography(text: str, expected: str) -> None:
    assert typography(text, "fr") == expected


def test_periods_and_changes_are_written_as_each_language_does() -> None:
    assert FRENCH.period("2025-06-30") == "30\u00a0juin 2025" and ENGLISH.period("2025-06-30") == "30\u00a0June 2025"
    assert FRENCH.period("2026-01-01").startswith("1er") and FRENCH.period("2024-12") == "décembre 2024"
    assert FRENCH.period("2023") == "2023" and FRENCH.period("2013/..") == "2013/.."
    apl, share = definitions()["apl_mg"], definitions()["part_pop_urgences_30"]
    assert FRENCH.change(-0.05, apl) == "−0,05" and FRENCH.change(0.001, apl) == "stable"
    assert FRENCH.change(1.84, share) == "+1,8\u00a0pt" and ENGLISH.value(16.6, share) == "16.6%"
    assert FRENCH.cut(2.5, apl) == "2,5" and FRENCH.cut(2.0, apl) == "2"


def test_the_threshold_parts_the_diverging_scale() -> None:
    classes = scale(definitions()["apl_mg"], None)
    assert [classes.style(value) for value in (1.9, 2.0, 2.499, 2.5, 4.999, 9.0)] == [
        "d1",
        "d2",
        "d2",
        "d3",
        "d5",
        "d6",
    ]


def test_fifths_that_are_equal_make_fewer_classes() -> None:
    spread = Distribution("temps_urgences", "commune", "2019", 10, 0, 0, 0.0, 0.0, 0.0, 12.0, 12.0, 40.0)
    classes = scale(definitions()["temps_urgences"], spread)
    assert classes.breaks == (0.0, 12.0) and len(classes.styles) == 3


def test_neighbours_share_their_border_in_a_drawing() -> None:
    west, east = shapely.box(2.0, 46.0, 2.1, 46.1), shapely.box(2.1, 46.0, 2.2, 46.1)
    drawing = geography.draw(["a", "b"], [shapely.to_wkb(one) for one in (west, east)])
    assert max(drawing.width, drawing.height) <= geography.SIZE
    assert all(re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]+z)+", shape.path) for shape in drawing.shapes)
    assert drawing.shapes[0].x < drawing.shapes[1].x
    assert geography.draw([], []).shapes == ()


def test_overseas_parts_are_drawn_beside_the_mainland_at_its_scale() -> None:
    places = {"23": (2.0, 46.0), "972": (-61.4, 14.4), "974": (55.0, -21.4)}  # inside their parts, as real outlines are
    side = {"23": 0.6 / 0.694, "972": 0.6 / 0.967, "974": 0.6 / 0.933}  # the same km at each latitude
    boxes = [shapely.box(x, y, x + side[code], y + 0.6) for code, (x, y) in places.items()]
    drawing = geography.draw(list(places), [shapely.to_wkb(one) for one in boxes])
    assert {label.fr for label in drawing.labels} == {"Martinique", "La Réunion"}
    widths = []
    for shape in drawing.shapes:
        steps = [int(number) for number in re.findall(r"-?\d+", shape.path.split("l")[1])]
        widths.append(max(abs(step) for step in steps[::2]))
    assert max(widths) - min(widths) <= 2


def test_a_territory_too_small_for_the_sheet_keeps_a_point() -> None:
    boxes = [shapely.box(2.0, 46.0, 4.0, 48.0), shapely.box(4.0, 46.0, 4.00001, 46.00001)]
    drawing = geography.draw(["a", "b"], [shapely.to_wkb(one) for one in boxes])
    assert drawing.shapes[1].path


def test_the_latest_known_figure_is_told_before_a_later_gap() -> None:
    apl = definitions()["apl_mg"]
    series = [seen("2021", 3.0), seen("2022", 2.9, "estimated"), seen("2023", None, "missing")]
    last = latest(series)
    assert last is not None and last.period == "2022"
    earlier = before(series, last, apl)
    assert earlier is not None and earlier.period == "2021"
    assert latest([]) is None and latest([seen("2023", None, "suppressed")]) is not None


def test_a_change_never_bridges_a_break_of_the_series() -> None:
    apl = definitions()["apl_mg"]
    old, first = seen("2019", 3.2), seen("2021", 3.0)
    assert before([old, first], first, apl) is None
    assert before([old, first], first, definitions()["apl_mg_champ_constant"]) is old


def test_a_trend_leaves_the_years_without_a_figure_open() -> None:
    apl = definitions()["apl_mg"]
    own = [seen(str(year), 3.0 + year / 1e4) for year in (2015, 2016, 2019, 2021, 2022)]
    made = trend.make(FRENCH, apl, "titre", [trend.Series("ici", "own", own)], 2.5)
    assert made is not None and len(made.lines[0].pieces) == 2 and len(made.lines[0].points) == 5
    assert trend.make(FRENCH, apl, "titre", [trend.Series("ici", "own", own[:1])]) is None


def test_gps_come_first_in_the_reading_order() -> None:
    order = [one.id for one in reading_order(definitions().values()) if one.theme == "acces"]
    assert order[0].endswith("mg") and order.index("apl_mg") < order.index("apl_infirmiers") < order.index(
        "apl_dentistes"
    )


def test_a_cache_lets_go_of_the_oldest_beyond_its_limit() -> None:
    cache: Cache[str] = Cache(6, len)
    for key in ("aa", "bb", "cc"):
        cache.put(key, key)
    assert cache.get("aa") == "aa"
    cache.put("dd", "dd")
    assert cache.get("bb") is None and cache.get("aa") == "aa" and cache.of("ee", lambda: "e") == "e"
    cache.put("big", "x" * 10)
    assert cache.get("big") is None
