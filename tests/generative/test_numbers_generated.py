"""Numbers as they are written against those of Babel, which follows the CLDR."""

from __future__ import annotations

from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import Lang
from vigie.language import NBSP, NNBSP, number


def of_babel(value: float, lang: Lang, decimals: int) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(value, pattern, locale="fr_FR" if lang == "fr" else "en_GB")
    return text.replace(NBSP, NNBSP).replace("-", "−")


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15),
        st.integers(min_value=-(10**12), max_value=10**12),
        st.integers(min_value=-(10**7), max_value=10**7).map(lambda whole: whole / 1000),  # ties among them
    ),
    st.sampled_from(["fr", "en"]),
    st.integers(min_value=0, max_value=5),
)
def test_a_number_is_written_as_the_cldr_has_it(value: float, lang: Lang, decimals: int) -> None:
    assert number(value, lang, decimals) == of_babel(value, lang, decimals)
