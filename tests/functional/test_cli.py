"""The command line as a process: what it prints, exports and refuses, in both languages."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from changed import COMMUNES, PERIMETER, SOURCE
from processes import COMMAND, Client, Said, doubled, environment, linked, served, vigie

from vigie.site import create_app

if TYPE_CHECKING:
    from conftest import Changed

FRAME = ["indicator", "level", "code", "name", "period", "value", "numerator", "denominator", "lower", "upper"]
FRAME += ["status", "snapshot"]


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the edition of the test run; these tests only read it."""
    return linked(edition_home, tmp_path_factory.mktemp("read") / "home")


# Help and usage ----------------------------------------------------------------------------------------------------


def test_help_is_in_french_and_in_english() -> None:
    french, english = vigie("--help", lang=None), vigie("--help")
    assert (french.code, english.code) == (0, 0)
    assert "Vigie, l'observatoire ouvert de l'accès aux soins en France." in french.out
    assert "Vigie, the open observatory of access to care in France." in english.out
    for command in (
        "show",
        "indicators",
        "export",
        "build",
        "editions",
        "check",
        "diff",
        "rollback",
        "sources",
        "fetch",
        "followup",
        "targets",
    ):
        assert command in french.out
        assert command in english.out
    assert "Les chiffres d'un territoire." in french.out
    assert "The figures of a territory." in english.out


def test_help_follows_the_language_wherever_it_is_asked() -> None:
    assert "Exports observations." in vigie("export", "--help").out
    assert "Exporte des observations." in vigie("export", "--help", lang="fr").out
    assert "Exports observations." in vigie("export", "--help", lang=None, env={"VIGIE_LANG": "en"}).out


def test_no_command_shows_the_help() -> None:
    said = vigie(lang=None)
    assert said.code == 0
    assert "rollback" in said.out
    vigie(lang="en").refused("Missing command", "vigie --help", code=2)
    vigie(lang="fr").refused("il manque une commande", code=2)


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert vigie("--version").out == f"vigie {version('vigie')}\n"


@pytest.mark.parametrize(
    ("arguments", "lang", "words"),
    [
        (["shwo"], "en", ["No such command 'shwo'", "show", "vigie --help"]),
        (["shwo"], "fr", ["commande inconnue : shwo", "Vouliez-vous dire : show", "vigie --help"]),
        (["show", "--perod", "2023", "Rodez"], "en", ["No such option: --perod", "--period", "vigie show --help"]),
        (["show", "--perod", "2023", "Rodez"], "fr", ["option inconnue : --perod", "--period"]),
        (["show"], "en", ["Missing argument", "TERRITORY"]),
        (["show"], "fr", ["il manque", "TERRITOIRE"]),
        (["show", "Rodez", "Lyon"], "en", ["unexpected extra argument", "(Lyon)"]),
        (["show", "Rodez", "Lyon"], "fr", ["argument de trop : Lyon"]),
        (["serve", "--port", "eighty"], "en", ["--port", "“eighty”", "a whole number is expected"]),
        (
            ["serve", "--port", "eighty"],
            "fr",
            ["valeur refusée pour '--port'", "« eighty »", "un nombre entier est attendu"],
        ),
        (["serve", "--port", "70000"], "en", ["--port", "“70000”", "65535 at most"]),
        (["export", "--indicator", "apl_mg", "--format", "pdf"], "en", ["--format", "“pdf”", "one of csv", "geojson"]),
        (
            ["export", "--indicator", "apl_mg", "--format", "pdf"],
            "fr",
            ["--format", "« pdf »", "l'un de csv", "geojson"],
        ),
        (["export", "--indicator"], "en", ["--indicator", "requires an argument"]),
        (["export", "--indicator"], "fr", ["--indicator", "valeur"]),
    ],
)
def test_a_wrong_use_is_told_with_what_to_do(arguments: list[str], lang: str, words: list[str]) -> None:
    vigie(*arguments, lang=lang).refused(*words, code=2)


