"""The addresses of the map, the comparison and the relation, over ASGI; the tiles and how they are served."""

from __future__ import annotations

import os
import re
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Client, vigie

from vigie.editions import tiles
from vigie.editions.store import current_folder
from vigie.errors import StorageError, VigieError
from vigie.site import create_app

PAGES = [
    "/carte",
    "/carte?niveau=commune",
    "/carte?niveau=commune&dans=23&seuil=3,1",
    "/carte?niveau=bassin_de_vie&indicateur=temps_urgences",
    "/carte?niveau=epci&indicateur=densite_mg&indicateur2=apl_mg&periode2=2021",
    "/carte?niveau=commune&indicateur=nombre_mg",
    "/carte/embed?niveau=region&ici=region:84&vue=2.5,44.3,6.5",
    "/comparer",
    "/comparer?q=creuse",
    "/comparer?t=departement:23&t=commune:75056&t=france:FR&t=departement:976",
    "/relation",
    "/relation?x=part_75_plus&y=temps_urgences&niveau=commune",
    "/relation?x=population&y=apl_mg&niveau=region&periode_y=2021",
]


@pytest.fixture(scope="module")
def home(edition_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own on the same files, without tiles."""
    home = tmp_path_factory.mktemp("explore")
    source = current_folder(edition_home)
    target = home / "editions" / source.name
    shutil.copytree(source, target, copy_function=os.link, ignore=shutil.ignore_patterns("tiles"))
    (home / "editions" / "current").symlink_to(source.name)
    return home


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[Client]:
    yield Client(create_app(home))


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("page", PAGES)
def test_each_page_answers_in_each_language(site: Client, page: str, prefix: str) -> None:
    answer = site.get(prefix + page)
    assert answer.status_code == 200
    assert f'<html lang="{"en" if prefix else "fr"}">' in answer.text
    assert "<style" not in answer.text and " style=" not in answer.text and "<script>" not in answer.text
    told = re.sub(r"<[^>]+>", " ", answer.text)
    assert not re.findall(r"\bNone\b|\bnan\b", told)


@pytest.mark.parametrize(
    "address",
    [
        "/carte?indicateur=nul",
        "/carte?niveau=pays",
        "/carte?niveau=france",
        "/carte?dans=999",
        "/carte?seuil=beaucoup",
        "/carte?vue=1;2",
        "/carte?ici=<script>",
        "/carte/valeurs/apl_mg/commune/1999.json",
        "/carte/valeurs/apl_mg/france/2023.json",
        "/carte/image/apl_mg/commune/2023.svg?theme=rose",
        "/carte/image/apl_mg/commune/2023.png?theme=rose",
        "/carte/cadre/commune/99999.json",
        "/carte/territoires/perimeter.json",
        "/relation?x=nul",
        "/relation?niveau=france",
        "/donnees/tuiles/0123456789abcdef.pmtiles",
        "/donnees/tuiles/..%2fmanifest.pmtiles",
    ],
)
def test_what_is_not_there_is_not_found(site: Client, address: str) -> None:
    assert site.get(address).status_code == 404


def test_a_list_changed_alone_never_leads_to_an_empty_page(site: Client) -> None:
    minutes = site.get("/carte?indicateur=temps_urgences&niveau=departement&periode=2023").text
    assert "voici par département, 2019" in minutes and 'value="2019" selected' in minutes
    assert "voici par département" in site.get("/carte?indicateur=psmt&niveau=commune").text
    relation = site.get("/relation?x=psmt&y=apl_mg&niveau=commune&periode_x=2023&periode_y=2023")
    assert relation.status_code == 200 and 'value="departement" selected' in relation.text


def test_values_are_compact_arrays_in_the_order_of_the_codes(site: Client) -> None:
    roll = site.get("/carte/territoires/departement.json").json()
    names = site.get("/carte/noms/departement.json").json()
    plate = site.get("/carte/valeurs/apl_mg/departement/2023.json").json()
    assert len(roll["codes"]) == len(roll["populations"]) == len(names) == len(plate["values"]) == 101
    gironde = roll["codes"].index("33")
    assert names[gironde] == "Gironde" and plate["values"][gironde] == pytest.approx(4.91, abs=0.03)
    assert plate["values"][roll["codes"].index("976")] is None
    assert sum(count for _, _, count, _ in plate["legend"]) == 101
    assert sum(people for people, _ in plate["bins"]) == pytest.approx(
        sum(n or 0 for n, value in zip(roll["populations"], plate["values"], strict=True) if value is not None), abs=48
    )
    assert site.get("/carte/valeurs/apl_mg/departement/2023.json").headers["etag"]


def test_a_scale_holds_for_every_period(site: Client) -> None:
    one, other = (site.get(f"/carte/valeurs/apl_infirmiers/commune/{year}.json").json() for year in (2021, 2023))
    assert one["breaks"] == other["breaks"] and one["domain"] == other["domain"] and one["values"] != other["values"]


def test_zero_has_a_class_of_its_own_where_many_have_none(site: Client) -> None:
    plate = site.get("/carte/valeurs/nombre_mg/commune/2021.json").json()
    style, text, count, _ = plate["legend"][0]
    zeros = sum(value == 0 for value in plate["values"])
    assert (style, text, count) == ("zero", "zéro", zeros) and zeros > 20_000
    minutes = site.get("/carte/valeurs/temps_urgences/commune/2019.json").json()
    assert "missing" in [style for style, *_ in minutes["legend"]]


def test_the_people_under_a_threshold_are_those_of_the_territories_under_it(site: Client) -> None:
    roll = site.get("/carte/territoires/commune.json").json()
    values = site.get("/carte/valeurs/apl_mg/commune/2023.json").json()["values"]
    under = [value is not None and value < 2.5 for value in values]
    people = sum(n or 0 for n, low in zip(roll["populations"], under, strict=True) if low)
    text = re.sub(r"\s", "", site.get("/carte?niveau=commune&seuil=2.5").text)
    assert f"{people}habitants" in text and f"{sum(under)}communes." in text


def test_a_commune_map_without_javascript_is_one_image_and_a_table_by_departement(site: Client) -> None:
    text = site.get("/carte?niveau=commune").text
    assert "/carte/image/apl_mg/commune/2023.png" in text and "<tbody><tr><th" not in text.split("atlas-table")[1]
    pixels = site.get("/carte/image/apl_mg/commune/2023.png")
    assert pixels.headers["content-type"] == "image/png" and "content-encoding" not in pixels.headers
    assert struct.unpack(">II", pixels.content[16:24]) == (1000, 780) and len(pixels.content) < 150_000
    image = site.get("/carte/image/apl_mg/commune/2023.svg?theme=sombre")
    assert image.headers["content-type"].startswith("image/svg+xml") and image.text.count("<path") == 8
    creuse = site.get("/carte?niveau=commune&dans=23").text
    assert creuse.count('class="area ') == 256 and "Guéret" in creuse


def test_only_the_embedded_map_may_stand_in_a_frame(site: Client) -> None:
    embedded, page = site.get("/en/carte/embed").headers, site.get("/en/carte").headers
    assert "frame-ancestors *" in embedded["content-security-policy"] and "x-frame-options" not in embedded
    assert "frame-ancestors 'none'" in page["content-security-policy"] and page["x-frame-options"] == "DENY"
    assert "unsafe-inline" not in embedded["content-security-policy"]


def test_five_territories_at_most_and_strangers_are_named(site: Client) -> None:
    keys = "&".join(f"t=departement:{code}" for code in ("01", "02", "03", "04", "05", "06"))
    text = site.get(f"/comparer?{keys}&t=departement:999").text
    assert text.count('class="remove"') == 5 and "departement:999" in text and "Cinq territoires au plus" in text
    assert "<script>" not in site.get("/comparer?t=%3Cscript%3E:1").text


def test_a_comparison_says_what_has_no_figure_at_a_level(site: Client) -> None:
    text = site.get("/comparer?t=commune:12202&t=departement:12").text
    assert "sans objet à ce niveau" in text and "4,27" in text and "3,44" in text


def test_a_relation_names_those_far_from_the_line_and_claims_no_cause(site: Client) -> None:
    text = site.get("/relation?x=densite_mg&y=apl_mg&niveau=departement").text
    assert "Une association, pas une cause" in text and text.count('class="area dot') == 100
    assert text.count('class="num main"') == 16
    assert "Intervalle à 95" in text


def test_tiles_are_served_by_ranges_under_a_name_that_changes_with_them(home: Path, tmp_path: Path) -> None:
    own = tmp_path / "home"
    shutil.copytree(home, own, copy_function=os.link, symlinks=True)
    site = Client(create_app(own))
    before = site.get("/carte")
    assert before.headers["cache-control"] == "no-store" and "pmtiles" not in before.text
    folder = current_folder(own)
    (own / "tiles").mkdir()
    content = b"PMTiles" + bytes(range(256)) * 40
    (own / "tiles" / f"{tiles.tile_key(folder)}.pmtiles").write_bytes(content)
    assert tiles.link_tiles(own, folder) and tiles.make_tiles(own) == tiles.tiles_of(folder)
    page = site.get("/carte?niveau=commune")  # the page that stood before the tiles was not kept
    address = re.findall(r"/donnees/tuiles/[0-9a-f]{16}\.pmtiles", page.text)[0]
    assert "<noscript>" not in page.text and 'class="map-still"' in page.text  # the picture stands until the live map
    whole = site.get(address)
    assert whole.content == content and "immutable" in whole.headers["cache-control"]
    part = site.get(address, range="bytes=7-26")
    assert part.status_code == 206 and part.content == content[7:27]
    assert part.headers["content-range"] == f"bytes 7-26/{len(content)}" and part.headers["etag"]
    assert site.get(address, if_none_match=whole.headers["etag"]).status_code == 304
    assert site.get(address, range="bytes=999999-").status_code == 416


def test_without_tippecanoe_the_command_says_so_and_the_site_draws(
    home: Path, monkeypatch: pytest.MonkeyPatch, site: Client
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "tippecanoe", None)
    with pytest.raises(VigieError, match="tippecanoe est absent"):
        tiles.make_tiles(home)
    assert site.get("/carte").status_code == 200


def test_a_failing_tippecanoe_is_told_and_leaves_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tippecanoe"
    program.write_text("#!/bin/sh\necho 'no space left' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(tiles, "tippecanoe", lambda: program)
    with pytest.raises(VigieError, match="no space left"):
        tiles.make_tiles(home)
    assert [path.name for path in (home / "tiles").iterdir()] == [".lock"]


def test_one_process_at_a_time_makes_tiles(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "tippecanoe", lambda: Path("/bin/false"))
    with tiles._alone(home / "tiles"), pytest.raises(StorageError, match="déjà"):
        tiles.make_tiles(home)


def test_the_command_without_an_edition(tmp_path: Path) -> None:
    vigie("tiles", home=tmp_path).refused("vigie build")
