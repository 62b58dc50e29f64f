"""The reader of targets: those of the documents, service commitments, and the files of local targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import InputError
from vigie.indicators import definitions
from vigie.sources.published.figures import documents, figures
from vigie.sources.published.targets import (
    LOCAL_COLUMNS,
    commitments,
    local_targets,
    service_commitments,
    targets,
)

DIRECTIONS = {"apl_mg": "higher", "ald_sans_mt": "lower", "population": "neutral"}
HEADER = ";".join(LOCAL_COLUMNS)
ROW = "epci;241200187;apl_mg;niveau;4,5;2027;2023-06;Rodez Agglomération;Contrat local de santé"


def test_the_ten_commitments_in_their_order():
    assert [one.number for one in commitments()] == list(range(1, 11))
    assert {one.id for one in commitments()} == {
        name for name, one in definitions().items() if one.theme == "engagement"
    }


def test_what_targets_name_exists():
    known, ids, indicators = documents(), set(figures()["id"]), definitions()
    for one in targets():
        assert one.document in known
        assert {former.document for former in one.former} <= set(known)
        assert set(one.published) | set(one.growth) | {name for chain in one.series for name in chain} <= ids
        assert set(one.serves) <= set(indicators)
        assert one.owner or one.id == "cpts"  # the text names no author of that one


def test_series_are_in_time_order_and_of_one_unit():
    by_id = {row["id"]: row for row in figures().iter_rows(named=True)}
    for one in targets():
        for chain in one.series:
            periods = [by_id[name]["period"] for name in chain]
            assert periods == sorted(periods)
            assert len({by_id[name]["unit"] for name in chain}) == 1
        assert {by_id[name]["unit"] for name in one.growth} <= {"percent_change"}


def test_targets_that_were_moved_keep_their_former_value_and_date():
    (moved,) = (one for one in targets() if one.id == "assistants_medicaux")
    assert [(former.value, former.date) for former in moved.former] == [
        (4000, "2022"),
        (4000, "2023-12-31"),
        (10000, "2027-12-31"),
        (10000, "2024-12-31"),
    ]
    assert (moved.target.value, moved.target.date) == (10000, "2025")


def test_means_are_told_beside_the_result_that_they_serve():
    for one in targets():
        assert not one.means or one.serves, one.id


def test_service_commitments_have_a_numerator_a_denominator_and_what_would_measure_them():
    france, sweden = service_commitments()
    assert (france.id, sweden.country) == ("france_sante", "SE")
    assert [part.value for part in france.promises] == [30, 48, 5, 0]
    assert [part.value for part in sweden.promises] == [0, 7, 90, 90]
    for one in (*france.promises, *sweden.promises):
        assert one.numerator_fr
        assert one.denominator_fr
        assert one.needs.fr
    assert france.owner == "Premier ministre"


def test_an_unknown_key_is_refused_with_its_place(tmp_path: Path):
    file = tmp_path / "targets.toml"
    file.write_text('[[target]]\nid = "x"\nset = "autres"\ntitre = "y"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"targets\.toml"):
        targets(file)
    file.write_text("[[target]\n", encoding="utf-8")
    with pytest.raises(InputError, match="TOML"):
        service_commitments(file)


# Local targets ----------------------------------------------------------------------------------------------------


def written(folder: Path, *lines: str) -> Path:
    file = folder / "cibles.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_local_target(tmp_path: Path):
    growth = "departement;08;ald_sans_mt;croissance_annuelle;-10 %;;;CPAM des Ardennes;Contrat"
    level, yearly = local_targets(written(tmp_path, HEADER, ROW, growth), DIRECTIONS)
    assert (level.id, level.level, level.code) == ("apl_mg@epci:241200187", "epci", "241200187")
    assert (level.target.kind, level.target.value, level.target.date, level.since) == ("level", 4.5, "2027", "2023-06")
    assert (level.direction, level.owner, level.line) == ("higher", "Rodez Agglomération", 2)
    assert (yearly.target.kind, yearly.target.value, yearly.direction) == ("yearly_growth", -10, "lower")


def test_commas_separate_as_well(tmp_path: Path):
    file = written(tmp_path, HEADER.replace(";", ","), ROW.replace("4,5", "4.5").replace(";", ","))
    assert local_targets(file, DIRECTIONS)[0].target.value == 4.5


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW.replace("apl_mg", "apl_gm"), ["ligne 2", "indicateur", "apl_gm", "apl_mg"]),
        (ROW.replace("apl_mg", "population"), ["population", "sens souhaité"]),
        (ROW.replace("niveau", "nivo"), ["nature", "nivo", "croissance_annuelle"]),
        (ROW.replace("4,5", "beaucoup"), ["valeur", "beaucoup", "nombre"]),
        (ROW.replace("4,5", ""), ["valeur", "obligatoire"]),
        (ROW.replace("2027", "27"), ["echeance", "27", "2027-06"]),
        (ROW.replace("2023-06", "juin"), ["depuis", "juin"]),
        (ROW.replace(";Rodez Agglomération", ";"), ["porteur", "obligatoire"]),
        (f"{ROW}\n{ROW}", ["deux cibles"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, row: str, words: list[str]):
    with pytest.raises(InputError) as fault:
        local_targets(written(tmp_path, HEADER, row), DIRECTIONS)
    message = fault.value.message("fr")
    for word in ("cibles.csv", *words):
        assert word in message, message


def test_a_missing_column_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="texte"):
        local_targets(written(tmp_path, HEADER.removesuffix(";texte"), ROW.rpartition(";")[0]), DIRECTIONS)


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="introuvable"):
        local_targets(tmp_path / "rien.csv", DIRECTIONS)
