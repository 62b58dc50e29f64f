import math

import pytest

from vigie.language import number, percent, plural


def test_french_numbers_use_narrow_spaces_and_a_comma():
    assert number(1234567.891, "fr", 2) == "1\u202f234\u202f567,89"
    assert number(-3.5, "fr", 1) == "−3,5"


def test_english_numbers_use_commas_and_a_point():
    assert number(1234567.891, "en", 2) == "1,234,567.89"


def test_percent_takes_its_space_in_french_only():
    assert percent(16.64, "fr") == "16,6\u202f%"
    assert percent(16.64, "en") == "16.6%"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError):
        number(value, "fr")


def test_french_keeps_the_singular_below_two():
    assert [plural(n, "commune", "communes", "fr") for n in (0, 1, 1.9, 2)] == ["commune"] * 3 + ["communes"]
    assert [plural(n, "town", "towns", "en") for n in (0, 1, 2)] == ["towns", "town", "towns"]
