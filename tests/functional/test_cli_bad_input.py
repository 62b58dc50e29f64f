"""Every way an input can be wrong, through ``vigie build`` as a process: a message that names the place, an exit code
that is not zero, no traceback, and the served edition untouched."""

from __future__ import annotations

import gzip
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import COMMAND, another, environment, launched, left, linked, served, vigie

pytestmark = pytest.mark.timeout(900)  # builds on a busy machine

COMMUNES, PASSAGE = "communes_ref_2024.csv.gz", "communes_passage_2014_2024.csv.gz"
TIMES, GEOMETRY = "drees_temps_urgences_2019_communes.csv.gz", "communes_geom_wgs84.parquet"
WORKBOOK = "indicateur_d_apl_aux_medecins_generalistes.xlsx"

HEADER = (
    "code_commune,LIBGEO,type,DEP,REG,ARR,EPCI,lib_epci,CANOV,ZE2020,UU2020,AAV2020,lib_aav2020,BV2022,lib_bv2022,"
    "BV2012,DENS7,pmun_2021,ptot_2021,aire_km2,lon_pt,lat_pt,lon_mairie,lat_mairie"
)
ROWS = (
    "01001,L'Abergement-Clémenciat,COM,01,84,012,200069193,CC de la Dombes,0108,8405,01000,524,Bourg,01093,Châtillon,"
    "01093,6,832,859,15.95,4.92,46.15,4.92,46.15",
    "01002,L'Abergement-de-Varey,COM,01,84,011,240100883,CC de la Plaine,0101,8405,01000,243,Ambérieu,01004,Ambérieu,"
    "01004,7,267,270,9.15,5.42,46.00,5.42,46.00",
)
GOOD = "\n".join((HEADER, *ROWS, ""))
PASSAGE_GOOD = (
    "code_before,code_after,annee,typemodif,ratio,year_before,year_after\n"
    "01003,01001,2019-01-01,f,1.0,2018,2019\n01004,01001,01/01/2020,f,1.0,2019,2020\n"
)


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = linked(edition_home, tmp_path_factory.mktemp("bad") / "home", steps=True)
    another(made)
    yield made
    checked = vigie("check", home=made)
    assert checked.code == 0, checked.err
    assert "files intact" in checked.out


