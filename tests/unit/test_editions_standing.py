"""Which figures a target is judged on: of which source, from which baseline, at which territories."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.editions.standing import LocalFile, local_files, read_local, standing_tables, trajectory_table
from vigie.errors import InputError, StorageError
from vigie.indicators import definitions
from vigie.indicators.compute import OBSERVATIONS
from vigie.sources.published.figures import FIGURE_SCHEMA
from vigie.sources.published.targets import Target, targets

NONE = pl.DataFrame(schema=FIGURE_SCHEMA)
AMELI = "ameli@1"


def observed(indicator: str, *rows: tuple) -> dict[str, pl.DataFrame]:
    """(level, code, period, value, numerator, snapshot) of one indicator."""
    table = pl.DataFrame(
        [
            {
                "indicator": indicator, "level": level, "code": code, "period": period, "value": value,
                "numerator": numerator, "denominator": None, "lower": None, "upper": None,
                "status": "ok" if value is not None else "suppressed", "snapshot": snapshot,
            }
            for level, code, period, value, numerator, snapshot in rows
        ],
        schema=OBSERVATIONS,
    )  # fmt: skip
    return {indicator: table}


def series(values: dict[str, float], level: str = "france", code: str = "FR", snapshot: str = AMELI) -> list[tuple]:
    return [(level, code, period, value, None, snapshot) for period, value in values.items()]


def judged(name: str, by_indicator: dict[str, pl.DataFrame], documents: dict[str, str] | None = None) -> pl.DataFrame:
    every = [one for one in targets() if one.id == name]
    return trajectory_table(every, by_indicator, NONE, documents or {}, definitions())


def test_the_producer_s_own_table_is_retained_for_every_territory():
    rows = series({"2023": 5.0, "2024": 4.6, "2025-06-30": 4.2})
    rows += series({"2024": 6.0, "2025-06-30": 6.6}, "departement", "08")
    found = judged("ald_sans_mt", observed("ald_sans_mt", *rows))
    by_place = {row["code"]: row for row in found.to_dicts()}
    assert by_place["FR"]["verdict"] == "on_course"
    assert (by_place["FR"]["baseline_period"], by_place["FR"]["baseline"]) == ("2024", 4.6)  # known on 28 November 2024
    assert (by_place["08"]["verdict"], by_place["08"]["reason"]) == ("moving_away", "wrong_way")
    assert found["retained"].all()
    assert set(found["snapshots"]) == {AMELI}


def test_a_count_set_for_the_country_says_nothing_of_a_territory():
    rows = series({"2024": 6000, "2025": 8000}) + series({"2024": 60, "2025": 80}, "departement", "08")
    found = judged("assistants_medicaux", observed("assistants_medicaux", *rows))
    assert set(found["code"]) == {"FR"}


def test_growth_of_the_last_twelve_months_is_taken_from_the_series():
    found = judged("patientele_mt", observed("patientele_mt", *series({"2023": 1000, "2024": 1010, "2025": 1035})))
    (row,) = found.to_dicts()
    assert row["yearly"] == pytest.approx(100 * 25 / 1010)
    assert row["pace"] == pytest.approx(100 * 25 / 1010)  # since 2024, the last year known when it was set
    assert row["verdict"] == "reached"


def test_nothing_known_since_the_target_was_set_tells_the_last_step():
    found = judged("patientele_mt", observed("patientele_mt", *series({"2022": 1000, "2023": 990, "2024": 1010})))
    (row,) = found.to_dicts()
    assert (row["baseline_period"], row["latest_period"]) == ("2023", "2024")
    assert row["verdict"] == "reached"


def test_optam_is_judged_on_counts_and_never_on_rates():
    rates = observed("optam", *series({"2024": 52.0, "2025": 56.0}))
    assert judged("optam", rates).select("verdict", "reason").row(0) == ("not_measurable", "not_the_measure")
    counts = [("france", "FR", "2024", 52.0, 13_000.0, AMELI), ("france", "FR", "2025", 54.0, 13_800.0, AMELI)]
    (row,) = judged("optam", observed("optam", *counts)).to_dicts()
    assert (row["baseline"], row["latest"], row["verdict"]) == (13_000, 13_800, "reached")


def test_suppressed_figures_are_no_points():
    rows = [*series({"2024": 6.0}, "departement", "08"), ("departement", "08", "2025", None, None, AMELI)]
    found = judged("ald_sans_mt", observed("ald_sans_mt", *rows)).filter(pl.col("code") == "08")
    assert found.select("latest_period", "reason").row(0) == ("2024", "one_point")


def test_of_two_tables_the_one_that_goes_further_is_retained_and_the_other_is_told():
    rows = series({"2023": 5.0, "2024": 4.6}) + series({"2024": 5.0, "2025": 4.9}, snapshot="own@1")
    found = judged("ald_sans_mt", observed("ald_sans_mt", *rows))
    assert dict(found.select("source", "retained").iter_rows()) == {"ameli": False, "own": True}


def test_figures_of_a_document_stand_for_a_territory_where_no_table_does():
    rows = series({"2025": 0.0}, "departement", "08", "press@1")
    found = judged("couverture_sas", observed("couverture_sas", *rows), {"press": "press@1"})
    assert found.filter(pl.col("code") == "08").select("latest", "reason").row(0) == (0.0, "one_point")
    assert found.filter(pl.col("code") == "FR").select("reason").item() == "no_measure"


def local(**more: object) -> Target:
    asked = {"kind": "level", "value": 4.0, "date": "2027"}
    return Target(
        **{"id": "apl_mg@departement:23", "set": "local", "indicator": "apl_mg", "level": "departement", "code": "23",
           "title_fr": "a", "title_en": "a", "direction": "higher", "target": asked, "since": "2022"} | more
    )  # fmt: skip


def test_a_local_target_is_judged_at_its_territory_on_the_unbroken_series():
    values = {"2019": 9.0, "2021": 3.0, "2022": 3.1, "2023": 3.4}
    rows = [
        ("departement", code, year, value, None, f"drees_{year}@1")
        for code in ("23", "08")
        for year, value in values.items()
    ]
    found = trajectory_table([local()], observed("apl_mg", *rows), NONE, {}, definitions())
    (row,) = found.to_dicts()
    assert (row["code"], row["baseline_period"], row["latest_period"]) == ("23", "2022", "2023")
    assert (row["verdict"], row["snapshots"]) == ("on_course", "drees_2022@1, drees_2023@1")


def test_a_local_target_whose_territory_has_no_figure_says_so():
    found = trajectory_table([local()], {}, NONE, {}, definitions())
    assert found.select("level", "code", "reason").row(0) == ("departement", "23", "no_measure")


def test_tables_hold_every_indicator_and_target():
    rows = observed("ald_sans_mt", *series({"2023": 5.0, "2024": 4.6, "2025": 4.2}))["ald_sans_mt"]
    tables = standing_tables(rows, NONE, {}, definitions(), [local()])
    assert set(tables) == {"targets", "service_commitments", "trajectories", "trends"}
    assert tables["targets"]["id"].to_list() == [*(one.id for one in targets()), "apl_mg@departement:23"]
    assert tables["trends"].select("indicator", "outcome", "reading").rows() == [
        ("ald_sans_mt", "decreasing", "improving")
    ]


def test_a_local_target_is_in_the_unit_of_its_indicator():
    share = local(id="psmt@departement:23", indicator="psmt", direction="lower")
    grown = local(id="psmt@departement:08", indicator="psmt", direction="lower", code="08",
                  target={"kind": "yearly_growth", "value": -2.0, "unit": "percent", "date": ""})  # fmt: skip
    rows = observed("ald_sans_mt", *series({"2023": 5.0, "2024": 4.6}))["ald_sans_mt"]
    table = standing_tables(rows, NONE, {}, definitions(), [local(), share, grown])["targets"]
    units = {row["id"]: (row["unit"], row["measured"]) for row in table.to_dicts()}
    assert units["psmt@departement:23"] == ("percent", "percent")
    assert units["psmt@departement:08"] == ("percent", "percent")
    assert units["apl_mg@departement:23"] == ("count", "count")
    assert units["optam"] == ("percent", "count"), "a growth in per cent, of a number"


# Files of local targets -------------------------------------------------------------------------------------------

HEADER = "niveau;code;indicateur;nature;valeur;echeance;depuis;porteur;texte"
TERRITORIES = pl.DataFrame({"level": ["epci"], "code": ["241200187"], "name": ["Rodez"]})


def test_files_of_the_home_are_read_by_name_and_change_the_build(tmp_path: Path):
    folder = tmp_path / "targets"
    folder.mkdir()
    for name in ("b", "a"):
        (folder / f"{name}.csv").write_text(f"{HEADER}\nepci;241200187;apl_mg;niveau;4;;;Agglo;Contrat\n", "utf-8")
    files = local_files(tmp_path)
    assert [one.path.name for one in files] == ["a.csv", "b.csv"]
    before = files[0].key()
    (folder / "a.csv").write_text(f"{HEADER}\nepci;241200187;apl_mg;niveau;5;;;Agglo;Contrat\n", "utf-8")
    assert files[0].key() != before
    (one,) = read_local(files[:1], definitions(), TERRITORIES)
    assert (one.target.value, one.title_fr) == (5, definitions()["apl_mg"].title.fr)
    assert local_files(tmp_path / "nowhere") == []


def test_a_territory_that_does_not_exist_is_refused_with_its_line(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(f"{HEADER}\nepci;999999999;apl_mg;niveau;4;;;Agglo;Contrat\n", "utf-8")
    with pytest.raises(InputError, match=r"ligne 2.*epci:999999999"):
        read_local([LocalFile(file)], definitions(), TERRITORIES)


def test_a_file_that_is_gone_is_told(tmp_path: Path):
    with pytest.raises(StorageError):
        LocalFile(tmp_path / "gone.csv").key()
