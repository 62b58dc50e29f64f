"""The figures transcribed from line 3401 on of the Cour des comptes' report stand in its text, at their line."""

import csv
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def words(text):
    return text.split()


TABLE = ROOT / "src/vigie/sources/published/figures/cour_comptes_2024_b.csv"
SEED = "1-cour-des-comptes-soins-premier-recours-2024.txt"
HEADER = words(
    "id theme indicator label_fr label_en level code period value upper unit qualifier numerator denominator "
    "document place line quote_fr field_fr note_fr context_only"
)
THEMES = words(
    "depenses effectifs medecin_traitant soins_programmes soins_non_programmes urgences aller_vers renoncement delais "
    "teleconsultation telexpertise delegation structures assistants aides zonage desertification installation "
    "demographie activite pharmacies dentaire infirmiers kines sages_femmes orthophonistes "
    "comparaison_internationale comparaison_nationale epidemiologie couverture_sas permanence_des_soins prevention "
    "autres"
)
INDICATORS = words(
    "ald_sans_mt primo_installes_mg patientele_mt file_active delai_specialistes assistants_medicaux optam "
    "installations_zones_sous_denses couverture_sas non_recours_handicap psmt hospitalisations_evitables ccmu1 "
    "ecart_psmt_c2s sans_soin_50 apl_mg apl_mg_65"
)
UNITS = words(
    "percent points count EUR MEUR GEUR minutes hours days weeks half_days months years per_1000 per_100k "
    "per_inhabitant per_hour per_day per_week ratio percent_change km year rank"
)
QUALIFIERS = {"exact", "about", "more_than", "less_than", "between", "nearly"}
CODES = {
    "france": r"FR",
    "region": r"\d{2}",
    "departement": r"\d{2}|2[AB]|97\d",
    "commune": r"\d{5}|2[AB]\d{3}",
    "perimeter": r"[a-z0-9]+(-[a-z0-9]+)*",
    "country": r"[A-Z]{2}|OECD",
    "other": r"[a-z0-9]+(-[a-z0-9]+)*",
}
FIRST_LINE, LAST_LINE, NEAR = 3401, 6739, 40

# Figures the report writes out in words: the words, the value they stand for and its upper bound.
WRITTEN = {
    "cc24b_ipa_duree_formation": ("deux ans", "2", ""),
    "cc24b_reprise_demographie_horizon": ("cinq", "5", ""),
    "cc24b_exercice_secondaire_presence": ("une journée par semaine", "1", ""),
    "cc24b_exercice_secondaire_semaines": ("huit", "8", "10"),
    "cc24b_remuneration_mixte_plafond": ("la moitié", "50", ""),
    "cc24b_erdre_duree_enquete": ("deux", "2", ""),
    "cc24b_erdre_rhinite_seuil": ("moins de cinq jours", "5", ""),
    "cc24b_part_motifs_non_medicaux_pic": ("la moitié", "50", ""),
    "cc24b_erdre_rendez_vous_non_honores": ("une consultation par semaine", "1", ""),
    "cc24b_uk_autocertification_duree": ("sept jours", "7", ""),
    "cc24b_uk_carence": ("trois jours", "3", ""),
    "cc24b_cochrane_etudes": ("cinq études", "5", ""),
    "cc24b_cochrane_autocertification_allongee": ("deux semaines", "2", ""),
    "cc24b_carence_ordre_public": ("un ou deux jours", "1", "2"),
    "cc24b_teleconsultation_grands_poles_2021": ("sept téléconsultations sur dix", "70", ""),
    "cc24b_distance_mg_reference": ("vingt minutes", "20", ""),
    "cc24b_distance_specialistes_reference": ("quarante minutes", "40", ""),
    "cc24b_ocde_soins_generaux_part_primaires": ("plus de la moitié", "50", ""),
    "cc24b_sages_femmes_liberales_doublement": ("doublement", "2", ""),
    "cc24b_dieteticiens_doublement": ("doublé", "2", ""),
    "cc24b_obepedia_centres": ("neuf", "9", ""),
    "cc24b_psychologues_doublement": ("doublement", "2", ""),
    "cc24b_monparcourspsy_seances_max": ("huit", "8", ""),
    "cc24b_mg_liberaux_rapport_drees": ("deux fois moins", "2", ""),
    "cc24b_remplacement_depart_croyance": ("deux médecins voire trois", "2", "3"),
    "cc24b_remplacants_medecins_remplaces": ("six", "6", ""),
    "cc24b_remplacants_pds": ("la moitié", "50", ""),
    "cc24b_remplacement_jours_absence": ("la moitié", "50", ""),
    "cc24b_renoncement_peur_rapport": ("quatre fois", "4", ""),
    "cc24b_renoncement_pauvrete_risque": ("trois fois", "3", ""),
    "cc24b_renoncement_pauvrete_zone_risque": ("plus de huit fois", "8", ""),
    "cc24b_zones_denses_distance": ("moins d’une heure", "1", ""),
    "cc24b_hpe_part_sejours_2017": ("un séjour en médecine sur 40", "2.5", ""),
    "cc24b_hpe_part_insuffisance_cardiaque_2017": ("la moitié", "50", ""),
    "cc24b_hpe_part_plus_65_2017": ("Quatre sur cinq", "80", ""),
    "cc24b_hpe_risque_sans_mt": ("cinq fois et demi", "5.5", ""),
    "cc24b_hpe_delai_pmsi": ("trois mois", "3", ""),
    "cc24b_contrat_installation_duree": ("cinq ans", "5", ""),
    "cc24b_contrat_maintien_duree": ("trois ans", "3", ""),
    "cc24b_contrat_transition_duree": ("un an maximum", "1", ""),
    "cc24b_professions_conventionnement_selectif_2023": ("trois professions", "3", ""),
    "cc24b_loiret_communes_construction": ("quatre cas", "4", ""),
}

