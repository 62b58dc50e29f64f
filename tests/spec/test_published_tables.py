"""The transcribed tables say what the report prints; the figures here were read from the report by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vigie.errors import InputError, UnknownNameError
from vigie.sources.published import tables as published

CELLS = {1: 40, 2: 39, 3: 24, 4: 16, 5: 8, 7: 60, 8: 40, 9: 40, 10: 40, 11: 40, 12: 32, 13: 18, 14: 8}

# table, row, column, period, what the report prints
PRINTED = [
    (1, "soins_generalistes", "montant", "2015", 5.0),
    (1, "soins_infirmiers", "montant", "2020", 8.4),
    (1, "total_soins_premier_recours", "montant", "2015", 20.7),
    (1, "total_depenses_remboursees", "montant", "2019", 166.9),
    (1, "part_soins_premier_recours", "part", "2020", 13.3),
    (2, "mg_liberaux", "effectif", "2012", 64.1),
    (2, "mg_mixtes", "evolution", "2012/2022", 76.5),
    (2, "specialistes_acces_direct", "evolution", "2012/2022", -12.7),
    (2, "infirmieres", "effectif", "2021", 123.4),
    (2, "masseurs_kinesitherapeutes", "effectif", "2020", 75.6),
    (2, "total_paramedicales", "effectif", "2022", 222.8),
    (2, "total", "effectif", "2022", 379.1),
    (3, "vouzinois", "passages", "2022", 9259),
    (3, "porte_luxembourg", "ccmu1_total", "2022", 50),
    (3, "charleville_et_alentours", "ccmu1_semaine", "2022", 27),
    (3, "rives_de_la_meuse", "ccmu1_permanence_des_soins", "2022", 18),
    (3, "total_ardennes", "passages", "2022", 93466),
    (4, "regime_general", "patients", "2022-09-30", 48.8),
    (4, "regime_general", "psmt", "2015-12-31", 9.3),
    (4, "beneficiaires_c2s", "psmt", "2022-09-30", 16.4),
    (4, "ecart_de_proportion", "psmt", "2019-12-31", 3.4),
    (5, "aides_demographiques", "montant_annuel", "2020", 100),
    (5, "structures_exercice_coordonne", "montant_annuel", "2022", 530),
    (5, "emplois_de_soutien", "montant_annuel", "2024", 425),
    (5, "total", "montant_annuel", "", 1055),
    (7, "effectif", "ensemble", "2012", 101435),
    (7, "effectif", "ensemble", "2022", 99941),
    (7, "effectif", "liberaux_exclusifs", "2012", 64142),
    (7, "effectif", "liberaux_exclusifs", "2022", 57033),
    (7, "effectif", "salaries_hospitaliers", "2020", 19172),
    (7, "evolution", "autres_salaries", "2012/2022", -0.1),
    (8, "effectif", "stomatologie", "2012", 1065),
    (8, "effectif", "gynecologie_medicale", "2022", 1519),
    (8, "effectif", "psychiatrie", "2018", 6385),
    (8, "evolution", "gynecologie_medicale", "2012/2022", -52.4),
    (9, "effectif", "ensemble", "2016", 74484),
    (9, "effectif", "mixtes", "2012", 134),
    (9, "effectif", "liberaux_exclusifs", "2022", 28482),
    (9, "evolution", "salaries_hospitaliers", "2012/2022", 20.4),
    (10, "effectif", "ensemble", "2022", 44154),
    (10, "effectif", "liberaux_exclusifs", "2014", 35088),
    (10, "effectif", "salaries_hospitaliers", "2021", 748),
    (10, "evolution", "salaries_hospitaliers", "2012/2022", 104.9),
    (11, "effectif", "ensemble", "2020", 23175),
    (11, "effectif", "liberaux_exclusifs", "2012", 2868),
    (11, "effectif", "mixtes", "2022", 2432),
    (11, "evolution", "mixtes", "2012/2022", 138.0),
    (12, "effectif", "infirmieres", "2021", 123357),
    (12, "effectif", "orthophonistes", "2022", 20657),
    (12, "effectif", "orthoptistes", "2012", 2419),
    (12, "effectif", "masseurs_kinesitherapeutes", "2018", 72655),
    (12, "evolution", "infirmieres", "2012/2021", 41.9),
    (13, "assistants_dentaires", "effectif", "2022", 37235),
    (13, "mediateurs", "effectif", "2022", 900),
    (13, "assistants_medicaux", "effectif", "2012", 0),
    (13, "psychologues", "effectif", "2012", 38128),
    (13, "total", "effectif", "2022", 119262),
    (14, "aides_demographiques", "montant", "2020", 100),
    (14, "exercice_coordonne", "montant", "2022", 530),
    (14, "assistants_medicaux", "montant", "2024", 425),
    (14, "total", "montant", "", 1055),
]

# table, row, column, period, what the report prints in place of a figure
WITHOUT_FIGURE = [
    (4, "ecart_de_proportion", "patients", "2022-09-30", "case vide"),
    (12, "effectif", "infirmieres", "2022", "case vide"),
    (12, "effectif", "masseurs_kinesitherapeutes", "2021", "case vide"),
    (13, "mediateurs", "effectif", "2012", "imprimé « ? »"),
    (13, "assistants_medicaux", "evolution", "2012/2022", "imprimé « ns »"),
]

# table, relation, printed, recomputed: all that do not hold
MISMATCHES = [
    (1, "premier_recours_total[2015]", 20.7, 20.0),
    (2, "annexe_evolution_infirmieres", 41.8, 41.87),
    (2, "annexe_evolution_orthoptistes", 32.0, 31.87),
    (2, "annexe_evolution_specialistes_acces_direct", -12.7, -11.34),
    (2, "evolution[specialistes_acces_direct]", -12.7, -11.17),
    (2, "evolution_infirmieres", 41.8, 42.0),
    (2, "texte_dentistes_decroissent", 0, 1.4),
    (2, "texte_deux_professions_200", 200, 199.0),
    (3, "texte_ardennes_40", 40, 39),
    (4, "texte_effectif_psmt_2022", 6.7, 5.95),
    (5, "texte_emplois_250", 250, 425),
    (7, "texte_autres_secteurs", 14000, 15532),
    (7, "texte_centres_de_sante", 4300, 2671),
    (7, "texte_cnam_52_000_2020", 52000, 66634),
    (7, "texte_cnam_liberaux_exclusifs_2021", 48541, 57533),
    (7, "texte_cnam_omnipraticiens_2021", 57156, 65898),
    (7, "texte_desormais_95_000", 95000, 99941),
    (7, "texte_remplacants", 15000, 10498),
    (8, "texte_tableau_2_evolution", -12.7, -11.34),
    (10, "texte_42_000_en_activite", 42000, 44154),
    (10, "texte_cnam_liberaux_2021", 37458, 36895),
    (10, "texte_cnam_liberaux_exclusifs_2021", 35725, 34010),
    (10, "texte_compensee_en_partie", 0, 1.45),
    (11, "texte_cnam_liberales_2021", 7223, 7929),
    (12, "texte_deux_professions_200_000", 200000, 198908),
    (12, "texte_tableau_2_infirmieres", 41.8, 41.9),
    (12, "texte_tableau_2_orthoptistes", 32.0, 31.9),
    (13, "texte_dieteticiens_2022", 8000, 6792),
    (13, "texte_dieteticiens_quasi_doublement", 100, 126),
    (13, "texte_psychologues_liberaux", 24977, 70790),
    (14, "texte_aides_2020_conventionnelles", 95.6, 73.1),
    (14, "texte_aides_2020_medecins_contrats", 28.7, 31.6),
    (14, "texte_aides_2020_total", 73.1, 72.2),
    (14, "texte_emplois_250", 250, 425),
]


def table_id(number: int) -> str:
    return f"cour_2024_tableau_{number:02d}"


def line_of(number: int, row: str, column: str, period: str) -> dict[str, object]:
    found = published.cells(table_id(number)).filter(row_id=row, column_id=column, period=period)
    assert found.height == 1
    return found.row(0, named=True)


def test_every_table_with_numbers_is_there() -> None:
    cour = [table for table in published.tables().values() if table.document == "cour_comptes_2024"]
    assert sorted(table.number for table in cour) == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14]


@pytest.mark.parametrize(("number", "count"), CELLS.items())
def test_every_printed_cell_has_a_line(number: int, count: int) -> None:
    assert published.cells(table_id(number)).height == count


@pytest.mark.parametrize(("number", "row", "column", "period", "value"), PRINTED)
def test_a_cell_is_what_the_report_prints(number: int, row: str, column: str, period: str, value: float) -> None:
    assert line_of(number, row, column, period)["value"] == value


@pytest.mark.parametrize(("number", "row", "column", "period", "mark"), WITHOUT_FIGURE)
def test_a_cell_without_figure_keeps_its_mark(number: int, row: str, column: str, period: str, mark: str) -> None:
    line = line_of(number, row, column, period)
    assert line["value"] is None
    assert line["note_fr"] == mark


@pytest.mark.parametrize("number", CELLS)
def test_every_relation_is_verified(number: int) -> None:
    relations = published.verify(table_id(number))
    assert len(relations) >= 5
    assert all(relation.holds == (relation.mismatch is None) for relation in relations)


def test_the_mismatches_are_these_and_no_other() -> None:
    found = {
        (number, relation.name): (relation.printed, round(relation.recomputed, 2))
        for number in CELLS
        for relation in published.verify(table_id(number))
        if not relation.holds
    }
    assert found == {(number, name): (printed, value) for number, name, printed, value in MISMATCHES}


def test_totals_of_the_yearly_tables_are_checked_each_year() -> None:
    years = [r.name for r in published.verify(table_id(7)) if r.kind == "sum"]
    assert years == [f"ensemble[{year}]" for year in range(2012, 2023)]


def test_only_the_table_by_cpts_is_territorial() -> None:
    territorial = [table for table in published.tables().values() if not table.context_only]
    assert [table.id for table in territorial] == [table_id(3)]
    rows = set(published.cells(table_id(3))["row_id"])
    assert territorial[0].territories.keys() == rows
    assert territorial[0].territories["total_ardennes"] == "departement:08"
    assert territorial[0].territories["vouzinois"] == "perimeter:cpts-vouzinois"


def test_the_series_of_general_practitioners() -> None:
    series = published.rpps_series().filter(indicator="rpps_mg_liberaux").row(0, named=True)
    cells = published.cells(series["table"]).filter(row_id=series["row_id"], column_id=series["column_id"])
    assert cells["period"].to_list() == [str(year) for year in range(2012, 2023)]
    assert (cells["value"][0], cells["value"][-1]) == (64142, 57033)


def test_each_profession_has_one_series() -> None:
    ids = published.rpps_series()["indicator"].to_list()
    assert len(set(ids)) == len(ids)
    assert {
        "rpps_mg", "rpps_pharmaciens", "rpps_dentistes", "rpps_sages_femmes",
        "rpps_infirmiers", "rpps_kines", "rpps_orthophonistes", "rpps_orthoptistes",
    } <= set(ids)  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str, str], None]]:
    """A copy of the tables in which a text may be replaced, once."""
    folder = tmp_path / "tables"
    shutil.copytree(Path(published.__file__).parent / "tables", folder)
    monkeypatch.setattr(published, "_FOLDER", folder)

    def forget() -> None:
        for cached in (published.tables, published.cells, published.rpps_series):
            cached.cache_clear()

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        forget()

    forget()
    yield replace
    forget()


Replace = Callable[[str, str, str], None]


def test_a_wrong_figure_is_refused(copy: Replace) -> None:
    copy("cour_2024_tableau_07.csv", ",2015,101935,", ",2015,101936,")
    with pytest.raises(InputError, match=r"ensemble\[2015\].*n’est pas déclaré"):
        published.verify(table_id(7))


def test_a_declared_mismatch_that_holds_is_refused(copy: Replace) -> None:
    copy("cour_2024_tableau_01.csv", "2015,2015,20.7,", "2015,2015,20.0,")
    with pytest.raises(InputError, match="n’en est pas un"):
        published.verify(table_id(1))


def test_a_mismatch_with_other_figures_is_refused(copy: Replace) -> None:
    copy("cour_2024_tableau_01.toml", "recomputed = 20.0", "recomputed = 20.1")
    with pytest.raises(InputError, match="d’autres chiffres"):
        published.verify(table_id(1))


def test_a_mismatch_without_relation_is_refused(copy: Replace) -> None:
    copy("cour_2024_tableau_03.toml", 'relation = "texte_ardennes_40"', 'relation = "texte_ardennes"')
    with pytest.raises(InputError):
        published.verify(table_id(3))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",2015,101935,count,", ",2015,101 935,count,", "ligne 17.*nombre attendu"),
        (",2015,101935,count,", ",2015,,count,", "cellule vide sans la marque"),
        (",2015,101935,count,", ",2015,101935,heads,", "unité inconnue"),
        (",2015,101935,count,", ",2014,101935,count,", "cellule en double"),
        ("effectif,2015,ensemble,", "effectif,2015,Ensemble !,", "identifiant malformé"),
        ("period,value,unit", "period,valeur,unit", "en-tête attendu"),
    ],
)
def test_a_malformed_line_is_refused_with_its_place(copy: Replace, old: str, new: str, message: str) -> None:
    copy("cour_2024_tableau_07.csv", old, new)
    with pytest.raises(InputError, match=message) as caught:
        published.cells(table_id(7))
    assert "cour_2024_tableau_07.csv" in caught.value.message("en")


def test_a_relation_that_names_no_cell_is_refused(copy: Replace) -> None:
    copy("cour_2024_tableau_05.toml", 'parts = [\n  { row = "aides_demographiques"', 'parts = [\n  { row = "aides"')
    with pytest.raises(InputError, match="0 cellule"):
        published.verify(table_id(5))


def test_an_unknown_key_in_a_description_is_refused(copy: Replace) -> None:
    copy("cour_2024_tableau_05.toml", "number = 5", "number = 5\ncolour = 1")
    with pytest.raises(InputError, match=r"colour.*clé inconnue"):
        published.tables()


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(UnknownNameError, match="cour_2024_tableau_06"):
        published.cells(table_id(6))
