"""The producers' own formats, on files generated from their documented contracts (no producer's file is at hand)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from vigie.errors import InputError
from vigie.sources import examine, read, source

GP_HEADER = (
    "Code commune INSEE",
    "Commune",
    "APL aux médecins généralistes",
    "APL aux médecins généralistes de 65 ans et moins",
    "APL aux médecins généralistes de 62 ans et moins",
    "APL aux médecins généralistes de 60 ans et moins",
    "Population standardisée 2021 pour la médecine générale",
    "Population totale 2021",
)
MIDWIFE_HEADER = (
    "Code commune INSEE",
    "Commune",
    "APL aux sages-femmes",
    "Population féminine standardisée 2021 pour les sages-femmes",
    "Population totale 2021",
    "Population féminine 2021",
)
UNITS = (None, None, "En nombre de consultations/visites accessibles par an par habitant standardisé", None)
AIN = ("01001", "L'Abergement-Clémenciat", 1.942, 1.9, 1.8, 1.7, 780.5, 832)
PARIS = ("75101", "Paris 1er Arrondissement", 4.2, 3.5, 3.0, 2.5, 15000, 15919)
GP_FILE = "indicateur_d_apl_aux_medecins_generalistes.xlsx"


def workbook(
    folder: Path, rows: Sequence[Sequence[Any]], header: Sequence[Any] = GP_HEADER, name: str = GP_FILE, top: int = 8
) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Lisez-moi"
    for year in (2022, 2023):
        sheet = book.create_sheet(f"APL {year}")
        for row in [*[(f"note {n}",) for n in range(top)], header, UNITS, *rows]:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def test_a_workbook_of_gps_gives_four_fields_a_year(tmp_path: Path) -> None:
    apl = read("drees_apl_workbook", workbook(tmp_path, [AIN, PARIS]))
    assert apl.height == 2 * 4 * 2
    assert set(apl["year"]) == {2022, 2023}
    assert set(apl["profession"]) == {"mg"}
    ain = apl.filter(pl.col("code") == "01001", pl.col("year") == 2023)
    assert dict(ain.select("field", "value").rows()) == {"all": 1.942, "65": 1.9, "62": 1.8, "60": 1.7}
    assert set(ain["population_std"]) == {780.5}
    assert set(ain["population"]) == {832.0}


def test_a_workbook_of_midwives_takes_the_standardised_women(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [("01001", "L'Abergement-Clémenciat", 26.8, 333.1, 832, 410)],
        MIDWIFE_HEADER,
        "Indicateur d'accessibilité potentielle localisée (APL) aux sages-femmes.xlsx",
    )
    apl = read("drees_apl_workbook", path)
    assert apl.filter(pl.col("year") == 2022).row(0) == ("01001", 2022, "sages_femmes", "all", 26.8, 333.1, 832.0)


def test_notes_below_the_table_are_dropped_and_counted(tmp_path: Path) -> None:
    path = workbook(tmp_path, [AIN, (), ("Lecture : une APL de 3 signifie…",), ("Source : DREES",)])
    found = examine(source("drees_apl_workbook"), path)
    assert found.table["code"].unique().to_list() == ["01001"]
    assert [note.count for note in found.notes] == [2, 2]


@pytest.mark.parametrize(
    ("rows", "row", "words"),
    [
        ([AIN, (1001, "Sans zéro", 1, 1, 1, 1, 1, 1)], 12, "zéro initial"),
        ([AIN, ("01002", "Texte", "abc", 1, 1, 1, 1, 1)], 12, "un nombre était attendu"),
        ([AIN, AIN], 12, "en double"),
        ([AIN, ("01002", "Négative", -1, 1, 1, 1, 1, 1)], 12, "au moins égal à 0"),
        ([("75056", "Paris", 4, 4, 4, 4, 2e6, 2e6)], 11, "arrondissements"),
    ],
)
def test_a_bad_row_is_named_with_its_sheet(tmp_path: Path, rows: list[tuple[Any, ...]], row: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read("drees_apl_workbook", workbook(tmp_path, rows))
    assert caught.value.where.row == row
    assert caught.value.where.sheet == "APL 2022"


def test_a_shifted_header_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="l'en-tête est en ligne 8") as caught:
        read("drees_apl_workbook", workbook(tmp_path, [AIN], top=7))
    assert caught.value.where.sheet == "APL 2022"


def test_a_missing_row_of_units_is_a_shifted_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "APL 2022"
    for row in [*[("note",)] * 8, GP_HEADER, AIN, PARIS]:
        book.active.append(row)
    book.save(tmp_path / GP_FILE)
    with pytest.raises(InputError, match="devrait porter les unités"):
        read("drees_apl_workbook", tmp_path / GP_FILE)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    header = (*GP_HEADER[:6], "Autre chose", GP_HEADER[7])
    with pytest.raises(InputError, match="la population standardisée") as caught:
        read("drees_apl_workbook", workbook(tmp_path, [AIN], header))
    assert caught.value.where.row == 9


def test_an_empty_sheet_and_a_workbook_without_years(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "APL 2022"
    book.save(tmp_path / GP_FILE)
    with pytest.raises(InputError, match="feuille vide"):
        read("drees_apl_workbook", tmp_path / GP_FILE)
    book.active.title = "Feuil1"
    book.save(tmp_path / GP_FILE)
    with pytest.raises(InputError, match="Feuil1"):
        read("drees_apl_workbook", tmp_path / GP_FILE)


def test_a_sheet_without_data(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="aucune ligne de données") as caught:
        read("drees_apl_workbook", workbook(tmp_path, []))
    assert caught.value.where.sheet == "APL 2022"


def test_a_workbook_whose_name_tells_no_profession(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="profession"):
        read("drees_apl_workbook", workbook(tmp_path, [AIN], name="classeur.xlsx"))


# data.ameli.fr

ALD = "annee,region,libelle_region,departement,libelle_departement,taux_patients_ald_sans_mt,{twin}"
ALD = ALD.format(twin="taux_patients_ald_sans_mt_integer").split(",")
ALD_ROWS = [
    ("2023", "99", "FRANCE", "999", "FRANCE", "4,6", 4.6),
    ("2023", "84", "Auvergne-Rhône-Alpes", "999", "Tout département", "4,1", 4.1),
    ("2023", "84", "Auvergne-Rhône-Alpes", "01", "Ain", "5", 5.0),
    ("2023", "94", "Corse", "2A", "Corse-du-Sud", "NS", None),
    ("2023", "01", "Guadeloupe", "971", "Guadeloupe", None, None),
    ("2023", "inconnu", "inconnu", "inconnu", "inconnu", "7,7", 7.7),
]
EXPECTED = [
    ("ald_sans_mt", "france", "FR", "2023", 4.6, None, None, "ok"),
    ("ald_sans_mt", "region", "84", "2023", 4.1, None, None, "ok"),
    ("ald_sans_mt", "departement", "01", "2023", 5.0, None, None, "ok"),
    ("ald_sans_mt", "departement", "2A", "2023", None, None, None, "suppressed"),
    ("ald_sans_mt", "departement", "971", "2023", None, None, None, "missing"),
]


def csv_text(header: Sequence[str], rows: Sequence[Sequence[Any]], separator: str) -> str:
    def cell(value: Any) -> str:
        text = "" if value is None else str(value)
        return f'"{text}"' if separator in text else text

    return "".join(separator.join(map(cell, row)) + "\r\n" for row in [header, *rows])


def write_export(folder: Path, kind: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    path = folder / f"patients-longueduree-annuelle.{kind.split()[0]}"
    records = [dict(zip(header, row, strict=True)) for row in rows]
    if kind == "json":
        path.write_text(json.dumps(records), encoding="utf-8")
    elif kind == "parquet":
        pl.DataFrame(records).with_columns(couvert=True).write_parquet(path)
    else:
        path.write_text(csv_text(header, rows, kind[-1]), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("kind", ["csv ;", "csv ,", "json", "parquet"])
def test_a_commitment_reads_the_same_from_every_export(tmp_path: Path, kind: str) -> None:
    found = examine(source("ameli_ald_sans_mt"), write_export(tmp_path, kind, ALD, ALD_ROWS))
    assert found.table.rows() == EXPECTED
    assert [(note.count, note.text.en) for note in found.notes] == [(1, "rows of unknown territory, dropped")]


def test_a_twin_export_has_the_day_that_ends_the_period(tmp_path: Path) -> None:
    header = ["annee", "date", "region", "departement", "taux_population_couverte", "couvert"]
    rows = [("2025-01-01", "2025-06-30", "99", "999", "96,4 %", "oui"), ("2025", "30/06/2025", "44", "08", "0", "non")]
    path = write_export(tmp_path, "csv ;", header, rows)
    assert read("ameli_couverture_sas", path).select("level", "code", "period", "value").rows() == [
        ("france", "FR", "2025-06-30", 96.4),
        ("departement", "08", "2025-06-30", 0.0),
    ]


def test_numbers_that_stand_for_codes_in_json_get_their_zero_back(tmp_path: Path) -> None:
    rows = [(2023, 1, "Guadeloupe", 971, "Guadeloupe", "4,6", 4.6), (2023, 84, "ARA", 1, "Ain", "5", 5.0)]
    path = write_export(tmp_path, "json", ALD, rows)
    assert read("ameli_ald_sans_mt", path)["code"].to_list() == ["971", "01"]


def test_numbers_that_stand_for_codes_in_parquet_get_their_zero_back(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    columns = {"annee": [date(2025, 1, 1)], "date": [date(2025, 6, 30)], "region": [84], "departement": [1]}
    pl.DataFrame(columns | {"taux_patients_ald_sans_mt": [4.25]}).write_parquet(path)
    assert read("ameli_ald_sans_mt", path).row(0)[2:5] == ("01", "2025-06-30", 4.25)


def test_the_parsed_twin_fills_a_blank_text(tmp_path: Path) -> None:
    path = write_export(tmp_path, "json", ALD, [("2023", "84", "ARA", "01", "Ain", None, 5.0)])
    assert read("ameli_ald_sans_mt", path).row(0)[4:] == (5.0, None, None, "ok")


@pytest.mark.parametrize(
    "source_id",
    [
        "ameli_ald_sans_mt",
        "ameli_assistants_medicaux",
        "ameli_couverture_sas",
        "ameli_file_active",
        "ameli_installations_zones_sous_denses",
        "ameli_optam",
        "ameli_patientele_mt",
        "ameli_primo_installes_mg",
    ],
)
def test_each_of_the_eight_commitments_has_a_reader(tmp_path: Path, source_id: str) -> None:
    fields = source(source_id).fields
    header = ["annee", "date", "region", "departement", fields["value"]]
    path = write_export(tmp_path, "csv ;", header, [("2024", "2024-09-30", "99", "999", "1 577")])
    assert read(source_id, path).rows() == [
        (fields["indicator"], "france", "FR", "2024-09-30", 1577.0, None, None, "ok"),
    ]


def test_the_annual_export_of_optam_has_the_counts_that_its_target_needs(tmp_path: Path) -> None:
    header = ["annee", "profession_sante", "region", "departement", "effectif_medecin_optam", "taux_adhesion"]
    rows = [("2024", "Médecins", "99", "999", "18 000", "53,1"), ("2024", "Médecins", "94", "2A", "NS", "NS")]
    found = read("ameli_optam", write_export(tmp_path, "csv ;", header, rows))
    assert found.select("value", "numerator", "status").rows() == [(53.1, 18000.0, "ok"), (None, None, "suppressed")]
    with pytest.raises(InputError) as caught:
        read("ameli_optam", write_export(tmp_path, "csv ;", [*header[:4], "effectif", header[5]], rows))
    assert caught.value.where.column == "effectif_medecin_optam"


def test_several_professions_where_one_belongs_are_refused(tmp_path: Path) -> None:
    header = ["annee", "profession_sante", "region", "departement", "nombre_patients_uniques"]
    rows = [("2024", "Généralistes", "99", "999", "1577"), ("2024", "Cardiologues", "99", "999", "2000")]
    with pytest.raises(InputError, match="plusieurs professions") as caught:
        read("ameli_file_active", write_export(tmp_path, "csv ;", header, rows))
    assert (caught.value.where.row, caught.value.where.value) == (3, "Cardiologues")


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"annee": "an"}, "annee", "colonne absente"),
        ({"taux_patients_ald_sans_mt": "taux_ald"}, "taux_patients_ald_sans_mt", "colonne absente"),
        ({"departement": "dep"}, "departement", "colonne absente"),
    ],
)
def test_a_renamed_column_is_named(tmp_path: Path, change: dict[str, str], column: str, words: str) -> None:
    header = [change.get(name, name) for name in ALD]
    with pytest.raises(InputError, match=words) as caught:
        read("ameli_ald_sans_mt", write_export(tmp_path, "csv ;", header, ALD_ROWS))
    assert caught.value.where.column == column


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("2023", "84", "", "1", "", "5", None), "departement", "zéro initial"),
        (("2023", "8", "", "69", "", "5", None), "region", "zéro initial"),
        (("2023", "99", "", "01", "", "5", None), "departement", "région 99"),
        (("2023", "84", "", "01", "", "beaucoup", None), "taux_patients_ald_sans_mt", "nombre"),
        (("20x3", "84", "", "01", "", "5", None), "annee", "année"),
        (("2023", "84", "", "01", "", "5", 0.05), "taux_patients_ald_sans_mt_integer", "portail"),
        (("2023", None, "", "01", "", "5", None), "region", "obligatoire"),
    ],
)
def test_a_bad_value_is_named_with_its_line(tmp_path: Path, row: tuple[Any, ...], column: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read("ameli_ald_sans_mt", write_export(tmp_path, "csv ;", ALD, [ALD_ROWS[0], row]))
    assert (caught.value.where.row, caught.value.where.column) == (3, column)


def test_a_page_of_records_is_not_the_whole_data_set(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    record = dict(zip(ALD, ALD_ROWS[0], strict=True))
    path.write_text(json.dumps({"total_count": 2, "results": [record]}), encoding="utf-8")
    with pytest.raises(InputError, match="page de 1 enregistrements sur 2"):
        read("ameli_ald_sans_mt", path)
    path.write_text(json.dumps({"total_count": 1, "results": [record]}), encoding="utf-8")
    assert read("ameli_ald_sans_mt", path).rows() == EXPECTED[:1]


def test_suppressed_missing_and_zero_stay_apart_in_the_demography(tmp_path: Path) -> None:
    header = ["annee", "profession_sante", "region", "departement", "classe_age", "libelle_sexe", "effectif", "densite"]
    rows = [
        ("2024", "Sages-femmes", "84", "01", "tout_age", "tout sexe", "0", "0,0".replace(",", ".")),
        ("2024", "Sages-femmes", "84", "03", "tout_age", "tout sexe", "NS", "NS"),
        ("2024", "Sages-femmes", "84", "07", "tout_age", "tout sexe", None, None),
    ]
    path = write_export(tmp_path, "csv ;", header, rows)
    assert read("ameli_demography", path).select("code", "count", "status").rows() == [
        ("01", 0, "ok"),
        ("03", None, "suppressed"),
        ("07", None, "missing"),
    ]


# FINESS


def structure(finess: str, name: str, departement: str, commune: str, opened: str = "1979-02-13") -> str:
    row = [""] * 32
    row[0:4] = ["structureet", finess, "010780054", name]
    row[12:14] = [commune, departement]
    row[18:20] = ["355", "Centre Hospitalier (C.H.)"]
    row[28] = opened
    return ";".join(row)


def position(finess: str, x: str, y: str, projection: str) -> str:
    return f"geolocalisation;{finess};{x};{y};{projection};2026-05-04"


FINESS_LINES = [
    "finess;etalab;98;2026-05-12",
    structure("010000024", "CH DE FLEYRIAT", "01", "451"),
    structure("2A0000014", "CH D'AJACCIO", "2A", "004"),
    structure("970100012", "CHU DE LA GUADELOUPE", "9A", "120"),
    structure("750000001", "SANS COORDONNÉES", "75", "114", ""),
    position("010000024", "870262.2", "6571540.8", "1,ATLASANTE,96,BAN,EPSG:2154 RGF93 / Lambert-93 (Métropole)"),
    position("974000001", "338000.0", "7692000.0", "sans nom"),
    structure("974000001", "CHU DE LA RÉUNION", "9D", "411"),
    position("2A0000014", "1178000.0", "6106000.0", "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.1,LAMBERT_93"),
    position("970100012", "657242.9", "1795384.4", "2,ATLASANTE,96,BAN,EPSG:5490 RGAF09/UTM Zone 20N (Antilles)"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_the_national_extraction_of_finess(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "etalab-cs1100507-stock-20260512-0427.csv"
    path.write_text("\n".join(FINESS_LINES) + "\n", encoding=encoding)
    found = examine(source("finess"), path)
    table = found.table
    assert table["commune"].to_list() == ["01451", "2A004", "97120", "75114", "97411"]
    assert table["departement"].to_list() == ["01", "2A", "971", "75", "974"]
    assert table["name"].to_list()[3] == "SANS COORDONNÉES"
    assert table["opened"].to_list() == [date(1979, 2, 13)] * 3 + [None, date(1979, 2, 13)]
    places = dict(zip(table["finess"], table.select("lon", "lat").rows(), strict=True))
    assert places["010000024"] == pytest.approx((5.2, 46.2), abs=0.1)
    assert places["2A0000014"] == pytest.approx((8.7, 41.9), abs=0.2)
    assert places["970100012"] == pytest.approx((-61.5, 16.2), abs=0.1)
    assert places["974000001"] == pytest.approx((55.4, -20.9), abs=0.1)
    assert places["750000001"] == (None, None)
    assert [note.count for note in found.notes] == [1]


@pytest.mark.parametrize(
    ("line", "row", "words"),
    [
        ("structureet;010000099;tronquée", 11, "3 champs au lieu de 32"),
        (structure("010000024", "ENCORE", "01", "451"), 11, "en double"),
        (structure("010000099", "X", "01", "45"), 11, "trois chiffres"),
        ("structureet;" + "x" * 140_000, 11, "illisible"),
        (position("010000024", "abc", "1", "LAMBERT_93"), 11, "un nombre"),
        (position("750000001", "1", "1", "EPSG:99999"), 11, "projection inconnue"),
        ("geolocalisation;010000024", 11, "coordonnées incomplètes"),
        (position("", "1", "1", "LIBRE"), 11, "valeur obligatoire absente"),
    ],
)
def test_a_bad_line_of_finess_is_named(tmp_path: Path, line: str, row: int, words: str) -> None:
    path = tmp_path / "etalab-cs1100507-stock.csv"
    path.write_text("\n".join([*FINESS_LINES, line]), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read("finess", path)
    assert caught.value.where.row == row


def test_a_file_that_is_not_the_extraction(tmp_path: Path) -> None:
    path = tmp_path / "etalab-cs1100507-stock.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match="structureet"):
        read("finess", path)


# BPE

BPE_COUNTS = """\
"GEO";"GEO_OBJECT";"FACILITY_DOM";"FACILITY_SDOM";"FACILITY_TYPE";"BPE_MEASURE";"TIME_PERIOD";"OBS_VALUE"
"01";"DEP";"D";"D2";"D265";"FACILITIES";2024;400
"01001";"COM";"D";"D2";"D265";"FACILITIES";2024;2
"01001";"COM";"D";"D3";"D307";"FACILITIES";2024;1
"01002";"COM";"F";"F1";"F101";"FACILITIES";2024;3
"75056";"COM";"D";"D2";"D265";"FACILITIES";2024;2100
"75101";"ARM";"D";"D2";"D265";"FACILITIES";2024;41
"""
BPE_LABELS = """COD_VAR;LIB_VAR;COD_MOD;LIB_MOD
FACILITY_TYPE;Type d'équipement;D106;Urgences
FACILITY_TYPE;Type d'équipement;D108;Centre de santé
FACILITY_TYPE;Type d'équipement;D113;Maison de santé pluridisciplinaire
FACILITY_TYPE;Type d'équipement;D265;Médecin généraliste
FACILITY_TYPE;Type d'équipement;D276;Sage-femme
FACILITY_TYPE;Type d'équipement;D277;Chirurgien-dentiste
FACILITY_TYPE;Type d'équipement;D279;Masseur-kinésithérapeute
FACILITY_TYPE;Type d'équipement;D281;Infirmier
FACILITY_TYPE;Type d'équipement;D307;Pharmacie
GEO;Territoire;01001;L'Abergement-Clémenciat
"""


def bpe_archive(folder: Path, counts: str = BPE_COUNTS, labels: str = BPE_LABELS) -> Path:
    path = folder / "DS_BPE_CSV_FR.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("DS_BPE_2024_data.csv", counts)
        opened.writestr("DS_BPE_2024_metadata.csv", labels)
    return path


def test_the_archive_of_the_bpe(tmp_path: Path) -> None:
    found = examine(source("bpe"), bpe_archive(tmp_path))
    rows = {(code, kind): count for code, _, kind, count in found.table.rows()}
    assert rows["01001", "d201"] == 2
    assert rows["01001", "d307"] == 1
    assert rows["75101", "d201"] == 41
    assert rows["01001", "d231"] == 0  # named by the file for something else: none there
    assert rows["01002", "d201"] == 0
    assert {code for code, _ in rows} == {"01001", "01002", "75101"}  # neither whole Paris nor the département
    assert set(found.table["year"]) == {2024}
    assert len(rows) == 3 * 9


@pytest.mark.parametrize(
    ("counts", "labels", "words"),
    [
        (BPE_COUNTS.replace('"OBS_VALUE"', '"VALEUR"'), BPE_LABELS, "OBS_VALUE"),
        (BPE_COUNTS.replace("2024;41", "2024;beaucoup"), BPE_LABELS, "un nombre"),
        (BPE_COUNTS.replace('"01001"', '"1001"'), BPE_LABELS, "zéro initial"),
        (BPE_COUNTS.replace('"COM"', '"IRIS"').replace('"ARM"', '"IRIS"'), BPE_LABELS, "aucune ligne de commune"),
        (BPE_COUNTS.replace("D265", "D999").replace("D307", "D999"), BPE_LABELS, "aucun équipement de santé"),
        (BPE_COUNTS, BPE_LABELS.replace("Infirmier", "Soignant"), "un code et un seul"),
        (BPE_COUNTS + '"01002";"COM";"D";"D3";"D307";"FACILITIES";2024;1;9;9\n', BPE_LABELS, "illisibles"),
    ],
)
def test_what_is_wrong_in_the_archive_of_the_bpe_is_named(tmp_path: Path, counts: str, labels: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read("bpe", bpe_archive(tmp_path, counts, labels))
    assert "DS_BPE_CSV_FR.zip" in caught.value.message("en")


def test_an_archive_cut_short_or_without_its_files_is_refused(tmp_path: Path) -> None:
    whole = bpe_archive(tmp_path).read_bytes()
    (tmp_path / "DS_BPE_CSV_FR.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="tronquée ou abîmée"):
        read("bpe", tmp_path / "DS_BPE_CSV_FR.zip")
    with zipfile.ZipFile(tmp_path / "DS_BPE_CSV_FR.zip", "w") as opened:
        opened.writestr("lisez-moi.txt", "rien")
    with pytest.raises(InputError, match=r"_data\.csv"):
        read("bpe", tmp_path / "DS_BPE_CSV_FR.zip")