with TABLE.open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))
BY_ID = {row["id"]: row for row in ROWS}


def squeeze(text):
    """Return the text without white space or hyphens, with plain apostrophes."""
    text = text.replace("’", "'").replace("‘", "'")
    return re.sub(r"[\s\-\u2010\u2011\u2212\u00ad]", "", text)


def numbers(text):
    """Return the magnitudes printed in a French text; `13,5 millions` gives 13.5 and 13,500,000."""
    found = set()
    for match in re.finditer(r"(?<![\d,])(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:,(\d+))?(?=(\s*millions?\b)?)", text):
        value = float(f"{re.sub(r'[^0-9]', '', match[1])}.{match[2] or 0}")
        found.add(value)
        if match[3]:
            found.add(round(value * 1e6, 3))
    return found


def value(name):
    return float(BY_ID[f"cc24b_{name}"]["value"])


def note(name):
    return BY_ID[f"cc24b_{name}"]["note_fr"]


@pytest.fixture(scope="module")
def seed():
    folder = Path(os.environ.get("VIGIE_SHARED") or ROOT.parent / "shared")
    path = folder / "seeds" / SEED
    if not path.is_file():
        pytest.skip(f"the seed text {SEED} is not at hand: set VIGIE_SHARED to the folder that holds seeds/")
    return path.read_text(encoding="utf-8").split("\n")


def test_the_header_is_the_contract_and_the_table_is_complete():
    with TABLE.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == HEADER
    assert len(ROWS) >= 300
    assert all(None not in row and None not in row.values() for row in ROWS)


def test_ids_are_unique_slugs():
    assert len(BY_ID) == len(ROWS)
    assert [row["id"] for row in ROWS if not re.fullmatch(r"cc24b_[a-z0-9]+(_[a-z0-9]+)*", row["id"])] == []


def test_no_two_rows_say_the_same_thing():
    keys = [(row["label_fr"], row["period"], row["value"]) for row in ROWS]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_rows_use_the_allowed_words():
    allowed = {
        "theme": THEMES,
        "unit": UNITS,
        "qualifier": QUALIFIERS,
        "indicator": ["", *INDICATORS],
        "document": ["cour_comptes_2024"],
        "context_only": ["true", "false"],
    }
    assert [(row["id"], name, row[name]) for row in ROWS for name in allowed if row[name] not in allowed[name]] == []


def test_rows_keep_the_shape_of_each_column():
    number, year = r"-?\d+(\.\d+)?", r"\d{4}(-\d\d){0,2}"
    shapes = {
        "value": number,
        "upper": rf"|{number}",
        "numerator": rf"|{number}",
        "denominator": rf"|{number}",
        "line": r"\d+",
        "period": rf"|{year}(/{year})?",
        "label_fr": r"\S.*\S",
        "label_en": r"\S.*\S",
        "place": r"\S.*\S",
        "quote_fr": r"\S.{0,198}\S",
    }
    wrong = [(row["id"], name) for row in ROWS for name in shapes if not re.fullmatch(shapes[name], row[name])]
    wrong += [(row["id"], "code") for row in ROWS if not re.fullmatch(CODES[row["level"]], row["code"])]
    wrong += [(row["id"], "line") for row in ROWS if not FIRST_LINE <= int(row["line"]) <= LAST_LINE]
    assert wrong == []


def test_a_range_has_two_ends_and_only_a_range():
    assert [row["id"] for row in ROWS if (row["qualifier"] == "between") != bool(row["upper"])] == []
    assert [row["id"] for row in ROWS if row["upper"] and float(row["upper"]) <= float(row["value"])] == []


