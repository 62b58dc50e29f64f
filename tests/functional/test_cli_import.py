"""An analyst's table from the file to the figure and back, as processes; and nothing hidden can be worked out after."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from changed import AIDED, AMOUNTS, TRUTH, psmt_table
from processes import Said, doubled, served, vigie
from scipy.optimize import linprog

from vigie.editions.observatory import Observatory, open_edition

if TYPE_CHECKING:
    from conftest import Changed

pytestmark = pytest.mark.timeout(900)  # one build on a busy machine

RODEZ = "241200187"
PARTS = ("psmt", "psmt_c2s", "psmt_hors_c2s")


@pytest.fixture(scope="module")
def home(changed_home: Changed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two imports, built; what was fetched is no more there for the next build."""
    made = doubled(Path(changed_home.home), tmp_path_factory.mktemp("import") / "home")
    shutil.rmtree(made / "snapshots")
    return made


@pytest.fixture(scope="module")
def observatory(home: Path) -> Iterator[Observatory]:
    with open_edition(home) as opened:
        yield opened


def _ids(home: Path) -> list[str]:
    return [one["id"] for one in json.loads(vigie("import", "--list", "--json", home=home).out)["imports"]]


def test_import_tells_what_the_table_brings(changed_home: Changed) -> None:
    assert f"psmt: {len(TRUTH)} figures (epci ; 2024-12-31)" in changed_home.imported


def test_show_tells_the_figure_with_its_provenance_where_it_was_not_available(edition_home: Path, home: Path) -> None:
    before = vigie("show", f"epci:{RODEZ}", home=edition_home, lang="fr")
    assert "vigie import --template psmt_epci" in before.out
    after = vigie("show", f"epci:{RODEZ}", "--indicator", "psmt", "--json", home=home)
    (figure,) = json.loads(after.out)["figures"]
    c2s, without_c2s, others, without = TRUTH[RODEZ]
    assert (figure["numerator"], figure["denominator"]) == (without_c2s + without, c2s + others)
    assert figure["value"] == pytest.approx(100 * (without_c2s + without) / (c2s + others))
    assert figure["snapshot"].startswith("import_psmt_epci@")
    assert "--template psmt_epci" not in vigie("show", f"epci:{RODEZ}", home=home, lang="fr").out


def test_the_edition_says_whose_the_table_is(observatory: Observatory) -> None:
    (psmt,) = (one for one in observatory.imported() if one["file"] == "psmt.csv")
    assert psmt["producer"] == "CPAM de l'Aveyron, essai"
    assert psmt["licence"] == "usage interne"
    assert len(psmt["sha256"]) == 64
    assert psmt["received"]
    known = observatory.table("snapshots").filter(pl.col("id") == psmt["snapshot"])
    assert known["producer"].to_list() == ["CPAM de l'Aveyron, essai"]


def test_the_departement_is_summed_from_its_parts_and_says_that_some_are_lacking(observatory: Observatory) -> None:
    own = observatory.observations("psmt", level="departement", code="12").filter(pl.col("period") == "2024-12-31")
    (row,) = own.to_dicts()
    assert row["numerator"] == sum(truth[1] + truth[3] for truth in TRUTH.values())
    assert row["status"] == "estimated"  # its EPCI that lie across the border are not in the table


def test_small_counts_are_hidden_with_what_would_give_them_away(observatory: Observatory) -> None:
    own = observatory.observations(list(PARTS), level="epci").filter(pl.col("period") == "2024-12-31")
    small = [code for code, truth in TRUTH.items() if truth[1] < 11]
    hidden = own.filter((pl.col("indicator") == "psmt_c2s") & (pl.col("status") == "suppressed"))
    assert set(small) <= set(hidden["code"])
    assert hidden.select("value", "numerator").null_count().row(0) == (hidden.height, hidden.height)
    assert own.filter(pl.col("indicator") == "psmt")["status"].unique().to_list() == ["ok"]  # the main figure stays
    gaps = observatory.observations("ecart_psmt_c2s", level="epci").filter(pl.col("code").is_in(small))
    assert gaps["status"].unique().to_list() == ["suppressed"]


def test_no_hidden_count_can_be_worked_out_of_the_published_tables(home: Path) -> None:
    """All the ways out at once: what the export tells, differenced over levels and groups of people."""
    asked = [word for name in PARTS for word in ("--indicator", name)]
    told = vigie("export", *asked, "--format", "csv", home=home)
    rows = [row for row in csv.DictReader(io.StringIO(told.out)) if row["period"] == "2024-12-31"]
    order = list(TRUTH)
    equations, values = [], []
    for row in rows:
        inside = [row["code"]] if row["level"] == "epci" else order
        parts = {"psmt": (0, 1), "psmt_c2s": (0,), "psmt_hors_c2s": (1,)}[row["indicator"]]
        line = np.zeros((len(order), 2))
        for code in inside:
            line[order.index(code), list(parts)] = 1
        if row["numerator"]:
            equations.append(line.ravel())
            values.append(float(row["numerator"]))
        elif row["value"]:
            equations.append(line.ravel())
            values.append(float(row["value"]) * float(row["denominator"]) / 100)
    levels = {row["level"] for row in rows}
    assert {"epci", "departement"} <= levels
    small = [place for place, truth in enumerate(TRUTH.values()) if truth[1] < 11]
    assert small
    for place in small:
        goal = np.zeros((len(order), 2))
        goal[place, 0] = 1
        low, high = (
            sign * linprog(sign * goal.ravel(), A_eq=np.array(equations), b_eq=np.array(values), bounds=(0, None)).fun
            for sign in (1, -1)
        )
        assert high - low >= 11


