"""The figures transcribed from the first half of the Cour des comptes report of 2024 (lines 1–3400)."""

import csv
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "src/vigie/sources/published/figures/cour_comptes_2024_a.csv"
SHARED = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared"))
SEED = SHARED / "seeds/1-cour-des-comptes-soins-premier-recours-2024.txt"
LAST_LINE = 3400

HEADER = (
    "id,theme,indicator,label_fr,label_en,level,code,period,value,upper,unit,qualifier,numerator,denominator,"
    "document,place,line,quote_fr,field_fr,note_fr,context_only"
)


def names(text):
    """The words of a text, as a set."""
    return set(text.split())


THEMES = names(
    """
    depenses effectifs medecin_traitant soins_programmes soins_non_programmes urgences aller_vers renoncement
    delais teleconsultation telexpertise delegation structures assistants aides zonage desertification
    installation demographie activite pharmacies dentaire infirmiers kines sages_femmes orthophonistes
    comparaison_internationale comparaison_nationale epidemiologie couverture_sas permanence_des_soins
    prevention autres
    """
)
INDICATORS = names(
    """
    ald_sans_mt primo_installes_mg patientele_mt file_active delai_specialistes assistants_medicaux optam
    installations_zones_sous_denses couverture_sas non_recours_handicap psmt hospitalisations_evitables ccmu1
    psmt_c2s psmt_hors_c2s ecart_psmt_c2s sans_soin_50 apl_mg apl_mg_65
    """
)
UNITS = names(
    """
    percent points count EUR MEUR GEUR minutes hours days months years clock_hour per_100k per_inhabitant
    per_patient fte ratio percent_change
    """
)
QUALIFIERS = {"exact", "about", "more_than", "less_than", "between", "nearly"}
CODES = {
    "france": r"FR",
    "region": r"\d{2}",
    "departement": r"\d{2,3}|2[AB]",
    "commune": r"[0-9AB]{5}",
    "perimeter": r"[a-z0-9-]+",
    "country": r"[A-Z]{2}",
    "other": r"[a-z0-9-]+",
}
DATE = r"\d{4}(-\d\d(-\d\d)?)?"
# Numbers that French writes out, and the fractions among them.
WORDS = {
    1: ["un", "une"],
    2: ["deux", "doublé", "doublement"],
    3: ["trois"],
    4: ["quatre", "quadruplée"],
    5: ["cinq"],
    6: ["six"],
    7: ["sept"],
    8: ["huit"],
    10: ["dix"],
    14: ["deux semaines"],
    15: ["quinzaine"],
    20: ["une sur cinq"],
    25: ["quart"],
    33.3: ["tiers"],
    50: ["moitié", "un rendez-vous sur deux", "une chance sur deux"],
    60: ["soixante"],
    66.7: ["deux tiers", "2/3", "deux chances sur trois"],
    75: ["trois quarts"],
}
GLUED = "appel de note"  # in the note of a row whose number is printed against a footnote's call


def rows():
    with FIGURES.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


ROWS = rows()
BY_ID = {row["id"]: row for row in ROWS}
each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])


def squeeze(text):
    """Text without white space or hyphens, so that line breaks and hyphenation do not count."""
    return re.sub(r"[\s\-]", "", text)


def french(number):
    """How a number reads in French, thousands unspaced: 12.2 → 12,2."""
    return f"{number:.6f}".rstrip("0").rstrip(".").replace(".", ",")


def says(quote, value, glued=False):
    """Whether the quote prints the value: in figures, in millions or in words; its sign is in the wording."""
    value = abs(value)
    text = re.sub(r"(?<=\d)\s(?=\d{3})", "", re.sub(r"\s+", " ", quote))
    end = "" if glued else r"(?!\d|,\d)"
    if re.search(rf"(?<![\d,]){french(value)}{end}", text):
        return True
    millions = rf"(?<![\d,]){french(value / 1e6)}{end}"
    if value >= 1e5 and re.search(millions, text) and re.search(r"\bmillions?\b|régime général 48,8", text):
        return True
    return any(re.search(rf"\b{word}s?\b", text, re.IGNORECASE) for word in WORDS.get(value, []))


@pytest.fixture(scope="module")
def seed():
    if not SEED.exists():
        pytest.skip(f"the seed text is not here: {SEED} (set VIGIE_SHARED to the folder that holds seeds/)")
    return SEED.read_text(encoding="utf-8").split("\n")


def test_header_and_size():
    raw = FIGURES.read_bytes()
    assert raw.decode("utf-8").split("\n", 1)[0] == HEADER
    assert b"\r" not in raw
    assert len(ROWS) >= 300
    assert all(None not in row and None not in row.values() for row in ROWS), "a row has too many or too few fields"


def test_ids_are_unique_slugs():
    assert len(BY_ID) == len(ROWS)
    assert [i for i in BY_ID if not re.fullmatch(r"cc24_[a-z0-9_]+", i)] == []


@each
def test_row_keeps_to_the_lists(row):
    assert row["theme"] in THEMES
    assert row["indicator"] in INDICATORS | {""}
    assert row["unit"] in UNITS
    assert row["qualifier"] in QUALIFIERS
    assert re.fullmatch(CODES[row["level"]], row["code"])
    assert row["context_only"] in {"true", "false"}
    assert row["document"] == "cour_comptes_2024"
    assert row["label_fr"]
    assert row["label_en"]
    assert row["place"]
    assert re.fullmatch(rf"{DATE}(/({DATE}|\.\.))?", row["period"]) or (row["period"] == "" and row["note_fr"])
    assert 1 <= int(row["line"]) <= LAST_LINE
    assert len(row["quote_fr"]) <= 200


