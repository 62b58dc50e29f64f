"""Fuzzed files of one's own: read and computed, with supply conserved, or refused in both languages; nothing else."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.access.written import read_decay
from vigie.editions.grounds import Activity, crow_fly_times, matrix_times, own_ground
from vigie.editions.studies import recompute
from vigie.errors import VigieError

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

cells = st.one_of(
    st.sampled_from(
        ["", "a", "b", "01001", "NaN", "inf", "-1", "0", "1e400", '"', "é", "2,35", "48.85", "1 577", "\x00"]
    ),
    st.floats(allow_nan=True).map(str),
    st.integers(-200, 7_000_000).map(str),
)
good = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.floats(2.2, 2.6).map("{:.4f}".format),
    st.floats(48.7, 49.0).map("{:.4f}".format),
    st.integers(0, 500).map(str),
)
names = st.sampled_from(["demand", "supply", "population", "Demand", ""])


@st.composite
def texts(draw, quantity):
    """A file mostly right: some cells, a column's name, the separator or the bytes may be wrong."""
    rows = [list(row) for row in draw(st.lists(good, max_size=6, unique_by=lambda row: row[0]))]
    for _ in range(draw(st.integers(0, 2))):
        if rows:
            draw(st.sampled_from(rows))[draw(st.integers(0, 3))] = draw(cells)
    header = ["id", "lon", "lat", draw(names) if draw(st.integers(0, 9)) == 0 else quantity]
    separator = draw(st.sampled_from([",", ";", "\t"]))
    lines = [separator.join(row) for row in [header, *rows]]
    text = draw(st.sampled_from(["\n", "\r\n"])).join(lines)
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1", "utf-16"])), "replace")


def computed(ground, times, decay):
    study = recompute(ground, times, decay, "e2sfca")
    assert study.table["id"].to_list() == sorted(ground.places["id"])
    summary = study.summary
    served = summary.supply - summary.unserved_supply
    total = float((study.table["demand"] * study.table["value"].fill_null(0.0)).sum())
    assert total == pytest.approx(served, rel=1e-9, abs=1e-9)
    assert (summary.conservation or 0) < 1e-9
    assert set(study.table["status"]) <= {"ok", "missing"}


@FUZZ
@given(texts("demand"), texts("supply"))
def test_two_files_are_computed_or_refused_in_words(tmp_path, demand, supply):
    (tmp_path / "d.csv").write_bytes(demand)
    (tmp_path / "s.csv").write_bytes(supply)
    decay = read_decay("linear:20")
    try:
        ground = own_ground(tmp_path / "d.csv", tmp_path / "s.csv", Activity())
    except VigieError as error:
        assert error.message("fr")
        assert error.message("en")
        return
    assert all(note.count > 0 and note.text.fr and note.text.en for note in ground.notes)
    computed(ground, crow_fly_times(ground, 20), decay)


minutes = st.one_of(st.integers(0, 30).map(str), st.floats(-1, 40).map(str), cells)
pairs = st.lists(
    st.tuples(st.sampled_from(["a", "b", "zz"]), st.sampled_from(["x", "y", "zz", ""]), minutes), max_size=6
)


@FUZZ
@given(pairs)
def test_a_matrix_is_computed_or_refused_in_words(tmp_path, rows):
    (tmp_path / "d.csv").write_text("id,demand\na,10\nb,5\n")
    (tmp_path / "s.csv").write_text("id,supply\nx,1\ny,2\n")
    (tmp_path / "t.csv").write_text(
        "\n".join(["place;site;minutes", *(";".join(row) for row in rows)]), encoding="utf-8"
    )
    ground = own_ground(tmp_path / "d.csv", tmp_path / "s.csv", Activity(), located=False)
    try:
        times, _, notes = matrix_times(ground, tmp_path / "t.csv", 20)
    except VigieError as error:
        assert error.message("fr")
        assert error.message("en")
        return
    assert all(note.count > 0 for note in notes)
    computed(ground, times, read_decay("linear:20"))


@FUZZ
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_refused_in_words(tmp_path, content, as_parquet):
    path = tmp_path / ("d.parquet" if as_parquet else "d.csv")
    path.write_bytes(b"PAR1" + content + b"PAR1" if as_parquet else content)
    (tmp_path / "s.csv").write_text("id,lon,lat,supply\nx,2.3,48.8,1\n")
    with pytest.raises(VigieError) as refused:
        own_ground(path, tmp_path / "s.csv", Activity())
    assert refused.value.message("en")


columns = st.sampled_from(
    [
        pl.Series([1, 2]),
        pl.Series(["1", "2,5"]),
        pl.Series([1.5, float("nan")]),
        pl.Series([None, None]),
        pl.Series([[1], [2]]),
        pl.Series([True, False]),
        pl.Series([{"a": 1}, {"a": 2}]),
        pl.Series([b"x", b"y"]),
        pl.Series([1, 2]).cast(pl.Date),
        pl.Series([48.8, 48.9]),
    ]
)


@FUZZ
@given(st.fixed_dictionaries(dict.fromkeys(("id", "lon", "lat", "demand"), columns)))
def test_a_parquet_of_any_types_is_computed_or_refused_in_words(tmp_path, frame):
    pl.DataFrame(frame).write_parquet(tmp_path / "d.parquet")
    (tmp_path / "s.csv").write_text("id,lon,lat,supply\nx,2.3,48.8,1\n")
    try:
        ground = own_ground(tmp_path / "d.parquet", tmp_path / "s.csv", Activity())
    except VigieError as error:
        assert error.message("fr")
        return
    assert np.isfinite(ground.demand).all()
    computed(ground, crow_fly_times(ground, 20), read_decay("linear:20"))
