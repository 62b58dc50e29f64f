"""Reports of the embedded edition: their figures are the edition's, nothing overflows, tags and fonts are there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pypdf
import pypdfium2
import pytest
from page import is_pdf_compliant_bytes, validate_pdf_bytes
from pypdf.generic import DictionaryObject

from vigie.editions.levers import playground
from vigie.editions.observatory import Observatory, open_edition
from vigie.editions.scenarios import play
from vigie.editions.tried import origin_for, tried, tried_at
from vigie.editions.voice import ENGLISH, FRENCH
from vigie.levers.scenario import from_data
from vigie.reports.action import action_plan, scenario_report
from vigie.reports.annex import workbook
from vigie.reports.desk import Desk
from vigie.reports.facts import facts
from vigie.reports.making import departements, overview_pdf
from vigie.reports.maps import short_name
from vigie.reports.messages import three
from vigie.reports.national import national
from vigie.reports.overview import overview
from vigie.reports.press import pdf
from vigie.reports.zones import dossier
from vigie.territories.names import search_text

SMALLEST, LARGEST, ISLAND = "commune:55139", "commune:75056", "commune:29155"
DIFFICULT = (
    *(SMALLEST, LARGEST, ISLAND, "commune:94038", "commune:97608", "departement:2A"),
    *("departement:974", "departement:973", "departement:976", "epci:200054781", "france:FR"),
    *("bassin_de_vie:45234", "perimeter:cpts-vouzinois"),
)
ASSISTANTS = {"actions": [{"lever": "assistants_medicaux", "amount": 4, "places": ["departement:12"]}]}
_BROKEN = re.compile(r"\bNone\b|\bnan\b|\binf\b|\{[a-z_.]+\}|Traceback|\bTrue\b|\bFalse\b")


@pytest.fixture(scope="module")
def observatory(edition_home: Path) -> Iterator[Observatory]:
    with open_edition(edition_home) as found:
        yield found


@pytest.fixture(scope="module")
def desk(observatory: Observatory) -> Desk:
    return Desk(observatory)


def words_of(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def plain(text: str) -> str:
    """With ordinary spaces, as :func:`words_of`."""
    return " ".join(text.split())


def made(desk: Desk, key: str, lang: str = "fr") -> bytes:
    return overview_pdf(desk, desk.observatory.territory(key), "en" if lang == "en" else "fr")


def inside_the_page(body: bytes) -> bool:
    """Whether every letter stands within the margins of its page."""
    for page in pypdfium2.PdfDocument(body):
        width, height = page.get_size()
        text = page.get_textpage()
        for place in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(place)
            if left < 40 or right > width - 40 or bottom < 20 or top > height - 10:
                return False
    return True


@pytest.mark.parametrize("key", DIFFICULT)
def test_every_kind_of_territory_has_a_whole_report(desk: Desk, key: str) -> None:
    own = facts(desk, desk.observatory.territory(key), "fr")
    body = overview_pdf(desk, own.territory, "fr")
    words = words_of(body)
    assert not _BROKEN.search(words)
    assert own.phrases.name in words and desk.observatory.id in words
    assert 2 <= len(pypdf.PdfReader(io.BytesIO(body)).pages) <= 10
    assert inside_the_page(body)
    for name in ("apl_mg", "apl_infirmiers", "apl_kines", "nombre_mg"):
        last = own.last(name)
        if last is not None:
            assert plain(own.value(last)) in words


def test_no_map_and_no_chart_is_empty(desk: Desk) -> None:
    for key in (SMALLEST, "departement:976", ISLAND, "perimeter:cpts-vouzinois"):
        report = overview(desk, desk.observatory.territory(key)).document()
        for block in blocks(report["sections"]):
            if block["kind"] == "figure":
                assert "Aucune valeur publiée" not in block["alt"]
                assert block["svg"].count("<path") + block["svg"].count("<circle") > 2
            if block["kind"] == "table":
                assert block["rows"]


def blocks(sections: list[dict]) -> Iterator[dict]:  # type: ignore[type-arg]
    for one in sections:
        for block in one["blocks"]:
            yield block
            for inner in ("blocks", "left", "right"):
                yield from blocks([{"blocks": block.get(inner, [])}])


def test_the_figures_of_the_table_of_professions_are_those_of_the_edition(desk: Desk) -> None:
    report = overview(desk, desk.observatory.territory("departement:23")).document()
    table = next(one for one in blocks(report["sections"]) if one["kind"] == "table" and "APL" in one["caption"])
    rows = {row[0]["text"]: row for row in table["rows"]}
    expected = desk.observatory.table("observations").filter(
        (pl.col("level") == "departement") & (pl.col("code") == "23") & (pl.col("period") == "2023")
    )
    apl = expected.filter(pl.col("indicator") == "apl_mg")["value"].item()
    assert rows["Médecins généralistes"][1]["text"] == FRENCH.number(apl, 2) == "2,97"
    nurses = expected.filter(pl.col("indicator") == "apl_infirmiers")["value"].item()
    assert rows["Infirmiers"][1]["text"] == FRENCH.number(nurses, 1)
    low, high = desk.observatory.rows(
        """SELECT lower, upper FROM observations WHERE indicator = 'apl_mg_recalculee' AND level = 'departement'
        AND code = '23'"""
    )[0]
    assert rows["Médecins généralistes"][2]["sub"] == f"de {FRENCH.number(low, 2)} à {FRENCH.number(high, 2)}"


def test_messages_say_what_the_figures_say(desk: Desk) -> None:
    """Over a sample of EPCI and communes: three of them, the first on the right side of 2.5, shares that are there."""
    cards = desk.observatory.table("territories").filter(pl.col("level").is_in(["epci", "commune"]))
    for level, code in cards.sample(40, seed=8).select("level", "code").iter_rows():
        own = facts(desk, desk.observatory.territory(f"{level}:{code}"), "fr")
        said = three(own)
        apl, share = own.last("apl_mg"), own.last("part_pop_apl_mg_inf_2_5")
        assert len({one.theme for one in said}) == len(said)
        assert len(said) == 3 or apl is None
        if apl is not None and apl.value is not None:
            assert said[0].tone == ("low" if apl.value < 2.5 else "fair")
            assert ("sous le seuil" in said[0].title or "insuffisant" in said[0].title) == (apl.value < 2.5)
            assert own.value(apl) in said[0].text
        under = next((one for one in said if one.theme == "under"), None)
        if under is not None and share is not None:
            assert own.value(share) in under.title or share.value == pytest.approx(0, abs=0.05)
        for one in said:
            assert not _BROKEN.search(one.title + one.text)
            assert not re.search(r"\b((à|de) les?\b|à Les? |de [AEIOUÉÈ]\w)", one.text), one.text


def test_a_report_is_tagged_titled_bookmarked_and_carries_its_fonts(desk: Desk) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(desk, "departement:2A")))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr-FR"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None and reader.metadata.title == "Corse-du-Sud"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    titles = [one.title for one in reader.outline if not isinstance(one, list)]
    assert "L’essentiel" in titles and "Sources et méthode" in titles
    figures = [node for node in structure(root["/StructTreeRoot"]) if node.get("/S") == "/Figure"]
    assert len(figures) >= 3
    assert all(len(str(node.get("/Alt", ""))) > 20 for node in figures)
    headers = [node for node in structure(root["/StructTreeRoot"]) if node.get("/S") == "/TH"]
    assert len(headers) > 20
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert fonts and all("+" in name for name in fonts)  # a subset prefix: embedded


def test_a_validator_finds_nothing_against_pdf_ua(desk: Desk) -> None:
    """The rules of ISO 14289-1 as the validator of the package page-validation applies them, on each kind of report."""
    card, scenario = desk.observatory.territory("departement:12"), from_data(ASSISTANTS)
    bodies = {
        "département": overview_pdf(desk, card, "fr", "canton_ou_ville"),
        "commune, English": made(desk, LARGEST, "en"),
        "without figures": made(desk, "departement:976"),
        "follow-up": pdf(national(desk, "en")),
        "zoning": pdf(dossier(desk, desk.observatory.territory("commune:45232"), "en")),
        "scenario": pdf(scenario_report(desk, playground(desk.observatory), scenario, "en")),
    }
    for name, body in bodies.items():
        found = validate_pdf_bytes(body, profile="ua1")
        assert found.rules.total > 100
        assert found.is_compliant, (name, [f"{one.rule_id}: {one.message}" for one in found.failures])


def test_the_validator_sees_what_is_against_pdf_ua(desk: Desk) -> None:
    """A drawing that loses its alternative text, a document its language: what the test above would tell."""
    body = made(desk, SMALLEST)
    for spoil in (without_language, without_alternative):
        reader = pypdf.PdfReader(io.BytesIO(body))
        writer = pypdf.PdfWriter(clone_from=reader)
        spoil(writer._root_object)
        spoiled = io.BytesIO()
        writer.write(spoiled)
        assert not is_pdf_compliant_bytes(spoiled.getvalue(), profile="ua1"), spoil.__name__


def without_language(root: DictionaryObject) -> None:
    del root["/Lang"]


def without_alternative(root: DictionaryObject) -> None:
    figure = next(one for one in structure(root["/StructTreeRoot"]) if one.get("/S") == "/Figure")
    del figure["/Alt"]


def test_a_report_reads_in_order(desk: Desk) -> None:
    """Headings go down one level at a time, headers say what they head, pages say the order of their tabs."""
    for lang in ("fr", "en"):
        reader = pypdf.PdfReader(io.BytesIO(made(desk, "departement:2A", lang)))
        root = reader.trailer["/Root"]
        assert root["/Lang"] == {"fr": "fr-FR", "en": "en-GB"}[lang]
        nodes = list(structure(root["/StructTreeRoot"]))
        levels = [int(str(one["/S"])[2:]) for one in nodes if re.fullmatch(r"/H[1-6]", str(one.get("/S", "")))]
        assert levels and set(levels) == set(range(1, max(levels) + 1))
        for head in (one for one in nodes if one.get("/S") == "/TH"):
            given = head["/A"].get_object()
            assert any("/Scope" in one.get_object() for one in (given if isinstance(given, list) else [given]))
        for row in (one for one in nodes if one.get("/S") == "/Table"):
            assert {one.get("/S") for one in structure(row["/K"])} >= {"/TR", "/TH", "/TD"}
        for page in reader.pages:
            assert page["/Tabs"] == "/S" and "/StructParents" in page


@pytest.mark.parametrize("key", [SMALLEST, "departement:12", "epci:241200187", "departement:973"])
def test_no_report_ends_on_a_page_nearly_empty(desk: Desk, key: str) -> None:
    """The smallest commune, Aveyron and Rodez once ended on the box of the method alone."""
    last = list(pypdfium2.PdfDocument(made(desk, key)))[-1]
    page = last.get_textpage()
    lowest = min(page.get_rect(place)[1] for place in range(page.count_rects()) if page.get_rect(place)[1] > 60)
    assert last.get_height() - lowest > 0.35 * last.get_height()


def test_what_could_not_be_judged_is_not_called_free_of_alerts(desk: Desk) -> None:
    words = words_of(made(desk, "departement:976"))
    assert "aucun territoire de cette maille n’a pu être jugé" in words
    assert "Non jugé, faute de données (5)" in words and "n’est en alerte" not in words


def structure(node: DictionaryObject) -> Iterator[DictionaryObject]:
    waiting = [node]
    while waiting:
        one = waiting.pop().get_object()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, DictionaryObject):
            yield one
            if "/K" in one:
                waiting.append(one["/K"])


def test_the_same_edition_gives_the_same_bytes(desk: Desk, observatory: Observatory) -> None:
    again = Desk(observatory)
    for key in ("departement:2A", SMALLEST):
        assert made(desk, key) == made(again, key)
    card = observatory.territory(SMALLEST)
    assert workbook(desk, card) == workbook(again, card)


def test_english_has_its_own_words_and_figures(desk: Desk) -> None:
    body = made(desk, "departement:2A", "en")
    words = words_of(body)
    assert "In short" in words and "L’essentiel" not in words and "non disponible" not in words
    own = facts(desk, desk.observatory.territory("departement:2A"), "en")
    last = own.last("apl_mg")
    assert last is not None and plain(ENGLISH.value(last.value or 0, own.definition("apl_mg"))) in words
    assert pypdf.PdfReader(io.BytesIO(body)).trailer["/Root"]["/Lang"] == "en-GB"


def test_a_departement_has_its_mesh_with_the_six_indicators(desk: Desk) -> None:
    """Recommendation 1 of the Cour: each territory of the mesh, six indicators, a degree, resources."""
    card = desk.observatory.territory("departement:23")
    tables = [one for one in blocks(overview(desk, card).document()["sections"]) if one["kind"] == "table"]
    epci = desk.parts(card, "epci")
    six = next(one for one in tables if "six indicateurs" in one["caption"])
    epci.sort(key=lambda one: search_text(short_name(one, 46)))
    assert [row[0] for row in six["rows"]] == [short_name(one, 46) for one in epci]
    assert len(six["columns"]) == 9
    apl = desk.values("apl_mg", "epci", "2023", [one.code for one in epci])
    for row, one in zip(six["rows"], epci, strict=True):
        assert row[2]["text"] == FRENCH.number(apl[one.code][0] or 0, 2)
        assert {cell["text"] for cell in row[3:8]} == {"n. d."}
    resources = next(one for one in tables if "Ressources" in one["caption"])
    doctors = desk.observatory.rows(
        "SELECT value FROM observations WHERE indicator = 'nombre_mg' AND level = 'departement' AND code = '23'"
    )[0][0]
    assert resources["rows"][-1][1]["text"] == FRENCH.number(doctors)


@pytest.mark.parametrize("key", ["departement:02", "departement:78", "departement:69"])
def test_a_departement_of_many_epci_keeps_to_eight_pages(desk: Desk, key: str) -> None:
    body = made(desk, key)
    assert 4 <= len(pypdf.PdfReader(io.BytesIO(body)).pages) <= 8
    assert inside_the_page(body)


def test_levers_that_fit_are_tried_where_it_is_hardest(desk: Desk) -> None:
    """The figures of the table are those of the scenario played on all of France, the cost that of its trial."""
    card = desk.observatory.territory("departement:23")
    place = tried_at(desk.observatory, card)
    apl = desk.values("apl_mg", "epci", "2023", [one.code for one in desk.parts(card, "epci")])
    assert place.level == "epci" and place.departement == "23"
    assert all(
        apl[place.code][0] <= (apl[one.code][0] or 9) for one in desk.parts(card, "epci") if one.departement == "23"
    )
    origin = origin_for(desk.observatory, place)
    assert origin is not None and origin.departement == "23" and origin.code != place.code
    country = playground(desk.observatory)
    found = {one.lever.id: one for one in tried(desk.observatory, desk.ground(card), card, 1)}
    assert "depart" not in found and {"installation", "cabinet_secondaire", "assistants_medicaux"} <= set(found)
    action = {"lever": "installation", "amount": 1, "places": [place.key]}
    whole = play(from_data({"territory": place.key, "actions": [action]}), country)
    own = found["installation"].answer
    assert own.scope.mean_before == pytest.approx(whole.scope.mean_before)
    for end in ("value", "low", "high"):
        assert getattr(own.scope.mean_after, end) == pytest.approx(getattr(whole.scope.mean_after, end), abs=1e-6)
    table = next(
        one for one in blocks(overview(desk, card).document()["sections"])
        if one["kind"] == "table" and "chaque levier" in one["caption"]
    )  # fmt: skip
    row = next(row for row in table["rows"] if row[0]["text"].startswith("Installation"))
    before, after = (FRENCH.number(value, 2) for value in (own.scope.mean_before, own.scope.mean_after.value))
    assert row[2]["text"] == f"{before} → {after}"
    assert plain(row[3]["text"]) == "10 000 € la première année"


def test_an_action_plan_says_who_and_when_and_adds_up(desk: Desk) -> None:
    card, country = desk.observatory.territory("departement:12"), playground(desk.observatory)
    scenarios = [
        from_data({"title": "A", "owner": "CPTS", "date": "2027-01",
                   "actions": [{"lever": "installation", "amount": 2, "places": ["commune:12089"]}]}),
        from_data(ASSISTANTS),
    ]  # fmt: skip
    plan = action_plan(scenarios, card.key, {"mg": country})
    assert plan.together is not None
    each = [one["scope"]["mean"]["after"]["value"] - one["scope"]["mean"]["before"] for one in plan.answers]
    both = plan.together["scope"]["mean"]
    assert both["after"]["value"] - both["before"] == pytest.approx(sum(each), rel=0.05)
    words = words_of(overview_pdf(desk, card, "fr", "epci", plan))
    assert "CPTS" in words and "janvier 2027" in words and "à convenir" in words
    first = sum(one["costs"]["total"]["value"][0] for one in plan.answers)
    assert f"{FRENCH.number(first)} €".replace("\u202f", " ") in words.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Effet d’ensemble en Aveyron" in words


def test_the_mesh_may_be_another(desk: Desk) -> None:
    report = overview(desk, desk.observatory.territory("departement:23"), "fr", "bassin_de_vie").document()
    six = next(one for one in blocks(report["sections"]) if one["kind"] == "table" and "six indi" in one["caption"])
    assert six["columns"][0]["title"] == "Bassin de vie"
    assert "Guéret" in {row[0] for row in six["rows"]}


def test_a_mesh_that_the_edition_does_not_keep_is_gathered_from_its_communes(desk: Desk) -> None:
    """Cantons and towns nest in their département: their professionals add up to its own."""
    card = desk.observatory.territory("departement:12")
    tables = {
        one["caption"]: one["rows"]
        for one in blocks(overview(desk, card, "fr", "canton_ou_ville").document()["sections"])
        if one["kind"] == "table"
    }
    six = next(rows for caption, rows in tables.items() if "six indi" in caption)
    resources = next(rows for caption, rows in tables.items() if caption.startswith("Ressources"))
    assert len(six) == len(desk.parts(card, "canton_ou_ville")) > 20
    assert {"Rodez", "Villefranche-de-Rouergue"} <= {row[0] for row in six}
    assert all(re.fullmatch(r"\d,\d\d", row[2]["text"]) for row in six)
    assert {row[8]["text"] for row in six} == {"aides ciblées", "sans alerte"}
    for column in range(1, 9):
        *parts, whole = (row[column] if isinstance(row[column], str) else row[column]["text"] for row in resources)
        assert sum(int(one) for one in parts) == int(whole)


def test_a_verdict_stands_beside_the_figure_that_it_rests_on(desk: Desk) -> None:
    """Where only a growth is published, the growth: no « en retard » beside « non disponible »."""
    for key in ("commune:45232", "departement:12"):
        tables = blocks(overview(desk, desk.observatory.territory(key)).document()["sections"])
        rows = next(one["rows"] for one in tables if "dix engagements" in one.get("caption", ""))
        told = {row[0][0]: (row[-2]["text"], row[-1]["text"]) for row in rows if row[0][1] == "."}
        assert told["8"] == ("−1,7\u202f%", "s’éloigne")
        assert told["5"] == ("non disponible", "non mesurable")
        assert {figure for figure, verdict in told.values() if verdict != "non mesurable"}.isdisjoint(
            {"non disponible"}
        )


@pytest.mark.parametrize(
    ("key", "said", "unsaid"),
    [
        ("commune:29083", ("À l’Île-de-Sein", "médecin généraliste sur place", "Pour 273 habitants, un médecin"),
         ("médecins généralistes sur place", "son intercommunalité")),
        ("commune:97352", ("Aucun généraliste n’est à portée en 2023", "Aucun levier dont l’effet est mesuré"),
         ("périmètre libre", "passerait de 0,00", "entre 0,00 et 0,00", "consultent dans les communes voisines")),
        ("commune:26274", ("de 0,00 consultations",), ("Si personne ne remplaçait",)),
        ("commune:97608", ("Trois médecins généralistes exercent", "Mayotte est absente"),
         ("Mesure l’accès potentiel, non les rendez-vous",)),
        ("commune:45232", ("Aucune alerte ne place ce territoire", "France (34 957)"), ("France (34 899)",)),
        ("commune:75056", ("Les 12 arrondissements les plus peuplés", "Paris 15e"),
         ("communes les plus peuplées", "bassin de vie « Paris")),
        ("epci:200067361", ("1 communauté professionnelle territoriale",), ("1 communautés",)),
        ("departement:12", ("Pourquoi : bassin de vie « Rodez », où vivent le plus d’habitants",
                            "Le département n’a pas de degré de difficulté, mais des intercommunalités en ont un"),
         ("« Aurillac »",)),
    ],
)  # fmt: skip
def test_what_is_said_of_a_place_fits_it(desk: Desk, key: str, said: tuple[str, ...], unsaid: tuple[str, ...]) -> None:
    words = plain(words_of(made(desk, key)).replace("\u202f", " ").replace("\u00a0", " "))
    assert [one for one in said if one not in words] == []
    assert [one for one in unsaid if one in words] == []


def test_the_national_follow_up_has_every_commitment_and_its_verdict(desk: Desk) -> None:
    body = pdf(national(desk))
    words = words_of(body)
    for phrase in ("en retard", "non mesurable", "n° 8", "9 500", "12,2", "recommandation 2"):
        assert phrase in words
    assert inside_the_page(body) and not _BROKEN.search(words)
    earlier = words_of(pdf(national(desk, year=2023)))
    assert "tel que connu fin 2023" in earlier and "30 juin 2025" not in earlier


def test_a_series_of_reports_goes_on_where_it_stopped(desk: Desk, tmp_path: Path) -> None:
    first = departements(desk, tmp_path)
    begun = [next(first) for _ in range(2)]
    assert not any(one.kept for one in begun)
    begun[1].path.write_bytes(b"damaged")
    again = departements(desk, tmp_path)
    assert [next(again).kept for _ in range(2)] == [True, False]
    assert begun[1].path.read_bytes().startswith(b"%PDF")


def test_the_annex_is_a_workbook_of_typed_cells(desk: Desk) -> None:
    own = facts(desk, desk.observatory.territory("epci:200054781"), "fr")
    book = openpyxl.load_workbook(io.BytesIO(workbook(desk, own.territory)))
    assert book.sheetnames[0] == "Lisez-moi" and book.sheetnames[-1] == "Sources"
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "B2"
        assert all(cell.value for cell in sheet[1])
    access = {row[10].value: row for row in book["Accès aux soignants"].iter_rows(min_row=2)}
    last = own.last("apl_mg")
    assert last is not None and access["apl_mg"][3].value == pytest.approx(last.value)
    assert access["apl_mg"][3].data_type == "n"
    places = book["Communes"]
    assert places.max_row == 1 + len(own.members)
    codes = [row[1].value for row in places.iter_rows(min_row=2)]
    assert "75101" in codes and all(isinstance(code, str) for code in codes)


def test_the_annex_of_a_departement_has_what_its_report_has(desk: Desk) -> None:
    """The outlook year by year, the classes of each rule, the territories of the mesh."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(desk, desk.observatory.territory("departement:12"))))
    years = list(book["Perspectives"].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in years] == [*range(2023, 2036)] * 2
    stored = desk.observatory.rows(
        "SELECT year, apl, apl_low FROM outlook WHERE variant = 'central' AND level = 'departement' AND code = '12'"
    )
    assert {row[1]: row[2:4] for row in years[:13]} == {
        year: (pytest.approx(apl, abs=1e-5), pytest.approx(low, abs=1e-5)) for year, apl, low in stored
    }
    people = {row[0]: 0 for row in book["Zonages"].iter_rows(min_row=2, values_only=True)}
    for row in book["Zonages"].iter_rows(min_row=2, values_only=True):
        people[row[0]] += row[5]
    assert len(people) > 5 and set(people.values()) == {279_649}
    mesh = list(book["Maille"].iter_rows(min_row=2, values_only=True))
    assert len(mesh) == len(desk.parts(desk.observatory.territory("departement:12"), "epci"))
    assert all(isinstance(row[4], float) and row[5] is None for row in mesh)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("epci:200034825", "Grand Guéret"),
        ("epci:249740077", "CIVIS"),
        ("epci:200054781", "Métropole du Grand Paris"),
        ("commune:94038", "L’Haÿ-les-Roses"),
    ],
)
def test_names_on_maps_are_those_that_people_say(desk: Desk, key: str, name: str) -> None:
    assert short_name(desk.observatory.territory(key), 40) == name
