import csv
import io

import polars as pl
import pytest

from vigie.errors import InputError
from vigie.sources.published import figures as module
from vigie.sources.published.figures import FIGURE_SCHEMA, disagreements, documents, figures

GOOD = dict.fromkeys(FIGURE_SCHEMA, "") | {
    "id": "a_1",
    "theme": "urgences",
    "label_fr": "Passages, par jour",
    "label_en": "Visits a day",
    "level": "departement",
    "code": "01",
    "period": "2022",
    "value": "58000",
    "unit": "count",
    "qualifier": "exact",
    "document": "cpam_2025",
    "context_only": "false",
}


def write(folder, *rows, header=tuple(FIGURE_SCHEMA), name="some.csv"):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([(GOOD | row).get(column, "") for column in header] for row in rows)
    (folder / name).write_text(text.getvalue(), encoding="utf-8")
    return folder


def fault(folder) -> InputError:
    with pytest.raises(InputError) as caught:
        figures(folder)
    assert caught.value.exit_code == 3
    return caught.value


def test_a_good_file_is_typed_and_keeps_codes_as_text(tmp_path):
    table = figures(write(tmp_path, {"line": "7", "upper": "60000.5"}))
    assert table.schema == pl.Schema(FIGURE_SCHEMA)
    (row,) = table.to_dicts()
    assert (row["code"], row["value"], row["upper"], row["line"]) == ("01", 58000.0, 60000.5, 7)
    assert row["context_only"] is False
    assert row["indicator"] is None
    assert row["numerator"] is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("unit", "pourcent"),
        ("theme", "divers"),
        ("qualifier", "around"),
        ("level", "canton"),
        ("document", "unknown_2024"),
        ("indicator", "apl_medecins"),
        ("value", "58 000"),
        ("value", "4,2"),
        ("value", "n.d."),
        ("value", "nan"),
        ("value", ""),
        ("upper", "beaucoup"),
        ("upper", "3"),
        ("numerator", "1e6"),
        ("denominator", "x"),
        ("code", "1"),
        ("code", ""),
        ("period", "juin 2025"),
        ("period", "2022-13"),
        ("line", "12a"),
        ("context_only", "yes"),
        ("id", "A 1"),
        ("label_en", ""),
        ("label_fr", " Passages"),
    ],
)
def test_a_bad_cell_is_named_with_file_row_column_and_value(tmp_path, column, value):
    error = fault(write(tmp_path, {"id": "a_0"}, {column: value}))
    where = error.where
    assert (where.file, where.row, where.column, where.value) == (tmp_path / "some.csv", 3, column, value)
    for lang, words in (("fr", ("ligne 3", "colonne")), ("en", ("row 3", "column"))):
        message = error.message(lang)
        assert all(word in message for word in ("some.csv", column, value, *words))


def test_rows_are_counted_in_lines_of_the_file(tmp_path):
    write(tmp_path, {"id": "a_0", "note_fr": "sur\ndeux lignes"})
    assert (fault(tmp_path).where.row, fault(tmp_path).where.column) == (2, "note_fr")


def test_an_id_taken_twice_names_both_places(tmp_path):
    write(tmp_path, {}, name="first.csv")
    write(tmp_path, {"id": "a_0"}, {}, name="second.csv")
    error = fault(tmp_path)
    assert (error.where.file, error.where.row, error.where.column) == (tmp_path / "second.csv", 3, "id")
    assert error.where.value == "a_1"
    assert "first.csv" in error.message("fr")


def test_a_missing_column_is_named(tmp_path):
    error = fault(write(tmp_path, {}, header=[name for name in FIGURE_SCHEMA if name != "unit"]))
    assert (error.where.file, error.where.row, error.where.column) == (tmp_path / "some.csv", 1, "unit")
    assert "id,theme" in error.where.value


def test_an_unknown_or_misplaced_column_is_refused(tmp_path):
    error = fault(write(tmp_path, {}, header=[*FIGURE_SCHEMA, "page"]))
    assert error.where.column == "page"
    error = fault(write(tmp_path, {}, header=[*list(FIGURE_SCHEMA)[::-1]]))
    assert "ordre" in error.fr


