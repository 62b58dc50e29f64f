"""Where a build takes each source from: folders of local copies, snapshots received, or the embedded tables.

The first that has the source wins, in that order. Whatever the way, a table and its files' checksums are the same for
the same official files, so that an edition does not depend on how its inputs came.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vigie.editions.steps import checksum
from vigie.errors import InputError, StorageError, Where
from vigie.sources import Source, catalogue, examine, locate_all
from vigie.sources.snapshots import Snapshots, intact

if TYPE_CHECKING:
    import polars as pl

EMBEDDED = Path(__file__).parent / "embedded"
EMBEDDED_MANIFEST = "manifest.json"
EMBEDDED_STEPS = EMBEDDED / "steps"  # steps that take long and weigh little, kept with what made them
Origin = Literal["folder", "snapshot", "embedded", "import"]


@dataclass(frozen=True)
class File:
    """An official file that an input was read from, as received."""

    file: str
    sha256: str
    bytes: int
    address: str = ""
    received: str = ""


@dataclass(frozen=True)
class Input:
    """A source at hand: its files, and where the tidy table is to be read from."""

    source: Source
    files: tuple[File, ...]
    origin: Origin
    paths: tuple[Path, ...]

    @property
    def snapshot(self) -> str:
        """The id that observations carry: the source and the beginning of the checksum of its bytes."""
        return snapshot_id(self.source.id, [file.sha256 for file in self.files])

    def table(self) -> pl.DataFrame:
        """The validated tidy table.

        Raises InputError when a file is not what its source promises, CheckError for a snapshot that is damaged.
        """
        import polars as pl

        if self.origin == "embedded":
            return pl.concat([pl.read_parquet(path) for path in self.paths])
        if self.origin == "snapshot":
            for path, file in zip(self.paths, self.files, strict=True):
                intact(self.source.id, path, file.sha256)
        return pl.concat([examine(self.source, path).table for path in self.paths])


def snapshot_id(source: str, checksums: Sequence[str]) -> str:
    """``source@`` and twelve hexadecimal digits: of the file's checksum, or of the list of them for several files."""
    if len(checksums) == 1:
        return f"{source}@{checksums[0][:12]}"
    return f"{source}@{hashlib.sha256(chr(10).join(sorted(checksums)).encode()).hexdigest()[:12]}"


def gather(folders: Sequence[Path], snapshots: Path | None, embedded: Path | None = EMBEDDED) -> dict[str, Input]:
    """The inputs by source id, from ``folders``, then the ``snapshots`` folder, then the ``embedded`` one.

    Raises StorageError for a folder that does not exist, and for folders that hold no file of any source.
    """
    for folder in folders:
        if not folder.is_dir():
            raise StorageError(
                f"le dossier {folder} n'existe pas.",
                f"the folder {folder} does not exist.",
                remedy_fr="Donnez à --from (ou VIGIE_SOURCES) un dossier de copies locales.",
                remedy_en="Give --from (or VIGIE_SOURCES) a folder of local copies.",
            )
    found = {} if embedded is None else _embedded(embedded)
    found |= {} if snapshots is None else _received(Snapshots(snapshots))
    local = dict(_local(folders))
    if folders and not local:
        names = ", ".join(str(folder) for folder in folders)
        raise StorageError(
            f"aucun fichier d'une source connue dans {names}.",
            f"no file of a known source in {names}.",
            remedy_fr="Les noms attendus : vigie sources --files.",
            remedy_en="The names expected: vigie sources --files.",
        )
    found |= local
    return {name: found[name] for name in catalogue() if name in found}


def _local(folders: Sequence[Path]) -> Iterator[tuple[str, Input]]:
    for name, source in catalogue().items():
        paths = tuple(locate_all(source, folders))
        if paths:
            files = tuple(File(path.name, *_digest(path)) for path in paths)
            yield name, Input(source, files, "folder", paths)


def _digest(path: Path) -> tuple[str, int]:
    try:
        return checksum(path), path.stat().st_size
    except OSError as fault:
        raise StorageError(
            f"{path} ne se lit pas ({fault.strerror}).",
            f"{path} cannot be read ({fault.strerror}).",
        ) from None


def _received(store: Snapshots) -> dict[str, Input]:
    found = {}
    for name, source in catalogue().items():
        kept = store.current(name)
        if kept:
            files = tuple(File(one.file, one.sha256, one.bytes, one.address, one.received) for one in kept)
            found[name] = Input(source, files, "snapshot", tuple(one.path for one in kept))
    return found


def _embedded(folder: Path) -> dict[str, Input]:
    path = folder / EMBEDDED_MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise InputError(
            f"le manifeste des tables embarquées ne se lit pas ({fault}).",
            f"the manifest of the embedded tables cannot be read ({fault}).",
            remedy_fr="Réinstallez Vigie, ou refaites les tables : vigie embed --from DOSSIER.",
            remedy_en="Install Vigie again, or make the tables anew: vigie embed --from FOLDER.",
            where=Where(file=path),
        ) from None
    known = catalogue()
    return {
        name: Input(
            known[name],
            tuple(File(**file) for file in entry["files"]),
            "embedded",
            tuple(_checked(folder / table["file"], table["sha256"]) for table in entry["tables"]),
        )
        for name, entry in manifest["sources"].items()
        if name in known
    }


def _checked(path: Path, expected: str) -> Path:
    if not path.is_file() or _digest(path)[0] != expected:
        raise InputError(
            "la table embarquée manque ou n'a pas le contenu que son manifeste annonce.",
            "the embedded table is missing or is not what its manifest says.",
            remedy_fr="Réinstallez Vigie, ou refaites-la : vigie embed --from DOSSIER.",
            remedy_en="Install Vigie again, or make it anew: vigie embed --from FOLDER.",
            where=Where(file=path),
        )
    return path


def records(inputs: Mapping[str, Input]) -> list[dict[str, object]]:
    """One record a file: snapshot id, source, producer, licence, file, checksum, size — what the manifest keeps."""
    return [
        {
            "snapshot": one.snapshot,
            "source": name,
            "producer": one.source.producer,
            "title": {"fr": one.source.title_fr, "en": one.source.title_en},
            "licence": one.source.licence,
            "landing": one.source.landing,
            "period": one.source.period,
            "origin": one.origin,
            **asdict(file),
        }
        for name, one in inputs.items()
        for file in one.files
    ]


def require(inputs: Mapping[str, Input], needed: Iterable[str]) -> None:
    """Raise InputError naming the sources without which no edition can be built, when any is absent."""
    absent = [name for name in needed if name not in inputs]
    if absent:
        files = ", ".join(" / ".join(catalogue()[name].files()) for name in absent)
        raise InputError(
            f"sources indispensables absentes : {', '.join(absent)} (fichiers {files}).",
            f"sources that cannot be done without are absent: {', '.join(absent)} (files {files}).",
            remedy_fr="Ajoutez-les au dossier donné à --from, ou réinstallez les tables embarquées.",
            remedy_en="Add them to the folder given to --from, or install the embedded tables again.",
        )
