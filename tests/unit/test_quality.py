"""What an edition is worth: agreement, coverage, calendar, revision log, and the declared measures of the software."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from vigie.editions.inputs import File, Input
from vigie.editions.quality import agreement_table, coverage_table, release_table
from vigie.editions.revisions import LOG, read_log, revised, write_log
from vigie.editions.store import Edition
from vigie.errors import InputError
from vigie.site.corrections import Correction
from vigie.site.evidence import evidence, read_evidence
from vigie.site.revision_log import _why
from vigie.sources import catalogue, source
from vigie.sources.catalogue import Release
from vigie.sources.vintages import expected, span_end

_COLUMNS = ["indicator", "level", "code", "period", "value", "denominator", "lower", "upper", "snapshot"]


def observations(*rows: tuple[object, ...]) -> pl.DataFrame:
    kinds = [pl.String] * 4 + [pl.Float64] * 4 + [pl.String]
    return pl.DataFrame([*rows], schema=dict(zip(_COLUMNS, kinds, strict=True)), orient="row")


def test_agreement_is_weighted_and_leaves_whole_cities_out() -> None:
    published = [("01001", 1.0, 1.0), ("01002", 3.0, 3.0), ("01003", 8.0, 0.0), ("75056", 100.0, 9.0)]
    own = [("01001", 2.0, 0.5), ("01002", 4.0, 3.5), ("01003", 9.0, 0.0), ("75056", 0.0, 0.0)]
    rows = [("apl", "commune", code, "2021", value, weight, None, None, "d@1") for code, value, weight in published]
    rows += [("apl_recalculee", "commune", code, "2021", value, 1.0, low, 9.0, "v@1") for code, value, low in own]
    rows += [("apl_recalculee", "commune", "01004", "2021", 5.0, 1.0, 0.0, 9.0, "v@1")]  # nothing published there
    (found,) = agreement_table(observations(*rows)).to_dicts()
    assert (found["indicator"], found["recomputed"], found["level"], found["territories"]) == (
        *("apl", "apl_recalculee", "commune", 2),
    )
    assert found["correlation"] == pytest.approx(1.0)
    assert (found["error"], found["mean"], found["within"]) == (pytest.approx(1.0), pytest.approx(2.5), 0.5)
    assert agreement_table(observations()).is_empty()


def test_coverage_is_of_the_last_period() -> None:
    rows = [("a", "epci", "2021", 5, 0, 0), ("a", "epci", "2023", 6, 3, 1), ("gone", "epci", "2023", 1, 0, 0)]
    table = pl.DataFrame(rows, ["indicator", "level", "period", "known", "missing", "suppressed"], orient="row")
    assert coverage_table(table, {"a": None}).rows() == [("a", "epci", "2023", 10, 6, 1, 3, 0.6)]  # type: ignore[dict-item]


def at_hand(name: str) -> Input:
    return Input(source(name), (File("f", "ab" * 32, 1),), "folder", ())


def test_the_calendar_reckons_from_the_period_at_hand_and_never_from_today() -> None:
    inputs = {name: at_hand(name) for name in ("bpe_2021", "emergency_times_2019", "finess")}
    inputs["ameli_optam"] = at_hand("ameli_optam")
    seen = observations(("o", "france", "FR", "2025-06-30", 1.0, None, None, None, inputs["ameli_optam"].snapshot))
    rows = {row["source"]: row for row in release_table(inputs, catalogue(), seen).to_dicts()}
    assert set(rows) == {name for name, one in catalogue().items() if one.redistribute}  # an edition carries no other
    # 31 December 2021, a year, and the 18 months that INSEE takes.
    assert (rows["bpe_2021"]["expected"], rows["bpe_2021"]["basis"]) == (date(2024, 6, 30), "cadence")
    # Its catalogue names no period: the last one observed, a quarter, and six months.
    assert (rows["ameli_optam"]["period_end"], rows["ameli_optam"]["expected"]) == (
        date(2025, 6, 30),
        date(2026, 3, 30),
    )
    assert (rows["emergency_times_2019"]["expected"], rows["emergency_times_2019"]["basis"]) == (None, "none")
    assert (rows["finess"]["period_end"], rows["finess"]["basis"]) == (None, "none")
    assert (rows["communes"]["at_hand"], rows["communes"]["expected"]) == (False, None)


def test_a_date_that_the_producer_announces_prevails() -> None:
    told = Release(date=date(2027, 1, 5), announced_at="https://www.insee.fr/calendrier")
    one = source("bpe_2021").model_copy(update={"next_release": told})
    (row,) = release_table({"bpe_2021": at_hand("bpe_2021")}, {"bpe_2021": one}, observations()).to_dicts()
    assert (row["expected"], row["basis"]) == (date(2027, 1, 5), "announced")
    assert row["announced_at"] == "https://www.insee.fr/calendrier"


@pytest.mark.parametrize(
    ("cadence", "delay", "end", "day"),
    [
        ("monthly", 0, date(2024, 1, 31), date(2024, 2, 29)),
        ("quarterly", 1, date(2023, 10, 31), date(2024, 2, 29)),
        ("yearly", 0, date(2024, 2, 29), date(2025, 2, 28)),
        ("yearly", 12, date(2022, 12, 31), date(2024, 12, 31)),
        ("once", 3, date(2022, 12, 31), None),
        ("irregular", 3, date(2022, 12, 31), None),
    ],
)
def test_the_next_release_is_a_cadence_and_a_delay_later(cadence: str, delay: int, end: date, day: date | None) -> None:
    one = source("bpe_2021").model_copy(update={"cadence": cadence, "delay_months": delay})
    assert expected(one, end) == day


@pytest.mark.parametrize(
    ("words", "day"),
    [("2015–2019, 2021–2023", date(2023, 12, 31)), ("2019-12-31", date(2019, 12, 31)), ("", None), ("jamais", None)],
)
def test_the_end_of_a_period_in_words(words: str, day: date | None) -> None:
    assert span_end(words) == day


# The revision log ---------------------------------------------------------------------------------------------------


def made(folder: Path, *rows: tuple[str, str, str, str, float | None, str]) -> Edition:
    """An edition with these observations: indicator, level, code, period, value, snapshot."""
    (folder / "tables").mkdir(parents=True)
    columns = ["indicator", "level", "code", "period", "value", "snapshot"]
    kinds = dict(zip(columns, [pl.String] * 4 + [pl.Float64, pl.String], strict=True))
    path = folder / "tables" / "observations.parquet"
    pl.DataFrame([*rows], schema=kinds, orient="row").write_parquet(path)
    manifest = {"tables": {"observations": {"sha256": path.read_bytes().hex()}}, "built": "2026-01-02T00:00:00Z"}
    return Edition(folder.name, folder, manifest, current=True)


BEFORE = (
    ("apl", "commune", "1", "2022", 4.0, "d@1"),
    ("apl", "commune", "2", "2022", 2.0, "d@1"),
    ("apl", "commune", "3", "2022", None, "d@1"),
    ("apl", "commune", "4", "2022", 1.0, "d@1"),
    ("apl", "france", "FR", "2022", 3.0, "d@1"),
    ("fedi", "commune", "1", "2021", 0.5, "f@1"),
)
AFTER = (
    ("apl", "commune", "1", "2022", 5.0, "d@1"),  # the same file: the method
    ("apl", "commune", "2", "2022", 1.5, "d@2"),  # another file
    ("apl", "commune", "3", "2022", 7.0, "d@2"),  # new
    ("apl", "commune", "4", "2022", None, "d@2"),  # gone
    ("apl", "france", "FR", "2022", 3.0, "d@2"),  # as before
    ("fedi", "commune", "1", "2021", 0.5, "f@1"),
    ("psmt", "france", "FR", "2022", 5.0, "p@1"),
)


def test_what_a_new_edition_changes_is_counted_by_its_cause(tmp_path: Path) -> None:
    old, new = made(tmp_path / "a", *BEFORE), made(tmp_path / "b", *AFTER)
    log = revised(old, new.folder, "b", new.manifest)
    counts = ("indicator", "level", "added", "removed", "changed", "same", "largest", "by_source", "by_method")
    assert log.select(counts).rows() == [
        ("apl", "commune", 1, 1, 2, 0, 1.0, 2, 1),
        ("psmt", "france", 1, 0, 0, 0, None, 0, 0),
    ]
    assert log["sources"].to_list() == ["d@1 → d@2 ; d@1 → –", ""]
    assert set(log.select("edition", "before", "built").rows()) == {("b", "a", "2026-01-02T00:00:00Z")}


def test_the_log_goes_on_from_edition_to_edition(tmp_path: Path) -> None:
    one, two = made(tmp_path / "a", *BEFORE), made(tmp_path / "b", *AFTER)
    assert revised(None, one.folder, "a", one.manifest).is_empty()
    write_log(revised(one, two.folder, "b", two.manifest), two.folder)
    three = made(tmp_path / "c", *BEFORE)
    log = revised(two, three.folder, "c", three.manifest)
    assert log["edition"].to_list() == ["b", "b", "c", "c"]
    same = replace(three, id="d")
    assert revised(two, two.folder, "d", two.manifest).equals(read_log(two.folder))  # nothing changed: nothing added
    assert read_log(same.folder).is_empty() and not (same.folder / LOG).exists()


COUNTS = {"edition": "b", "indicator": "apl", "added": 0, "removed": 0, "changed": 1, "sources": "d@1 → d@2"}


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ({"by_source": 1, "by_method": 0}, "source"),
        ({"by_source": 0, "by_method": 1}, "method"),
        ({"by_source": 1, "by_method": 1}, "both"),
        ({"changed": 0, "added": 3, "by_source": 0, "by_method": 0}, "release"),
        ({"changed": 0, "removed": 3, "by_source": 3, "by_method": 0}, "source"),
    ],
)
def test_why_a_figure_changed(row: dict[str, int], cause: str) -> None:
    told = _why(COUNTS | row, ())
    assert told["cause"] == cause and told["why_fr"] and told["why_en"]


def test_a_declared_correction_is_the_reason_of_its_edition_and_indicator_alone() -> None:
    words = {"fr": "virgule", "en": "comma"}
    mended = Correction.model_validate({"date": "2026-01-01", "edition": "b", "indicator": "apl", "what": words})
    row = COUNTS | {"by_source": 1, "by_method": 0}
    assert _why(row, (mended,)) == {"cause": "correction", "why_fr": "virgule", "why_en": "comma"}
    assert _why(row | {"indicator": "fedi"}, (mended,))["cause"] == "source"
    assert _why(row | {"edition": "c"}, (mended,))["cause"] == "source"
    assert _why(row | {"indicator": "fedi"}, (mended.model_copy(update={"indicator": ""}),))["cause"] == "correction"


# The measures of the software -----------------------------------------------------------------------------------------

_HEAD = """[[evidence]]
id = "essai"
title = { fr = "t", en = "t" }
what = { fr = "w", en = "w" }
command = "make essai"
"""
_MEASURED = """date = 2026-11-22
machine = { fr = "m", en = "m" }
commit = "0123abc"
"""
_FIGURE = '[[evidence.figures]]\nlabel = { fr = "l", en = "l" }\nvalue = 1.5\ndecimals = 1\n'


def test_the_measures_that_ship_are_whole() -> None:
    assert {one.id for one in evidence()} >= {"mutants", "coverage", "fuzz", "faults", "soak"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (_HEAD, "missing"),
        (_HEAD + _MEASURED, "missing"),
        (_HEAD + _FIGURE, "missing"),
        (_HEAD + _MEASURED + 'missing = { fr = "x", en = "x" }\n' + _FIGURE, "missing"),
        (_HEAD + _MEASURED.replace("0123abc", "none") + _FIGURE, "commit"),
        (_HEAD + _MEASURED + _FIGURE.replace("1.5", '"many"'), "value"),
        (_HEAD.replace("essai", "Un essai"), "id"),
        ("[[evidence", "TOML"),
    ],
)
def test_a_measure_without_its_proof_is_refused(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "evidence.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as fault:
        read_evidence(file)
    assert key in fault.value.message("fr") and "evidence.toml" in fault.value.message("en")


def test_a_measure_is_read_with_its_figures(tmp_path: Path) -> None:
    file = tmp_path / "evidence.toml"
    file.write_text(_HEAD + _MEASURED + _FIGURE, encoding="utf-8")
    (found,) = read_evidence(file)
    assert (found.commit, found.figures[0].value, found.missing) == ("0123abc", 1.5, None)
    file.write_text(_HEAD + 'missing = { fr = "x", en = "x" }\n', encoding="utf-8")
    assert read_evidence(file)[0].figures == ()