def test_a_row_without_a_period_says_why():
    silent = [row for row in ROWS if not row["period"] and not re.search("(?i)année|date|échéance", row["note_fr"])]
    assert [row["id"] for row in silent] == []


def test_only_national_figures_without_an_indicator_are_context():
    national = {"france", "country", "other"}
    context = {row["id"] for row in ROWS if row["level"] in national and not row["indicator"]}
    assert {row["id"] for row in ROWS if row["context_only"] == "true"} == context
    assert len(ROWS) - len(context) > 20


def test_every_quote_stands_near_its_line(seed):
    def around(row):
        line = int(row["line"])
        return squeeze("".join(seed[max(FIRST_LINE, line - NEAR) - 1 : line + NEAR]))

    assert [row["id"] for row in ROWS if squeeze(row["quote_fr"]) not in around(row)] == []


def test_every_quote_begins_on_its_line(seed):
    def begins(row):
        line, quote = squeeze(seed[int(row["line"]) - 1]), squeeze(row["quote_fr"])
        return any(quote.startswith(line[at:]) or line[at:].startswith(quote) for at in range(len(line)))

    assert [row["id"] for row in ROWS if not begins(row)] == []


def test_every_value_is_in_its_quote():
    wrong = []
    for row in ROWS:
        if row["id"] in WRITTEN:
            phrase, *ends = WRITTEN[row["id"]]
            right = phrase in row["quote_fr"] and ends == [row["value"], row["upper"]]
        else:
            ends = {abs(float(end)) for end in (row["value"], row["upper"]) if end}
            right = ends <= numbers(row["quote_fr"])
        if not right:
            wrong.append((row["id"], row["value"], row["quote_fr"]))
    assert wrong == []


def test_the_unit_follows_the_value_in_the_quote():
    marks = {"percent": "%", "percent_change": "%", "MEUR": r"M ?€|millions? d.euros", "EUR": "€", "GEUR": "Md€"}
    wrong = []
    for row in ROWS:
        if row["unit"] in marks and row["id"] not in WRITTEN:
            pattern = rf"([\d \u00a0]*\d(?:,\d+)?)\s*(?:{marks[row['unit']]})"
            before = set().union(*(numbers(found) for found in re.findall(pattern, row["quote_fr"])))
            if abs(float(row["upper"] or row["value"])) not in before:
                wrong.append((row["id"], row["value"], row["quote_fr"]))
    assert wrong == []


def test_a_negative_value_is_a_fall_in_the_quote():
    falls = [row for row in ROWS if float(row["value"]) < 0]
    assert falls
    assert {row["unit"] for row in falls} <= {"percent_change", "points"}
    fall = re.compile(r"(?i)baiss|diminu|[-–−‑] ?\d")
    assert [row["id"] for row in falls if not fall.search(row["quote_fr"])] == []


def test_every_figure_written_in_words_has_its_row():
    assert set(WRITTEN) <= set(BY_ID)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13,5 millions et 80 000", {13.5, 13_500_000, 80_000}),
        ("57 156 omnipraticiens", {57_156}),
        ("1 195,79 millions d’euros", {1195.79, 1_195_790_000}),
        ("en 2020", {2020}),
        ("50 000€", {50_000}),
        ("- 10,5 %", {10.5}),
        ("55-57 heures", {55, 57}),
    ],
)
def test_french_numbers_are_read(text, found):
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("row_id", "expected"),
    [
        # value, upper, unit, period, level, code, indicator
        ("teleconsultation_part_2021", "3.7||percent|2021|france|FR|"),
        ("apl_nantes_2022", "4.6||per_inhabitant|2022|perimeter|tvs-nantes|apl_mg_65"),
        ("apl_sainte_pazanne_2022", "2.3||per_inhabitant|2022|perimeter|tvs-sainte-pazanne|apl_mg_65"),
        ("apl_vallons_erdre_2022", "2||per_inhabitant|2022|perimeter|tvs-vallons-de-l-erdre|apl_mg_65"),
        ("apl_perpignan_2022", "4.2||per_inhabitant|2022|perimeter|tvs-perpignan|apl_mg_65"),
        ("apl_thuir_2022", "2.3||per_inhabitant|2022|perimeter|tvs-thuir|apl_mg_65"),
        ("apl_ille_sur_tet_2022", "2.3||per_inhabitant|2022|perimeter|tvs-ille-sur-tet|apl_mg_65"),
        ("hpe_2017", "265000||count|2017|france|FR|hospitalisations_evitables"),
        ("assistants_contrats_2022_10", "3545||count|2022-10|france|FR|assistants_medicaux"),
        ("cnam_reponse_assistants_2024", "6300||count|2024-05|france|FR|assistants_medicaux"),
        ("exercice_secondaire_semaines", "8|10|weeks|2024|france|FR|"),
        ("erdre_part_sans_motif", "12.8||percent|2023-01|perimeter|cpts-erdre|"),
        ("mg_patientele_moyenne_ape_2021", "1766||count|2021|france|FR|"),
        ("actes_par_patient_2020", "4.2||per_inhabitant|2020|france|FR|"),
        ("aides_directes_total_2020", "73.1||MEUR|2020|france|FR|"),
        ("besoins_non_satisfaits_gb", "4.5||percent|2019|country|GB|"),
        ("densite_mg_liberaux_evolution", "-14.5||percent_change|2012/2022|france|FR|"),
        ("urgences_recours_inadequats_2013", "13.5|27.4|percent|2013-06|france|FR|"),
    ],
)
def test_spot_rows(row_id, expected):
    row = BY_ID[f"cc24b_{row_id}"]
    names = ("value", "upper", "unit", "period", "level", "code", "indicator")
    assert "|".join(row[name] for name in names) == expected


