"""The ten commitments and the alert indicators of the Cour des comptes are defined whole, in both languages."""

import os
import re
from pathlib import Path

import pytest

from vigie.indicators import definitions
from vigie.sources.published.targets import commitments
from vigie.sources.templates import templates

# The four volets of the Cour's alert indicators (annex 3, and note 142): scheduled and unscheduled care, outreach, and
# the APL of the professions of first recourse.
ALERTS = (
    "psmt", "hospitalisations_evitables", "ccmu1", "ccmu1_semaine", "ccmu1_garde", "psmt_c2s", "psmt_hors_c2s",
    "ecart_psmt_c2s", "sans_soin_50", "apl_mg", "apl_infirmiers", "apl_kines", "apl_sages_femmes", "apl_dentistes",
)  # fmt: skip
SEEDS = Path(os.environ.get("VIGIE_SHARED", Path(__file__).parents[2].parent / "shared")) / "seeds"
TEN = tuple(one.id for one in commitments())


def test_there_are_ten_commitments_and_every_alert_indicator_is_listed():
    assert len(TEN) == 10
    assert {name for name, one in definitions().items() if one.theme == "alerte"} <= set(ALERTS)


@pytest.mark.parametrize("name", [*TEN, *ALERTS])
def test_what_is_followed_says_what_it_counts_over_what_how_often_from_where_and_its_limits(name: str):
    one = definitions()[name]
    told = {
        key: getattr(one, key) for key in ("numerator", "denominator", "periodicity", "source", "limits", "formula")
    }
    for key, words in told.items():
        assert words is not None, key
        assert len(words.fr) > 4, key
        assert len(words.en) > 4, key
    assert "Cour des comptes" in one.limits.fr, (
        "the limits of use are those that the Cour states, or say it states none"
    )
    assert "Cour des comptes" in one.limits.en
    assert one.sources or one.imports, "a table brings it"
    assert set(one.imports) <= set(templates())


@pytest.mark.parametrize("name", [*TEN, *ALERTS])
def test_quotes_are_the_words_of_the_documents(name: str):
    """What stands between French quotes in the limits is printed in the report or in the article."""
    printed = [_words(path) for path in sorted(SEEDS.glob("[01]-*.txt"))]
    if len(printed) < 2:
        pytest.skip(f"the documents are not here: {SEEDS} (set VIGIE_SHARED to the folder that holds seeds/)")
    for quote in re.findall(r"« (.*?) »", definitions()[name].limits.fr):
        assert quote.startswith("vigie ") or any(quote in text for text in printed), quote


def _words(path: Path) -> str:
    return " ".join(path.read_text(encoding="utf-8").replace("’", "'").split())
