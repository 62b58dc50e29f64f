"""``vigie travel`` as a process: matrices from each model, what they say of themselves, comparison, wrong inputs."""

from __future__ import annotations

import json
from pathlib import Path

import osmium
import polars as pl
import pytest
from osmium.osm import mutable
from processes import Said, vigie

from vigie.editions.travel import read_matrix
from vigie.errors import InputError

PLACES = "id,lon,lat\na,2.35,48.85\nb,2.36,48.86\nc,2.90,48.90\n"
FILES = {
    "places.csv": PLACES,
    "swapped.csv": "id,lon,lat\na,48.85,2.35\nb,48.86,2.36\n",
    "metres.csv": "id,lon,lat\na,652000,6862000\n",
    "nan.csv": "id,lon,lat\na,2.35,48.85\nb,nan,48.86\n",
    "twice.csv": "id,lon,lat\na,2.3,48\nb,2.4,48\na,2.5,48\n",
    "edges.csv": "from,to,minutes\n1,2,5\n2,1,5\n2,3,4\n3,2,4\n",
    "nodes.csv": "node,lon,lat\n1,2.35,48.85\n2,2.36,48.86\n3,2.9,48.9\n",
    "no-edges.csv": "from,to,minutes\n",
    "strange-edges.csv": "from,to,minutes\n1,2,5\n1,9,5\n",
    "matrix.csv": "place,site,minutes\na,b,5\nb,c,12.5\nc,a,40\n",
    "negative.csv": "place,site,minutes\na,b,5\nb,a,-2\n",
    "unknown.csv": "place,site,minutes\na,b,5\nb,x,7\n",
    "junk.parquet": "not a Parquet file",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("travel")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    with osmium.SimpleWriter(str(made / "town.osm.pbf")) as writer:
        for number, (lon, lat) in enumerate([(2.35, 48.85), (2.36, 48.86), (2.37, 48.87)], 1):
            writer.add_node(mutable.Node(id=number, location=(lon, lat), version=1))
        writer.add_way(mutable.Way(id=1, nodes=[1, 2, 3], tags={"highway": "primary"}, version=1))
        writer.add_way(mutable.Way(id=2, nodes=[2, 3], tags={"highway": "service"}, version=1))
    whole = (made / "town.osm.pbf").read_bytes()
    (made / "cut.osm.pbf").write_bytes(whole[: len(whole) // 2])
    return made


def make(folder: Path, *options: str, lang: str = "en") -> Said:
    """Run ``vigie travel make`` in ``folder``; names of files there stand for themselves."""
    there = [str(folder / word) if (folder / word).is_file() else word for word in options]
    return vigie("travel", "make", *there, home=folder / "home", lang=lang)


def test_a_matrix_says_how_it_was_made_and_is_read_back_whole(folder):
    target = folder / "crow.parquet"
    said = make(folder, "--model", "crow-fly", "--places", "places.csv", "--limit", "10", "-o", str(target))
    assert said.code == 0, said.err
    assert "3 places, 3 sites, 5 pairs; 1 place reaches no other site." in said.out
    found = read_matrix(target)
    assert found.travel.places.tolist() == ["a", "b", "c"]
    assert found.travel.limit == 10
    assert "straight line × 1.3, speeds of 60 km/h" in found.travel.made_by.en
    assert found.facts["model"] == "crow-fly"
    assert found.facts["places"]["file"] == "places.csv"
    assert len(found.facts["places"]["sha256"]) == 64
    again = folder / "again.parquet"
    make(folder, "--model", "crow-fly", "--places", "places.csv", "--limit", "10", "-o", str(again))
    assert again.read_bytes() == target.read_bytes()
    # Places and sites that are in no pair are in the matrix all the same.
    (folder / "far.csv").write_text("id,lon,lat\ny,2.35,48.85\nz,5,45\n", encoding="utf-8")
    said = make(folder, "--model", "crow-fly", "--places", "places.csv", "--sites", "far.csv", "-o", str(again))
    assert said.code == 0, said.err
    alone = read_matrix(again).travel
    assert (alone.places.tolist(), alone.sites.tolist(), alone.minutes.size) == (["a", "b", "c"], ["y", "z"], 2)


def test_roads_and_openstreetmap_make_matrices_that_compare_with_straight_lines(folder):
    targets = {name: folder / f"{name}.parquet" for name in ("lines", "edges", "osm")}
    made = [
        make(folder, "--model", "crow-fly", "--places", "places.csv", "-o", str(targets["lines"])),
        make(
            folder, "--model", "roads", "--file", "edges.csv", "--nodes", "nodes.csv", "--places", "places.csv",
            "-o", str(targets["edges"]),
        ),
        make(folder, "--model", "pbf", "--file", "town.osm.pbf", "--places", "places.csv", "-o", str(targets["osm"])),
    ]  # fmt: skip
    for said in made:
        assert said.code == 0, said.err
    assert "1 place more than 5 km from any road (c)" in made[2].told
    on_edges = {(place, site): time for place, site, time in pl.read_parquet(targets["edges"]).iter_rows()}
    # One minute at each end (osm_car.toml), the places being on their nodes.
    assert on_edges["a", "c"] == pytest.approx(1 + 5 + 4 + 1, abs=1e-3)
    said = vigie("travel", "compare", targets["lines"], targets["edges"], "--json", home=folder / "home")
    told = json.loads(said.raw)
    assert told["summary"]["only_b"] == 4
    assert told["alone_in_a"] == ["c"]
    assert told["alone_in_b"] == []
    assert {(row["place"], row["site"]) for row in told["largest"]} == {("a", "b"), ("b", "a")}
    said = vigie("travel", "compare", targets["lines"], targets["osm"], home=folder / "home", lang="fr")
    assert "A lines.parquet : vol d'oiseau × 1,3" in " ".join(said.out.replace("\u202f", " ").split())
    assert "5 couples dans les deux, 0 dans A seulement, 0 dans B seulement." in said.out
    assert "osm.parquet" in said.out


def test_a_matrix_of_one_s_own_is_checked_and_cut_at_the_limit(folder):
    target = folder / "own.parquet"
    said = make(folder, "--model", "matrix", "--file", "matrix.csv", "--limit", "30", "-o", str(target))
    assert said.code == 0, said.err
    found = read_matrix(target).travel
    assert (found.limit, found.minutes.tolist()) == (30, [5, 12.5])
    assert found.places.tolist() == ["a", "b", "c"]
    assert read_matrix(folder / "matrix.csv").travel.limit == 40


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["crow-fly", "--places", "swapped.csv"], ["swapped.csv", "row 2", "swapped", "48.85, 2.35"]),
        (["crow-fly", "--places", "metres.csv"], ["metres.csv", "row 2", "EPSG:2154"]),
        (["crow-fly", "--places", "nan.csv"], ["nan.csv", "row 3", "lon"]),
        (["crow-fly", "--places", "twice.csv"], ["twice.csv", "row 4", "given before"]),
        (["roads", "--file", "no-edges.csv", "--nodes", "nodes.csv", "--places", "places.csv"], ["no row of data"]),
        (
            ["roads", "--file", "strange-edges.csv", "--nodes", "nodes.csv", "--places", "places.csv"],
            ["strange-edges.csv", "row 3", "not in the table of nodes"],
        ),
        (["pbf", "--file", "cut.osm.pbf", "--places", "places.csv"], ["cut.osm.pbf", "cut short", "download it again"]),
        (["matrix", "--file", "negative.csv"], ["negative.csv", "row 3", "not below 0"]),
        (
            ["matrix", "--file", "unknown.csv", "--places", "places.csv", "--sites", "places.csv"],
            ["row 3", "unknown id", "x"],
        ),
        (["matrix", "--file", "junk.parquet"], ["junk.parquet"]),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(folder, options, words):
    target = folder / "wrong.parquet"
    make(folder, "--model", *options, "-o", str(target)).refused(*words)
    assert not target.exists()


def test_a_matrix_is_written_as_parquet_where_it_can_be(folder):
    make(folder, "--model", "matrix", "-o", "times.csv").refused(".parquet")
    said = make(folder, "--model", "crow-fly", "--places", "places.csv", "-o", str(folder / "none" / "t.parquet"))
    said.refused("cannot be written", code=6)


def test_unknown_ids_in_what_a_matrix_says_of_itself_do_no_harm(folder):
    target = folder / "odd.parquet"
    pl.DataFrame({"place": ["a"], "site": ["b"], "minutes": [1.0]}).write_parquet(target, metadata={"vigie": "{broken"})
    assert read_matrix(target).travel.minutes.tolist() == [1.0]
    pl.DataFrame({"place": ["a"], "site": ["b"]}).write_parquet(target)
    with pytest.raises(InputError) as error:
        read_matrix(target)
    assert "minutes" in error.value.message("en")
