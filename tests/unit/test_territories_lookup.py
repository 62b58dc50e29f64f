from __future__ import annotations

import polars as pl
import pytest

from vigie.errors import AmbiguousNameError, UnknownNameError
from vigie.territories.lookup import Searcher, find
from vigie.territories.names import search_text
from vigie.territories.reference import TERRITORY_SCHEMA

ROWS = [
    ("commune", "01001", "L'Abergement", "commune", "01", "84", 800),
    ("commune", "01004", "Ambérieu-en-Bugey", "commune", "01", "84", 14_000),
    ("commune", "11339", "Saint-Denis", "commune", "11", "76", 500),
    ("commune", "2A004", "Ajaccio", "commune", "2A", "94", 70_000),
    ("commune", "67482", "Strasbourg", "commune", "67", "44", 290_000),
    ("commune", "75056", "Paris", "whole_city", "75", "11", 2_100_000),
    ("commune", "75101", "Paris 1er Arrondissement", "arrondissement", "75", "11", 16_000),
    ("commune", "75102", "Paris 2e Arrondissement", "arrondissement", "75", "11", 20_000),
    ("commune", "76351", "Le Havre", "commune", "76", "28", 166_000),
    ("commune", "93066", "Saint-Denis", "commune", "93", "11", 113_000),
    ("commune", "97601", "Acoua", "commune", "976", "06", None),
    ("epci", "200054781", "Métropole du Grand Paris", "epci", "75", "11", 7_100_000),
    ("bassin_de_vie", "01004", "Ambérieu-en-Bugey", "bassin_de_vie", "01", "84", 40_000),
    ("bassin_de_vie", "99999", "Lonely", "bassin_de_vie", "01", "84", 4),
    ("canton_ou_ville", "1001", "Canton ou ville 1001 (Aix)", "canton_ou_ville", "10", "44", 9_000),
    ("departement", "01", "Ain", "departement", "01", "84", 660_000),
    ("departement", "75", "Paris", "departement", "75", "11", 2_100_000),
    ("departement", "84", "Vaucluse", "departement", "84", "93", 560_000),
    ("region", "84", "Auvergne-Rhône-Alpes", "region", None, "84", 8_100_000),
    ("france", "FR", "France", "france", None, None, 67_000_000),
    ("perimeter", "pays-du-nord", "Pays du Nord", "perimeter", "59", "32", 10),
]
TERRITORIES = pl.DataFrame(
    [dict(zip(["level", "code", "name", "kind", "departement", "region", "population"], r, strict=True)) for r in ROWS],
    schema={name: dtype for name, dtype in TERRITORY_SCHEMA.items() if name != "search"},
).with_columns(search=pl.Series([search_text(row[2]) for row in ROWS]))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("commune:01001", "commune:01001"),
        (" region:84 ", "region:84"),
        ("departement:vaucluse", "departement:84"),
        ("2a004", "commune:2A004"),
        ("01004", "commune:01004"),
        ("99999", "bassin_de_vie:99999"),
        ("200054781", "epci:200054781"),
        ("75", "departement:75"),
        ("fr", "france:FR"),
        ("AMBERIEU en bugey", "commune:01004"),
        ("l abergement", "commune:01001"),
        ("abergement", "commune:01001"),
        ("havre", "commune:76351"),
        ("l'Ain", "departement:01"),
        ("le Vaucluse", "departement:84"),
        ("paris 1", "commune:75101"),
        ("Paris 2ème", "commune:75102"),
        ("pays du nord", "perimeter:pays-du-nord"),
        ("perimeter:pays-du-nord", "perimeter:pays-du-nord"),
    ],
)
def test_find(text: str, key: str) -> None:
    assert find(TERRITORIES, text).key == key


def test_a_level_settles_what_is_ambiguous() -> None:
    assert find(TERRITORIES, "84", level="region").name == "Auvergne-Rhône-Alpes"
    assert find(TERRITORIES, "Ambérieu-en-Bugey", level="bassin_de_vie").population == 40_000


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("st denis", ("commune:93066", "commune:11339")),
        ("84", ("region:84", "departement:84")),
        ("Paris", ("commune:75056", "departement:75")),
        ("1001", ("canton_ou_ville:1001", "commune:01001")),
    ],
)
def test_an_ambiguous_name_gives_its_candidates_the_most_populated_first(
    text: str, candidates: tuple[str, ...]
) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        find(TERRITORIES, text)
    assert caught.value.candidates == candidates
    assert all(key in caught.value.message("en") for key in candidates)


def test_candidates_are_described() -> None:
    with pytest.raises(AmbiguousNameError, match=r"Saint-Denis \(commune, Seine-Saint-Denis\) = commune:93066"):
        find(TERRITORIES, "saint denis")
    assert find(TERRITORIES, "84", "departement").describe("en") == "Vaucluse (département)"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("Strasbour", "commune:67482"), ("Le Hâvres", "commune:76351"), ("1004", "commune:01004")],
)
def test_an_unknown_name_gives_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=nearest):
        find(TERRITORIES, text)


@pytest.mark.parametrize("text", ["", "  ", "!!", "zzzzqqqq", "commune:", "commune:93999"])
def test_what_resembles_nothing_is_unknown(text: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        find(TERRITORIES, text)
    assert "proches" not in caught.value.message("fr")


def test_an_unknown_level_lists_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match="departement, region"):
        find(TERRITORIES, "toto:1")


@pytest.fixture(scope="module")
def searcher() -> Searcher:
    return Searcher(TERRITORIES)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("par", ["departement:75", "commune:75056", "commune:75102", "commune:75101", "epci:200054781"]),
        ("paris", ["departement:75", "commune:75056", "commune:75102", "commune:75101", "epci:200054781"]),
        ("amb", ["commune:01004", "bassin_de_vie:01004"]),
        ("st", ["commune:67482", "commune:93066", "commune:11339"]),
        ("grand metropole", ["epci:200054781"]),
        ("0100", ["commune:01004", "commune:01001", "bassin_de_vie:01004"]),
        ("  ", []),
        ("zz", []),
    ],
)
def test_search_ranks_by_exactness_then_level_then_people(searcher: Searcher, text: str, first: list[str]) -> None:
    assert [one.key for one in searcher.search(text)] == first


def test_search_stops_at_its_limit(searcher: Searcher) -> None:
    assert [one.key for one in searcher.search("a", limit=2)] == ["region:84", "departement:01"]
    assert searcher.search("a", limit=0) == []