def test_an_unknown_language_is_refused() -> None:
    vigie("--lang", "de", "indicators", lang=None).refused("--lang", "de", "fr", "en")


# show --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["12202", "commune:12202", "rodez", "RODEZ", "  Rodez "])
def test_show_finds_a_territory_by_code_key_or_name(home: Path, text: str) -> None:
    said = vigie("show", text, home=home, lang="fr")
    assert said.code == 0, said.err
    assert said.out.startswith("Rodez (commune:12202), 24\u202f207 habitants.")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("epci:241200187", "epci:241200187"),
        ("saint etienne", "commune:42218"),
        ("SAINT-ÉTIENNE", "commune:42218"),
        ("departement:2a", "departement:2A"),
        ("France", "france:FR"),
        ("lozere", "departement:48"),
    ],
)
def test_show_takes_no_account_of_accents_case_and_hyphens(home: Path, text: str, key: str) -> None:
    said = vigie("show", text, "--indicator", "population", "--json", home=home)
    assert said.code == 0, said.err
    territory = json.loads(said.out)["territory"]
    assert f"{territory['level']}:{territory['code']}" == key


def test_show_gives_value_unit_place_change_and_what_to_read_it_against(home: Path) -> None:
    said = vigie("show", "departement:33", "--indicator", "apl_mg", home=home)
    assert "Gironde (departement:33)" in said.out
    line = next(line for line in said.out.splitlines() if line.startswith("APL GPs"))
    words = line.split()
    assert words[2:4] == ["2023", "4.91"]
    assert words[5:7] == ["/", "2022"]
    assert words[7:9] == ["≈", "fall"]
    assert sorted(words[9]) == ["·"] * 4 + ["●"]
    assert words[10] == "3.74"
    above = said.out.splitlines()[said.out.splitlines().index(line) - 2 :]
    assert above[0].strip() == "consultations and visits a year per"


def test_show_as_json_is_valid_and_traced(home: Path) -> None:
    said = vigie("show", "departement:33", "--indicator", "apl_mg", "--period", "2022", "--json", home=home)
    value = json.loads(said.raw)
    assert value["edition"] == served(home)
    assert (value["territory"]["name"], value["territory"]["level"]) == ("Gironde", "departement")
    (figure,) = value["figures"]
    assert (figure["indicator"], figure["period"], figure["status"]) == ("apl_mg", "2022", "ok")
    assert figure["france"] == pytest.approx(3.79, abs=0.005)
    assert figure["snapshot"].startswith("drees_apl_2022_2023@")
    assert 1 <= figure["fifth"] <= 5
    assert figure["numerator"] / figure["denominator"] == pytest.approx(figure["value"])


def test_show_says_words_for_what_is_missing(home: Path) -> None:
    said = vigie("show", "departement:976", "--indicator", "apl_mg", "--indicator", "nombre_mg", home=home)
    assert "population not available" in said.out
    lines = {line.split("  ")[0]: line for line in said.out.splitlines() if line}
    assert "not available" in lines["APL GPs"]
    assert " 31 " in lines["Number of GPs"]


def test_show_of_a_period_without_observation_says_so(home: Path) -> None:
    for more in ([], ["--indicator", "apl_mg"]):
        said = vigie("show", "Rodez", "--period", "1999", *more, home=home)
        assert said.code == 0
        assert "No observation answers this request." in said.out
        assert "to date" not in said.out  # another period has one


def test_an_unknown_territory_is_answered_with_the_nearest(home: Path) -> None:
    told = vigie("show", "Rodes-les-Bains", home=home).refused("Rodes-les-Bains", code=4)
    assert "commune:" in told or "Rod" in told.replace("Rodes-les-Bains", "")
    vigie("show", "commune:99999", home=home).refused("99999", code=4)
    vigie("show", "pays:12", home=home).refused("pays", code=4)


def test_an_ambiguous_name_is_answered_with_the_candidates(home: Path) -> None:
    told = vigie("show", "Saint-Denis", home=home).refused("Saint-Denis", code=4)
    assert {"commune:93066", "commune:97411"} <= set(told.replace(",", " ").replace("(", " ").replace(")", " ").split())