def test_amounts_of_few_beneficiaries_are_hidden_and_the_rest_is_zero_not_missing(observatory: Observatory) -> None:
    own = observatory.observations("aides_demographiques", level="commune", period="2024")
    cells = {row["code"]: (row["numerator"], row["status"]) for row in own.iter_rows(named=True)}
    assert cells[AIDED[3]] == (None, "suppressed")
    shown = [place for place, code in enumerate(AIDED) if cells[code] == (float(AMOUNTS[place]), "ok")]
    assert 6 <= len(shown) <= 10  # one is small, others go with it so that it cannot be worked out
    assert cells["12001"] == (0.0, "ok")
    assert "33063" not in cells
    (whole,) = observatory.observations("aides_demographiques", level="departement", period="2024").to_dicts()
    assert (whole["numerator"], whole["status"]) == (float(sum(AMOUNTS)), "ok")


def test_the_ledger_has_the_national_lines_and_the_imported_ones(home: Path, observatory: Observatory) -> None:
    told = json.loads(vigie("aids", "--json", home=home).out)["aids"]
    assert {row["rank"] for row in told} == {"total", "family", "scheme"}
    local = observatory.aids(observatory.territory("departement:12"))
    assert local.select("rank", "period", "euros").rows() == [("imported", "2024", float(sum(AMOUNTS)))]
    hidden = vigie("aids", AIDED[3], home=home).out
    assert "Demographic aids" in hidden
    assert "suppressed" in hidden
    assert "vigie import FILE --template aides_commune" in vigie("aids", "33063", home=home).out


def test_imports_are_listed_with_the_sources(home: Path) -> None:
    rows = json.loads(vigie("sources", "--json", home=home).out)
    brought = {row["id"] for row in rows if row["origin"] == "import"}
    assert brought == set(_ids(home))
    assert len(brought) == 2
    assert "CPAM de l'Aveyron, essai" in vigie("sources", home=home).out


def test_the_same_figures_twice_are_refused_unless_they_replace(home: Path, tmp_path: Path) -> None:
    (tmp_path / "again.csv").write_text(psmt_table() + "\n", encoding="utf-8")
    asked = ("import", tmp_path / "again.csv", "--template", "psmt_epci", "--who", "essai")
    vigie(*asked, home=home).refused("figures are given by psmt_epci-", "--replace", code=3)
    assert len(_ids(home)) == 2


def test_reconcile_tells_the_gap_between_producers(home: Path) -> None:
    told = vigie("reconcile", "departement:33", "--quantity", "medecins_generalistes", home=home)
    assert "MEP (−114)" in told.out
    assert "data.ameli → data.ameli excl. MEP: −114 doctors, of which 0 unexplained" in told.out
    vigie("reconcile", "--quantity", "chats", home=home).refused("unknown quantity", "medecins_generalistes", code=4)
    assert "departement, region, france" in vigie("reconcile", "12202", home=home).out


def test_removed_the_tables_leave_the_next_edition(edition_home: Path, home: Path) -> None:
    """Last: it takes the imports out."""
    for name in _ids(home):
        assert vigie("import", "--remove", name, home=home).code == 0
    assert vigie("show", f"epci:{RODEZ}", "--indicator", "psmt", home=home).code == 0  # the edition has not changed
    again = vigie("build", home=home)
    assert again.code == 0, again.err
    assert served(home) == served(edition_home)  # the very edition without imports
    vigie("import", "--remove", "psmt_epci-00000000", home=home).refused("no import", "--list", code=4)


def _refusal(tmp_path: Path, home: Path, text: str | bytes, *more: str, template: str = "psmt_epci") -> Said:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return vigie("import", path, "--template", template, "--who", "essai", *more, home=home)


def test_what_is_wrong_is_told_in_words(edition_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    short = "code;periode;adultes;sans_mt\n"
    told = _refusal(tmp_path, home, short + "241200188;2024;10;2\n").refused("“241200188”", "row 2", "level epci")
    assert "241200187" in told
    vigie("import", tmp_path / "table.csv", "--template", "psmt_epci", home=home).refused("--who is missing")
    vigie("import", "--template", "psmt_epci", home=home).refused("the file to import is missing", "--example")


def test_the_example_of_a_template_fills_in_and_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    shown = vigie("import", "--template", "installations", "--example", home=home, lang="fr")
    assert shown.out.startswith("# Installations de médecins")
    lines = shown.out.splitlines()
    body = "\n".join([*lines[:-1], "departement;12;Aveyron;2023;14;9"])
    filled = _refusal(tmp_path, home, body, template="installations")
    assert filled.code == 0, filled.err
    assert "primo_installes_mg: 1 figure (departement ; 2023)" in filled.out