@each
def test_value_is_a_plain_number_and_a_range_is_a_range(row):
    assert re.fullmatch(r"-?\d+(\.\d+)?", row["value"])
    assert (row["upper"] != "") == (row["qualifier"] == "between")
    if row["upper"]:
        assert float(row["upper"]) > float(row["value"])


@each
def test_a_territorial_figure_or_one_of_an_indicator_is_not_context_only(row):
    if row["indicator"] or row["level"] in {"region", "departement", "commune", "perimeter"}:
        assert row["context_only"] == "false"


@each
def test_the_quote_prints_the_value(row):
    glued = GLUED in row["note_fr"]
    assert says(row["quote_fr"], float(row["value"]), glued), row["quote_fr"]
    if row["upper"]:
        assert says(row["quote_fr"], float(row["upper"]), glued), row["quote_fr"]


@each
def test_the_quote_stands_in_the_seed_near_its_line(row, seed):
    line = int(row["line"])
    around = squeeze("".join(seed[max(0, line - 41) : line + 40]))
    assert squeeze(row["quote_fr"]) in around


@pytest.mark.parametrize(
    ("quote", "value", "said"),
    [
        ("soit 12,2 % des adultes", 12.2, True),
        ("soit 12,2 % des adultes", 12, False),
        ("soit 12,2 % des adultes", 2.2, False),
        ("239 millions de consultations", 239e6, True),
        ("239 millions de consultations", 23e6, False),
        ("2 251 maisons", 2251, True),
        ("2 251 maisons", 251, False),
        ("1 75563 avaient signé", 1755, False),
        ("- 17 % en Ariège", -17, True),
        ("près des deux tiers", 66.7, True),
        ("cinq maisons", 4, False),
    ],
)
def test_the_search_for_a_value_can_fail(quote, value, said):
    assert says(quote, value) is said


@pytest.mark.parametrize(
    ("key", "indicator", "place", "period", "value", "upper", "unit", "qualifier", "line"),
    [
        ("psmt_2022_france", "psmt", "france:FR", "2022-09-30", "12.2", "", "percent", "exact", 1110),
        ("psmt_2022_creuse", "psmt", "departement:23", "2022-09-30", "15", "", "percent", "exact", 1134),
        ("ccmu1_2021_eure_et_loir", "ccmu1", "departement:28", "2021", "22", "", "percent", "exact", 1318),
        ("ecart_psmt_c2s_2022", "ecart_psmt_c2s", "france:FR", "2022-09-30", "4.8", "", "points", "exact", 1466),
        ("assistants_contrats_2022_10", "assistants_medicaux", "france:FR", "2022-10", "3545", "", "count", "exact",
         1921),
        ("mg_consultations_2021", "", "france:FR", "2021", "239000000", "", "count", "exact", 476),
        ("mediateurs_sante", "", "france:FR", "2023", "750", "1000", "count", "between", 765),
        ("msp_aci_moyen_2022", "", "france:FR", "2022", "72500", "", "EUR", "exact", 2579),
        ("zip_zac_population_2021", "", "france:FR", "2021-10-01", "75", "", "percent", "nearly", 2454),
        ("densite_specialistes_evolution_2012_2022_ain", "", "departement:01", "2012/2022", "-12", "", "percent_change",
         "exact", 858),
    ],
)  # fmt: skip
def test_spot_rows(key, indicator, place, period, value, upper, unit, qualifier, line):
    row = BY_ID["cc24_" + key]
    assert (row["indicator"], f"{row['level']}:{row['code']}", row["period"]) == (indicator, place, period)
    assert (row["value"], row["upper"], row["unit"], row["qualifier"]) == (value, upper, unit, qualifier)
    assert abs(int(row["line"]) - line) <= 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("psmt_2015_france", "9.3"),
        ("psmt_2019_france_tableau", "9.6"),
        ("psmt_2022_paris", "18"),
        ("psmt_2022_meuse", "8.7"),
        ("psmt_2022_charente_maritime", "9.3"),
        ("sans_mt_effectif_2022", "6700000"),
        ("sans_mt_part_population_2022", "12"),
        ("sans_mt_ald_effectif_2022", "714000"),
        ("ccmu1_2021_france", "15"),
        ("ccmu1_2022_charleville_tableau", "49"),
        ("ccmu1_2022_ardennes_tableau", "39"),
        ("ecart_psmt_c2s_2015", "3.3"),
        ("ecart_psmt_c2s_2019_tableau", "3.4"),
        ("assistants_patients_supplementaires", "13"),
        ("assistants_part_priorite_reco", "50"),
        ("osys_evite_medecin_2023", "19"),
        ("osys_evite_urgences_2023", "3.5"),
        ("msp_file_active", "4"),
        ("cpts_aide_annuelle", "300000"),
        ("aides_total_tableau", "1055"),
        ("consultation_duree_moyenne", "18"),
        ("mg_actes_par_patient_2004", "5.5"),
        ("mg_actes_par_patient_2020", "4.2"),
        ("zip_population_2021", "30"),
    ],
)
def test_figures_the_methods_rely_on_are_there(key, value):
    assert BY_ID["cc24_" + key]["value"] == value