def test_a_code_without_its_zero_is_not_guessed(home: Path) -> None:
    vigie("show", "1001", home=home).refused("commune:01001", code=4)


def test_an_unknown_indicator_is_answered_with_the_nearest(home: Path) -> None:
    vigie("show", "Rodez", "--indicator", "apl_gm", home=home).refused("“apl_gm”", "Did you mean: apl_mg", code=4)
    vigie("export", "--indicator", "densite", home=home, lang="fr").refused("« densite »", "densite_mg", code=4)


# indicators and editions -------------------------------------------------------------------------------------------


def test_indicators_are_listed_with_or_without_an_edition(home: Path, tmp_path: Path) -> None:
    said = vigie("indicators", home=home)
    assert "apl_mg" in said.out
    assert "densite_mg" in said.out
    assert "per 100,000" in said.out
    empty = vigie("indicators", "--json", home=tmp_path)
    known = {one["id"]: one for one in json.loads(empty.raw)}
    assert known["apl_mg"]["title"]["fr"].startswith("Accessibilité potentielle localisée")
    assert known["psmt"]["compute"]["rule"] == "published"
    assert json.loads(vigie("indicators", "--json", home=home).raw) == list(known.values())


@pytest.mark.parametrize(
    "arguments",
    [["show", "Rodez"], ["export", "--indicator", "apl_mg"], ["check"], ["diff", "a"], ["rollback"]],
    ids=lambda arguments: arguments[0],
)
def test_a_home_without_edition_says_what_to_run(tmp_path: Path, arguments: list[str]) -> None:
    said = vigie(*arguments, home=tmp_path / "empty")
    if arguments[0] == "rollback":
        said.refused("no older edition")
    elif arguments[0] == "diff":
        said.refused("no edition answers to “a”")
    else:
        said.refused("no edition has been built in", str(tmp_path / "empty"), "vigie build", code=6)


def test_the_home_is_named_by_option_before_environment(home: Path, tmp_path: Path) -> None:
    by_environment = vigie("editions", "--json", env={"VIGIE_HOME": str(home)})
    assert [one["edition"] for one in json.loads(by_environment.raw)] == [served(home)]
    by_option = vigie("editions", home=tmp_path, env={"VIGIE_HOME": str(home)})
    assert f"No edition in {tmp_path}" in by_option.out.replace("\n", "")


# export ------------------------------------------------------------------------------------------------------------


def exported(home: Path, form: str, *more: str | Path) -> Said:
    arguments = ["--indicator", "apl_mg", "--level", "departement", "--period", "2023", "--format", form]
    said = vigie("export", *arguments, *more, home=home)
    assert said.code == 0, said.err
    return said


def test_export_to_csv_is_read_back_with_every_code_as_text(home: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(home, "csv").raw.decode())))
    assert list(rows[0]) == FRAME
    assert len(rows) == 101
    by_code = {row["code"]: row for row in rows}
    assert by_code["01"]["name"] == "Ain"
    assert float(by_code["33"]["value"]) == pytest.approx(4.91, abs=0.03)
    assert (by_code["976"]["value"], by_code["976"]["status"]) == ("", "missing")


