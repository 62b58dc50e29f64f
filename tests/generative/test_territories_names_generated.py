from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vigie.territories.names import search_text


@given(st.text())
def test_search_text_is_plain_and_settled(text: str) -> None:
    plain = search_text(text)
    assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789 " for c in plain)
    assert plain == " ".join(plain.split())
    assert search_text(plain) == plain


@given(st.lists(st.sampled_from(["Saint", "Étienne", "Œuf", "l'Ain", "Haÿ"]), min_size=1), st.sampled_from(" -'  _"))
def test_case_and_punctuation_do_not_matter(words: list[str], between: str) -> None:
    assert search_text(between.join(words).upper()) == search_text(" ".join(words))