def test_a_row_with_an_unquoted_comma_is_refused(tmp_path):
    file = write(tmp_path, {}) / "some.csv"
    file.write_text(file.read_text(encoding="utf-8").replace('"', ""), encoding="utf-8")
    error = fault(tmp_path)
    assert (error.where.row, error.where.value) == (2, "a_1")
    assert f"{len(FIGURE_SCHEMA) + 1} cells" in error.en


def test_a_quote_left_open_is_refused(tmp_path):
    file = write(tmp_path, {}) / "some.csv"
    file.write_text(file.read_text(encoding="utf-8") + 'a_2,"open', encoding="utf-8")
    assert fault(tmp_path).where.row == 3


def test_another_encoding_is_refused_with_its_row(tmp_path):
    file = write(tmp_path, {}, {"id": "a_2", "label_fr": "Médecins"}) / "some.csv"
    file.write_bytes(file.read_text(encoding="utf-8").encode("latin-1"))
    error = fault(tmp_path)
    assert (error.where.file, error.where.row, error.where.value) == (file, 3, b"\xe9")


def test_an_empty_folder_is_refused(tmp_path):
    assert fault(tmp_path).where.file == tmp_path


def test_a_range_needs_its_upper_bound(tmp_path):
    assert fault(write(tmp_path, {"qualifier": "between"})).where.column == "upper"


def test_an_exact_repeat_keeps_the_row_that_has_a_quote(tmp_path):
    value = {"indicator": "psmt", "unit": "percent", "value": "9.3"}
    write(tmp_path, value | {"id": "a_plain"}, name="a.csv")
    write(
        tmp_path,
        value | {"id": "b_quoted", "quote_fr": "9,3 %", "line": "3"},
        value | {"id": "b_other", "value": "9.6"},
        value | {"id": "b_document", "document": "egora_2025"},
        value | {"id": "b_upper", "upper": "10"},
        name="b.csv",
    )
    assert figures(tmp_path)["id"].to_list() == ["b_quoted", "b_other", "b_document", "b_upper"]


def test_an_exact_repeat_with_two_quotes_keeps_the_one_that_has_counts(tmp_path):
    value = {"indicator": "psmt", "unit": "percent", "value": "9.3", "quote_fr": "9,3 %"}
    write(tmp_path, value, value | {"id": "a_counts", "denominator": "48800000"}, value | {"id": "a_3"})
    assert figures(tmp_path)["id"].to_list() == ["a_counts"]


def test_figures_without_an_indicator_are_never_merged(tmp_path):
    write(tmp_path, {"label_fr": "une chose"}, {"id": "a_2", "label_fr": "une autre"})
    assert figures(tmp_path).height == 2


def test_disagreements_need_the_same_date_and_unit(tmp_path):
    value = {"indicator": "optam", "unit": "percent", "value": "54"}
    write(
        tmp_path,
        value,
        value | {"id": "a_2", "value": "53.1", "document": "egora_2025"},
        value | {"id": "a_3", "value": "50", "period": "2021"},
        value | {"id": "a_4", "value": "5", "unit": "percent_change"},
        value | {"id": "a_5", "value": "1", "period": ""},
        value | {"id": "a_6", "value": "2", "period": ""},
        value | {"id": "a_7", "document": "france_inter_2024"},
    )
    assert set(disagreements(figures(tmp_path))["id"]) == {"a_1", "a_2", "a_7"}


def test_documents_are_described(tmp_path):
    known = documents()
    assert known["cour_comptes_2024"].kind == "rapport"
    assert all(document.title and document.publisher and document.reuse for document in known.values())
    file = tmp_path / "documents.toml"
    file.write_text('[some]\ntitle = "x"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        documents(file)
    assert (caught.value.where.file, caught.value.where.column) == (file, "documents.some.publisher")
    file.write_text("not toml", encoding="utf-8")
    with pytest.raises(InputError):
        documents(file)


def test_the_shipped_files_are_whole():
    table = figures()
    assert table["id"].is_unique().all()
    assert {"quotidien_medecin_2025", "assurance_maladie_2026", "france_inter_2024", "cpam_2025"} <= set(
        table["document"]
    )
    assert len(list(module.FIGURES.glob("*.csv"))) >= 5