def test_export_to_parquet_is_read_back(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "apl.parquet"
    exported(home, "parquet", "-o", target)
    frame = pl.read_parquet(target)
    assert frame.columns == FRAME
    assert frame.filter(code="976")["value"].item() is None
    assert frame.filter(code="2A")["name"].item() == "Corse-du-Sud"


def test_export_to_json_carries_definitions_and_edition(home: Path) -> None:
    value = json.loads(exported(home, "json").raw)
    assert value["edition"] == served(home)
    assert value["indicators"][0]["id"] == "apl_mg"
    assert value["indicators"][0]["limits"]["en"]
    by_code = {row["code"]: row for row in value["observations"]}
    assert by_code["976"]["value"] is None
    assert by_code["59"]["value"] == pytest.approx(4.54, abs=0.03)


def test_export_to_xlsx_has_figures_notes_and_sources(home: Path, tmp_path: Path) -> None:
    import openpyxl

    target = tmp_path / "apl.xlsx"
    exported(home, "xlsx", "--output", target)
    book = openpyxl.load_workbook(target, read_only=True)
    assert book.sheetnames == ["Observations", "Notes"]
    header, *rows = book["Observations"].iter_rows(values_only=True)
    assert list(header) == FRAME
    by_code = {row[2]: row for row in rows}
    assert by_code["01"][3] == "Ain"  # the code is text
    assert by_code["976"][5] is None
    assert by_code["12"][5] == pytest.approx(3.44, abs=0.03)
    notes = " ".join(str(cell) for row in book["Notes"].iter_rows(values_only=True) for cell in row)
    assert served(home) in notes
    assert "drees_apl_2022_2023@" in notes
    assert "standardised" in notes


def test_export_to_geojson_draws_each_territory(home: Path) -> None:
    import shapely

    value = json.loads(exported(home, "geojson").raw)
    assert (value["type"], len(value["features"])) == ("FeatureCollection", 101)
    by_id: dict[str, Any] = {feature["id"]: feature for feature in value["features"]}
    gironde = shapely.from_geojson(json.dumps(by_id["departement:33"]["geometry"]))
    assert gironde.geom_type in ("Polygon", "MultiPolygon")
    assert gironde.is_valid
    assert gironde.contains(shapely.Point(-0.58, 44.84))  # Bordeaux
    assert by_id["departement:33"]["properties"]["value"] == pytest.approx(4.91, abs=0.03)
    assert by_id["departement:976"]["properties"]["value"] is None


def test_export_of_several_indicators_and_levels(home: Path) -> None:
    said = vigie("export", "--indicator", "nombre_mg", "--indicator", "densite_mg", "--level", "region", home=home)
    frame = pl.read_csv(io.BytesIO(said.raw), infer_schema=False)
    assert dict(frame.group_by("indicator").len().iter_rows()) == {"nombre_mg": 18, "densite_mg": 18}


def test_export_without_indicator_says_which_to_give(home: Path) -> None:
    vigie("export", home=home).refused("--indicator is missing", "vigie export --indicator apl_mg", "vigie indicators")
    vigie("export", home=home, lang="fr").refused("il manque --indicator", "vigie indicators")


@pytest.mark.parametrize(("level", "named"), [("departments", "departement"), ("pays", "epci")])
def test_export_of_an_unknown_level_lists_those_there_are(home: Path, level: str, named: str) -> None:
    vigie("export", "--indicator", "apl_mg", "--level", level, home=home).refused(f"“{level}”", named, code=4)


def test_export_of_an_unknown_period_is_told(home: Path) -> None:
    told = vigie("export", "--indicator", "apl_mg", "--period", "1999", home=home).refused("1999", code=4)
    assert "2021, 2022, 2023" in told


def test_export_of_a_level_without_observation_is_told(home: Path) -> None:
    asked = ["--indicator", "part_pop_apl_mg_inf_2_5", "--level", "commune"]
    told = vigie("export", *asked, home=home).refused("no observation for “commune”", code=4)
    assert "departement" in told.partition("Levels:")[2]


def test_export_of_more_rows_than_a_sheet_holds_is_refused(home: Path) -> None:
    names = ("apl_mg", "apl_mg_champ_constant", "apl_infirmiers", "apl_kines", "apl_dentistes", "apl_sages_femmes")
    names += ("nombre_mg", "densite_mg", "population", "temps_urgences", "fedi", "part_75_plus", "nombre_kines")
    chosen = [word for name in names for word in ("--indicator", name)]
    target = home / "big.xlsx"
    vigie("export", *chosen, "--format", "xlsx", "-o", target, home=home).refused("a sheet holds only", "csv")
    assert not target.exists()


def test_export_to_a_folder_that_does_not_exist_or_a_closed_file(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "absent" / "apl.csv"
    asked = ["export", "--indicator", "apl_mg", "--level", "region", "-o"]
    vigie(*asked, target, home=home).refused(str(target), "No such file or directory", code=6)
    vigie(*asked, tmp_path, home=home).refused(str(tmp_path), "Is a directory", code=6)
    under_a_file = tmp_path / "file" / "apl.csv"
    under_a_file.parent.write_text("x")
    vigie(*asked, under_a_file, home=home).refused(str(under_a_file), "Not a directory", code=6)


def test_a_pipe_closed_early_is_no_error(home: Path) -> None:
    command = " ".join([*COMMAND, "--home", str(home), "export", "--indicator", "apl_mg", "--level", "commune"])
    for reader in ("head -1", "true"):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command} | {reader}"],
            env=environment(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""
        assert done.stdout == (b"" if reader == "true" else (",".join(FRAME) + "\n").encode())


# Errors ------------------------------------------------------------------------------------------------------------


def test_a_traceback_is_shown_with_debug_only(home: Path) -> None:
    asked = ["show", "Rodez", "--indicator", "absent"]
    assert "Traceback" not in vigie(*asked, home=home).err
    shown = vigie("--debug", *asked, home=home)
    assert shown.code != 0
    assert "Traceback (most recent call last)" in shown.err
    assert "UnknownNameError" in shown.err


def test_a_damaged_edition_is_told_and_the_way_out_works(edition_home: Path, tmp_path: Path) -> None:
    home = linked(edition_home, tmp_path / "home")
    folder = (home / "editions" / "current").resolve()
    database = folder / "observatory.duckdb"
    content = database.read_bytes()
    database.unlink()  # a hard link: never written in place
    database.write_bytes(content[: len(content) // 2])
    vigie("show", "Rodez", home=home).refused("is damaged", "observatory.duckdb", code=6)
    vigie("check", home=home).refused("is damaged: observatory.duckdb", "vigie rollback", "vigie build --force", code=7)
    database.unlink()
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").write_text("{")
    vigie("show", "Rodez", home=home).refused("manifest cannot be read", "vigie build", "vigie rollback", code=6)
    listed = json.loads(vigie("editions", "--json", home=home).raw)
    assert listed == [{"edition": folder.name, "current": False, "damaged": True}]


# Two editions ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(changed_home: Changed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the edition of the test run and, served, the one with a perimeter and other inputs."""
    return doubled(Path(changed_home.home), tmp_path_factory.mktemp("two") / "home")


@pytest.mark.timeout(900)
def test_a_build_tells_its_steps_and_the_edition_it_made(changed_home: Changed, two: Path) -> None:
    assert served(two) == changed_home.after != changed_home.before
    assert changed_home.after in changed_home.built
    for step in ("Reading the inputs", "Territories", "Checks", "Publishing"):
        assert step in changed_home.progress


def test_editions_are_listed_with_what_made_them(changed_home: Changed, two: Path) -> None:
    first, second = json.loads(vigie("editions", "--json", home=two).raw)
    assert (first["edition"], first["current"]) == (changed_home.before, False)
    assert (second["edition"], second["current"]) == (changed_home.after, True)
    assert second["parameters"]["perimeters"] == [PERIMETER]
    made = [{(one["source"], one["sha256"]) for one in edition["inputs"]} for edition in (first, second)]
    other = {source.partition("@")[0] for source, _ in made[0] ^ made[1]}
    assert other == {SOURCE, "drees_apl_workbook", "ameli_ald_sans_mt", "import_psmt_epci", "import_aides_commune"}


def _shown(home: Path, territory: str, *more: str) -> dict[str, Any]:
    return dict(json.loads(vigie("show", territory, *more, "--json", home=home).raw))


def _value(shown: dict[str, Any], indicator: str) -> float:
    (figure,) = (one for one in shown["figures"] if one["indicator"] == indicator)
    return float(figure["value"])


def test_a_perimeter_of_ones_own_has_figures_and_a_page(two: Path) -> None:
    own, *parts = (_shown(two, place) for place in ("perimeter:essai", *COMMUNES))
    assert (own["territory"]["name"], own["territory"]["places"]) == ("Pays d'essai", 2)
    assert _value(own, "nombre_mg") == sum(_value(part, "nombre_mg") for part in parts)
    # The year before that of the workbook, which gives every commune the same.
    own, *parts = (_shown(two, place, "--period", "2022") for place in ("perimeter:essai", *COMMUNES))
    lowest, highest = sorted(_value(part, "apl_mg") for part in parts)
    assert lowest < _value(own, "apl_mg") < highest

    card = vigie("show", "perimeter:essai", home=two)
    assert "Data not available" in card.out and "fifth" not in card.out
    page = Client(create_app(two)).get("/territoire/perimeter/essai").text
    assert all(f'id="theme-{theme}"' in page for theme in ("acces", "urgences", "offre", "population"))


def test_what_changed_between_two_editions_is_what_was_changed(changed_home: Changed, two: Path) -> None:
    first, second = changed_home.before, changed_home.after
    changed = json.loads(vigie("diff", first, second, "--json", home=two).raw)
    assert (changed["before"], changed["after"]) == (first, second)
    of_perimeter = [row for row in changed["changes"] if row["level"] == "perimeter"]
    assert len(of_perimeter) > 30
    assert {(row["removed"], row["changed"]) for row in of_perimeter} == {(0, 0)}
    others = [row for row in changed["changes"] if row["level"] != "perimeter"]
    assert sum(row["removed"] for row in others) == 0
    told = {key: {row["indicator"] for row in others if row[key]} for key in ("changed", "added")}
    fetched = {"temps_urgences", "part_pop_urgences_30"}
    workbook = {"apl_mg", "apl_mg_champ_constant", "part_pop_apl_mg_inf_2", "part_pop_apl_mg_inf_2_5"}
    imported = {"psmt", "psmt_c2s", "psmt_hors_c2s", "ecart_psmt_c2s", "aides_demographiques"}
    assert told["changed"] == fetched | workbook
    assert {"apl_mg"} <= {move["indicator"] for move in changed["moves"]} <= told["changed"]
    assert told["added"] == imported | {"ald_sans_mt", "apl_mg", "apl_mg_62", "apl_mg_65"}
    printed = vigie("diff", first, second, home=two)
    assert "perimeter" in printed.out
    assert "apl_mg" in printed.out
    assert "No difference of observation." in vigie("diff", first, first, home=two).out


def test_an_edition_is_checked_file_by_file(changed_home: Changed, two: Path) -> None:
    for name in (changed_home.before, changed_home.after):
        checked = json.loads(vigie("check", name, "--json", home=two).raw)
        assert checked["edition"] == name
        assert all(one["passed"] for one in checked["checks"] if one["severity"] == "error")
    manifest = json.loads((two / "editions" / changed_home.after / "manifest.json").read_text(encoding="utf-8"))
    files = 2 + len(manifest["tables"])  # the database, the revision log
    read = vigie("check", home=two).out
    assert f"{changed_home.after}: {files} files intact." in read and "correlation 0.71 with apl_mg" in read
    log = json.loads(Client(create_app(two)).get("/api/v1/revisions?indicator=apl_mg").text)
    assert {(one["edition"], one["before"]) for one in log["revisions"]} == {(changed_home.after, changed_home.before)}
    assert log["since"] == changed_home.before


def test_the_same_build_is_there_already_and_one_goes_back_from_it(changed_home: Changed, two: Path) -> None:
    """Last: it serves the first edition again."""
    again = vigie("build", *changed_home.arguments(), home=two)
    assert "Edition built already, now served" in again.out
    assert served(two) == changed_home.after
    assert "is of this version" in vigie("build", *changed_home.arguments(), "--if-needed", home=two).err
    assert served(two) == changed_home.after

    back = vigie("rollback", home=two)
    assert changed_home.before in back.out
    assert served(two) == changed_home.before
    vigie("rollback", home=two).refused("no older edition to go back to", "vigie editions", code=6)
    vigie("show", "perimeter:essai", home=two).refused("essai", code=4)