def _as_they_are(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Of each file, what no write leaves the same: which file it is, its size, when it last changed."""
    known = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*")}
    return {name: (state.st_ino, state.st_size, state.st_mtime_ns) for name, state in known.items()}


@pytest.fixture
def untouched(home: Path) -> Iterator[Path]:
    """The home, whose served edition must be the same one, whole, after the test."""
    before = served(home)
    files = _as_they_are(home / "editions" / before)
    yield home
    assert served(home) == before
    assert left(home) == []
    assert _as_they_are(home / "editions" / before) == files
    assert [path.name for path in (home / "editions").iterdir() if not path.is_symlink()] == [before]


def packed(text: str | bytes) -> bytes:
    return gzip.compress(text.encode() if isinstance(text, str) else text, mtime=0)


def replaced(before: str, after: str, text: str = GOOD) -> bytes:
    assert before in text
    return packed(text.replace(before, after, 1))


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


HTML = b"<!DOCTYPE html><html><body>Service indisponible</body></html>"

FILES: dict[str, tuple[str, bytes, list[str]]] = {
    "truncated": (COMMUNES, packed(GOOD)[:-40], ["truncated or damaged", "Download the file again"]),
    "corrupted": (COMMUNES, flipped(packed(GOOD)), ["truncated or damaged"]),
    "not gzip": (COMMUNES, GOOD.encode(), ["the name says gzip, the content is not"]),
    "empty": (COMMUNES, b"", ["the name says gzip"]),
    "empty inside": (COMMUNES, packed(""), ["empty file"]),
    "header alone": (COMMUNES, packed(HEADER + "\n"), ["no row of data after the header"]),
    "web page": (COMMUNES, HTML, ["this is an HTML page, not data"]),
    "web page inside": (COMMUNES, packed(HTML), ["this is an HTML page, not data"]),
    "missing column": (
        COMMUNES,
        packed("\n".join(",".join(line.split(",")[:3] + line.split(",")[4:]) for line in (HEADER, *ROWS))),
        ["column “DEP”", "column missing"],
    ),
    "renamed column": (COMMUNES, replaced("LIBGEO", "LIB_GEO"), ["“LIBGEO”", "column missing", "nearest is “LIB_GEO”"]),
    "shifted header": (
        COMMUNES,
        packed("Communes de France,,,,,,,,,,,,,,,,,,,,,,,\n" + GOOD),
        ["row 1"],
    ),
    "column twice": (COMMUNES, replaced("REG,ARR", "REG,REG"), ["row 1", "“REG”", "present twice"]),
    "text for a number": (
        COMMUNES,
        replaced(",267,", ",n.d.,"),
        ["row 3", "column “pmun_2021”", "value “n.d.”", "a number was expected"],
    ),
    "half a person": (COMMUNES, replaced(",267,", ",267.5,"), ["row 3", "“pmun_2021”", "“267.5”", "whole number"]),
    "infinite": (COMMUNES, replaced("9.15", "inf"), ["row 3", "“aire_km2”", "“inf”", "a number was expected"]),
    "below zero": (COMMUNES, replaced("9.15", "-9.15"), ["row 3", "“aire_km2”", "“-9.15”", "not below 0"]),
    "lost zero": (
        COMMUNES,
        replaced("\n01002,", "\n1002,"),
        ["row 3", "column “code_commune”", "value “1002”", "lost its leading zero", "five characters"],
    ),
    "no code": (COMMUNES, replaced("\n01002,", "\n,"), ["row 3", "“code_commune”", "required value missing"]),
    "duplicate": (COMMUNES, replaced("\n01002,", "\n01001,"), ["row 3", "“code_commune”", "“01001”", "duplicate row"]),
    "unknown kind": (COMMUNES, replaced("Varey,COM,", "Varey,ZZZ,"), ["row 3", "“type”", "“ZZZ”", "one of COM, ARM"]),
    "cut line": (COMMUNES, packed(GOOD[:-30]), ["row 3", "truncated line or unexpected separator"]),
    "other separator": (COMMUNES, packed(GOOD.replace(",", ";")), ["row 1", "“;”", "expected: “,”"]),
    "latin-1": (COMMUNES, packed(GOOD.encode("latin-1")), ["row 2", "not UTF-8", "Clémenciat", "Convert it to UTF-8"]),
    "utf-16": (COMMUNES, packed(GOOD.encode("utf-16")), ["UTF-16", "expected: UTF-8"]),
    "null bytes": (COMMUNES, replaced("Varey", "Va\0rey"), ["row 3", "null byte"]),
    "passage: unknown change": (PASSAGE, replaced(",f,", ",x,", PASSAGE_GOOD), ["row 2", "“typemodif”", "“x”"]),
    "passage: not a date": (PASSAGE, replaced("01/01/2020", "2020", PASSAGE_GOOD), ["row 3", "“annee”", "“2020”"]),
    "passage: ratio": (PASSAGE, replaced(",1.0,2019", ",1.5,2019", PASSAGE_GOOD), ["row 3", "“ratio”", "“1.5”"]),
    "geometry cut": (GEOMETRY, b"PAR1" + bytes(64), [GEOMETRY]),
}


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_told_by_its_place(untouched: Path, tmp_path: Path, case: str) -> None:
    name, content, words = FILES[case]
    (tmp_path / name).write_bytes(content)
    told = vigie("build", "--from", tmp_path, home=untouched).refused(*words, code=3)
    assert f"Error: {name}" in told


def test_the_message_is_in_french_by_default(untouched: Path, tmp_path: Path) -> None:
    (tmp_path / COMMUNES).write_bytes(replaced("\n01002,", "\n1002,"))
    said = vigie("build", "--from", tmp_path, home=untouched, lang=None)
    said.refused(f"Erreur : {COMMUNES}, ligne 3, colonne « code_commune », valeur « 1002 » : le code a perdu son zéro")


def test_a_wrong_file_shows_its_traceback_with_debug(untouched: Path, tmp_path: Path) -> None:
    (tmp_path / COMMUNES).write_bytes(b"")
    said = vigie("--debug", "build", "--from", tmp_path, home=untouched)
    assert said.code != 0
    assert "Traceback (most recent call last)" in said.err


def test_files_that_read_well_and_are_not_france_are_not_published(untouched: Path, tmp_path: Path) -> None:
    (tmp_path / COMMUNES).write_bytes(packed(GOOD))
    (tmp_path / PASSAGE).write_bytes(packed(PASSAGE_GOOD))
    said = vigie("build", "--from", tmp_path, home=untouched)
    said.refused(f"{GEOMETRY}, column “code”", "polygons of no commune of reference", code=3)


def sheet(path: Path, **sheets: list[list[object]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name.replace("_", " "))
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)


_HEADINGS: list[object] = [
    *("Code commune INSEE", "Commune", "APL aux médecins généralistes"),
    *(f"APL aux médecins généralistes de {age} ans et moins" for age in (65, 62, 60)),
    *("Population standardisée pour la médecine générale", "Population totale"),
]
_DATA: list[object] = ["01001", "L'Abergement-Clémenciat", 2.4, 2.3, 2.2, 2.1, 850.5, 859]
_TITLE: list[list[object]] = [["Indicateur d'APL"], *([[]] * 7)]
SHEETS: dict[str, tuple[dict[str, list[list[object]]], list[str]]] = {
    "empty sheet": ({"APL_2023": []}, ["sheet “APL 2023”", "empty sheet"]),
    "header shifted": (
        {"APL_2023": [*_TITLE[:-1], _HEADINGS, ["", "", "consultations"], _DATA]},
        ["sheet “APL 2023”", "row 8", "the header is on row 8; expected: row 9"],
    ),
    "text for a number": (
        {
            "APL_2023": [
                *_TITLE,
                _HEADINGS,
                ["", "", "consultations"],
                _DATA,
                ["01002", "Varey", "n.d.", 1, 1, 1, 260.1, 267],
            ]
        },
        ["sheet “APL 2023”", "row 12", "“APL aux médecins généralistes”", "“n.d.”", "a number was expected"],
    ),
}


@pytest.mark.parametrize("case", SHEETS)
def test_a_wrong_workbook_is_told_by_sheet_and_row(untouched: Path, tmp_path: Path, case: str) -> None:
    sheets, words = SHEETS[case]
    sheet(tmp_path / WORKBOOK, **sheets)
    vigie("build", "--from", tmp_path, home=untouched).refused(WORKBOOK, *words, code=3)


# Perimeters --------------------------------------------------------------------------------------------------------

PAYS = 'name = "Pays"\nslug = "pays"\ncommunes = [\n  "12202",\n  "12145",\n]\n'
PERIMETERS: dict[str, tuple[str, bytes, list[str]]] = {
    "malformed": ("pays.toml", b'name = "Pays\n', ["pays.toml", "row 1", "not TOML"]),
    "no name": (
        "pays.toml",
        PAYS.replace("name", "nom").encode(),
        ["“nom”", "unknown key", "name, slug, communes, vintage"],
    ),
    "name empty": ("pays.toml", b'name = ""\ncommunes = ["12202"]\n', ["“name”", "a name is expected"]),
    "no list": ("pays.toml", b'name = "Pays"\ncommunes = "12202"\n', ["“communes”", "“12202”", "list of codes"]),
    "no commune": ("pays.toml", b'name = "Pays"\ncommunes = []\n', ["no commune"]),
    "unknown vintage": (
        "pays.toml",
        (PAYS + "vintage = 1999\n").encode(),
        ["pays.toml, value “1999”", "unknown vintage", "2014 to 2025"],
    ),
    "vintage in words": ("pays.toml", (PAYS + 'vintage = "2023"\n').encode(), ["pays.toml", "2023"]),
    "unknown commune": (
        "pays.toml",
        PAYS.replace("12145", "12999").encode(),
        ["pays.toml, row 5", "“12999”", "no commune has this code"],
    ),
    "lost zero": ("pays.toml", PAYS.replace("12145", "1001").encode(), ["row 5", "“1001”", "lost its leading zero"]),
    "twice": ("pays.toml", PAYS.replace("12145", "12202").encode(), ["“12202”", "already on row 4"]),
    "latin-1": ("pays.toml", PAYS.replace("Pays", "Pâys").encode("latin-1"), ["row 1", "not in UTF-8"]),
    "no column": ("pays.csv", b"commune,nom\n12202,Rodez\n", ["pays.csv", "row 1", "missing column: code"]),
    "set without perimeter": ("cpts=set.csv", b"code,perimeter\n12202,A\n12145,\n", ["row 3", "empty perimeter"]),
    "level taken": ("epci=set.csv", b"code,perimeter\n12202,A\n", ["level “epci” exists already"]),
    "level in capitals": ("CPTS=set.csv", b"code,perimeter\n12202,A\n", ["“CPTS”", "lower-case"]),
    "empty": ("pays.csv", b"", ["pays.csv", "missing column: code"]),
}


@pytest.mark.parametrize("case", PERIMETERS)
def test_a_wrong_perimeter_is_told_by_its_place(untouched: Path, tmp_path: Path, case: str) -> None:
    name, content, words = PERIMETERS[case]
    level, equals, file = name.rpartition("=")
    (tmp_path / file).write_bytes(content)
    vigie("build", "--perimeters", f"{level}{equals}{tmp_path / file}", home=untouched).refused(*words, code=3)


def test_a_perimeter_file_that_is_not_there_is_told(untouched: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent.toml"
    vigie("build", "--perimeters", absent, home=untouched).refused(str(absent), "No such file", code=6)
    vigie("build", "--perimeters", tmp_path, home=untouched).refused(str(tmp_path), "Is a directory", code=6)


# Folders and disks -------------------------------------------------------------------------------------------------


def test_a_folder_of_sources_that_is_not_there_or_holds_none_is_told(untouched: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    vigie("build", "--from", absent, home=untouched).refused(f"the folder {absent} does not exist", "--from", code=6)
    told = vigie("build", env={"VIGIE_SOURCES": str(absent)}, home=untouched).refused(str(absent), "VIGIE_SOURCES")
    assert "does not exist" in told
    (tmp_path / "notes.txt").write_text("nothing")
    vigie("build", "--from", tmp_path, home=untouched).refused(
        f"no file of a known source in {tmp_path}", "vigie sources --files", code=6
    )


@pytest.mark.parametrize(
    "command",
    [["build"], ["rollback"], ["fetch", "emergency_times_2019", "--address", "http://127.0.0.1:9/x"]],
    ids=lambda command: command[0],
)
def test_a_home_under_a_regular_file_is_told(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").write_text("a file")
    home = tmp_path / "file" / "home"
    vigie(*command, home=home).refused(str(home), "Not a directory", code=6)
    assert (tmp_path / "file").read_text() == "a file"


def limited(megabytes: float) -> Callable[[], None]:
    """No file may grow beyond this size in the process: as a disk that is full, without one."""
    size = int(megabytes * 1_000_000)
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("megabytes", [0.05, 8], ids=["tables", "database"])
def test_a_file_that_may_not_grow_is_told(untouched: Path, megabytes: float) -> None:
    steps = sorted(path.name for path in (untouched / "steps").iterdir())
    said = launched("build", home=untouched, before=limited(megabytes))
    told = said.refused("has not changed", "Writing", code=6)
    assert "larger than the file size allowed" in told
    assert ".building-" in told
    assert sorted(path.name for path in (untouched / "steps").iterdir()) == steps


def in_a_private_mount(script: str) -> str:
    """Run a shell script that may mount file systems nobody else sees; skips where the system forbids it."""
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "bash", "-c", f"set -e\n{script}"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    if done.returncode == 99 or b"unshare" in done.stderr:
        pytest.skip(f"mounting is not allowed here: {done.stderr.decode().strip()}")
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("state", "words"), [("full", ["is full", "Free some space"]), ("ro", ["cannot be written", "--home"])]
)
def test_a_full_disk_and_a_read_only_folder_are_told(home: Path, tmp_path: Path, state: str, words: list[str]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    name, command = served(home), " ".join(COMMAND) + f" --lang en --home {disk}"
    said = in_a_private_mount(
        f"""mount -t tmpfs -o size={size + 3_000_000 if state == "full" else 2 * size} tmpfs {disk} || exit 99
        cp -a {home}/. {disk}/
        {"mount -o remount,ro " + str(disk) if state == "ro" else "true"}
        code=0; {command} build 2>&1 || code=$?
        echo "exit $code"
        ls -A {disk}/editions
        {command} check | tail -1
        {command} show departement:33 --indicator apl_mg"""
    )
    plain = " ".join(said.split())
    assert "exit 6" in said
    assert all(word in plain for word in [*words, "has not changed"]), said
    assert "Traceback" not in said
    assert ".building-" not in said.partition("exit 6")[2]
    assert f"{name}: " in said
    assert "files intact" in said
    assert "4.91" in said
