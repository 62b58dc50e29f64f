"""The transcribed figures against the documents they come from: their words, their line, their value.

The documents are not part of the project: VIGIE_SHARED names their folder, by default ``shared`` beside the clone.
"""

import os
import re
import tomllib
from pathlib import Path

import pytest

from vigie.sources.published import figures as module

FILES = (
    "quotidien_medecin_2025",
    "assurance_maladie_2026",
    "france_inter_2024",
    "cpam_2025",
    "methods_published",
)
WORDS = {
    0: ("dépourvus", "aucun", "la journée"),
    1: ("un euro",),
    2: ("deux", "doublé", "deuxième"),
    3: ("trois",),
    5: ("cinq",),
    7: ("sept",),
    8: ("huit",),
    10: ("dix", "une femme sur 10"),
    40: ("quarante",),
    50: ("une cinquantaine", "une fois sur deux"),
    100: ("chaque assuré",),
}


def seeds() -> Path:
    named = os.environ.get("VIGIE_SHARED")
    return (Path(named) if named else Path(__file__).parents[2].parent / "shared") / "seeds"


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """The lines of each document whose text is at hand, by document id."""
    folder = seeds()
    if not folder.is_dir():
        pytest.skip(f"no documents to check against in {folder}: set VIGIE_SHARED to the folder that holds seeds/")
    found = {}
    for document in module.documents().values():
        if document.seed:
            (file,) = folder.glob(f"{document.seed}*.txt")
            found[document.id] = file.read_text(encoding="utf-8").split("\n")
    return found


def plain(text: str) -> str:
    return " ".join(text.split())


def is_at(quote: str, lines: list[str], line: int) -> bool:
    """The quote begins at this line, one line more or less."""
    return any(
        plain(quote) in (text := plain("\n".join(lines[start : start + 8])))
        and text.index(plain(quote)) <= len(plain(lines[start]))
        for start in range(max(line - 2, 0), line + 1)
    )


def french(number: float) -> list[str]:
    """The ways in which a document may print a number."""
    whole, _, decimals = f"{abs(number):f}".rstrip("0").rstrip(".").partition(".")
    grouped = f"{int(whole):,}".replace(",", " ")
    forms = [whole, grouped] if not decimals else [f"{whole},{decimals}", f"{whole},{decimals.ljust(2, '0')}"]
    if abs(number) >= 1e6:
        millions = f"{abs(number) / 1e6:g}".replace(".", ",")
        forms += [f"{millions} million", f"{millions} millions"]
    return forms


def prints(quote: str, number: float) -> bool:
    text = plain(quote)
    forms = french(number)
    if re.search(r"\d(,\d+)? (et|à) \d(,\d+)? millions", text) and abs(number) >= 1e6:
        forms.append(f"{number / 1e6:g}".replace(".", ","))
    digits = any(re.search(rf"(?<![\d,]){re.escape(form)}(?!\d|,\d| \d{{3}}\b)", text) for form in forms)
    words = WORDS.get(int(number), ()) if number == int(number) else ()
    return digits or any(re.search(rf"\b{word}\b", text.lower()) for word in words)


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    known = module.documents()
    return [
        module._typed(row, known) | {"file": name}
        for name in FILES
        for row in module._rows(module.FIGURES / f"{name}.csv")
    ]


def test_every_quote_is_in_its_document_at_its_line(texts, rows):
    quoted = [row for row in rows if row["quote_fr"]]
    assert len(quoted) > 150
    wrong = [row["id"] for row in quoted if not is_at(row["quote_fr"], texts[row["document"]], row["line"])]
    assert wrong == []


def test_every_value_is_printed_in_its_quote(rows):
    wrong = [
        (row["id"], number)
        for row in rows
        for number in (row["value"], row["upper"])
        if row["quote_fr"] and number is not None and not prints(row["quote_fr"], number)
    ]
    assert wrong == []


def test_the_check_of_values_can_fail():
    assert prints("soit 2 293 nouveaux médecins", 2293)
    assert not prints("soit 2 293 nouveaux médecins", 2)
    assert not prints("soit 2 293 nouveaux médecins", 293.5)
    assert not prints("ce taux s’établit à 4,2 %", 2)
    assert not prints("ce taux s’établit à 4,2 %", 4)


def test_quotes_are_short_and_figures_without_one_say_why(rows):
    for row in rows:
        if row["quote_fr"]:
            assert len(row["quote_fr"]) <= 200, row["id"]
            assert row["line"], row["id"]
            assert row["place"], row["id"]
        else:
            assert row["file"] == "methods_published", row["id"]
            assert re.match("Valeur (reprise|calculée)", row["note_fr"]), row["id"]


def test_figures_without_a_period_say_so(rows):
    undated = [row for row in rows if row["period"] is None]
    assert undated
    assert [row["id"] for row in undated if "période laissée vide" not in row["note_fr"]] == []


@pytest.mark.parametrize("name", FILES[:4])
def test_every_percentage_and_amount_of_the_document_is_transcribed(texts, rows, name):
    number = r"(?<![\d,])\d{1,3}(?: \d{3})*(?:,\d+)? ?(?:%|€|euros\b|M€|millions\b)"
    quotes = " | ".join(plain(row["quote_fr"]) for row in rows if row["document"] == name and row["quote_fr"])
    printed = set(re.findall(number, plain(" ".join(texts[name]))))
    assert printed
    assert printed - set(re.findall(number, quotes)) == set()


def test_targets_quote_their_documents(texts):
    tables = tomllib.loads((module.HERE / "targets.toml").read_text(encoding="utf-8"))
    quoted = [*tables["target"]]
    for target in tables["target"]:
        quoted += target.get("former", [])
        quoted += [target["then"]] if "then" in target else []
    for commitment in tables["service_commitment"]:
        quoted += [promise | {"document": commitment["document"]} for promise in commitment["promises"]]
    checked = 0
    for table in quoted:
        if table["quote_fr"]:
            assert is_at(table["quote_fr"], texts[table["document"]], table["line"]), table
            value = table["target"]["value"] if "target" in table else table["value"]
            if table.get("unit") != "EUR":
                assert prints(table["quote_fr"], value), table
            checked += 1
    assert checked == 7 + 1 + 4 + 6 + 8