def test_the_levers_of_the_methods_note_are_there():
    """Sections 1, 2, 5 and 6 of the methods note, as far as their figures stand in this half of the report."""
    levers = {
        "assistants_subvention_annee1": 36_000,
        "assistants_subvention_annee2": 27_000,
        "assistants_subvention_annee3": 21_000,
        "assistants_part_priorite_reco3": 50,
        "exercice_secondaire_jours_an": 40,
        "zones_denses_distance": 1,
        "erdre_medecins": 19,
        "erdre_consultations_non_pertinentes": 2.5,
        "erdre_certificats_absence": 2.6,
        "erdre_rendez_vous_non_honores": 1,
        "erdre_certificats_sport": 5.8,
        "erdre_consultations_sans_motif": 361,
        "erdre_consultations": 3_000,
        "audit_flash_medecins": 900,
        "audit_flash_temps_gaspille": 20,
        "teleconsultation_plafond_part": 20,
        "cds_issoudun_consultations_jour": 12.7,
        "cds_issoudun_consultations_heure": 1.6,
        "liberal_consultations_heure": 3,
        "hopitaux_proximite_ressources": 80_000,
        "cpts_aide_fonctionnement": 50_000,
        "temps_travail_2019": 54,
        "mg_hors_mep_2021": 52_291,
        "mg_ape_2021": 41_139,
        "actes_par_patient_2004": 5.5,
        "aides_demographiques_total_arrondi": 100,
        "exercice_coordonne_total": 530,
        "apl_valeurs_corrigees": 15,
        "seuil_tres_sous_dote": 2,
    }
    assert {name: value(name) for name in levers} == levers
    assert BY_ID["cc24b_cpts_aide_fonctionnement"]["upper"] == "90000"


def test_sums_that_the_report_prints_hold():
    sums = {
        "omnipraticiens_2021": ("mg_hors_mep_2021", "mep_2021"),
        "cesp_contrats_2011_2021": ("cesp_contrats_medecine_2011_2021", "cesp_contrats_odontologie_2011_2021"),
        "assistants_contrats_2022_10": ("assistants_contrats_mg_2022_10", "assistants_contrats_specialistes_2022_10"),
        "exercice_coordonne_total": ("cnam_structures_total_2022", "ars_structures_retenu", "collectivites_msp_cds"),
        "emplois_total": ("emplois_cnam_2022", "emplois_ars", "emplois_collectivites"),
    }
    assert {total: sum(map(value, parts)) for total, parts in sums.items()} == {total: value(total) for total in sums}
    saturday = ("tous", "un_sur_deux", "moins_souvent", "jamais")
    assert sum(value(f"samedi_{when}_2010") for when in saturday) == 100


def test_what_does_not_add_up_is_kept_as_printed_and_said():
    people = ("medecins", "kines", "infirmieres", "sages_femmes", "orthophonistes", "dentistes")
    assert sum(value(f"aides_directes_{who}_2020") for who in people) == pytest.approx(72.2)
    assert "72,2 M€ et non 73,1 M€" in note("aides_directes_total_2020")
    share = 100 * value("erdre_consultations_sans_motif") / value("erdre_consultations")
    assert share == pytest.approx(12.03, abs=0.01)
    assert "12,0 %" in note("erdre_part_sans_motif")
    assert value("actes_mg_par_an") == 250_000
    assert "Imprimé 250 000" in note("actes_mg_par_an")
    assert sum(map(value, ("cnam_msp_2022", "cnam_cpts_2022", "cnam_centres_sante_2022"))) == 287
    assert "287" in note("cnam_structures_total_2022")
