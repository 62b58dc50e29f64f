"""Lists that ARS published, brought into a home: compared at once with the rule that they apply, without a build."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vigie.editions.store import storage_errors
from vigie.editions.zoning_brought import FOLDER
from vigie.editions.zoning_compare import with_list
from vigie.territories.names import search_text
from vigie.zoning.apply import Zoning
from vigie.zoning.field import Field

PREFIX = "liste_"
_FILE = re.compile(r"([a-z][a-z0-9_]{0,40}?)--([a-z0-9_]{1,40})")


@dataclass(frozen=True)
class Listed:
    """A list: its ``id`` where a rule is named, the rule that it applies, what it is called, its file."""

    id: str
    rule: str
    name: str
    path: Path

    @property
    def mark(self) -> tuple[int, int]:
        """What changes with the file."""
        stat = self.path.stat()
        return stat.st_mtime_ns, stat.st_size


def bring(home: Path, zoning: Zoning, field: Field, file: Path) -> Listed:
    """Put a list into a home, in the place of one of the same name and rule, after reading it whole.

    Raises what :func:`vigie.editions.zoning_compare.with_list` raises for one that is wrong.
    """
    with_list(zoning, field, file)
    name = re.sub(r"[^a-z0-9]+", "_", search_text(file.stem)).strip("_")[:40] or "ars"
    target = home / FOLDER / f"{zoning.rule.id}--{name}.csv"
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".tmp")
        aside.write_bytes(file.read_bytes())
        aside.replace(target)
    return Listed(f"{PREFIX}{name}", zoning.rule.id, name.replace("_", " "), target)


def lists(home: Path) -> dict[str, Listed]:
    """The lists of a home by id, in the order of their names."""
    found = {}
    for path in sorted((home / FOLDER).glob("*.csv")):
        matched = _FILE.fullmatch(path.stem)
        if matched is not None:
            name = matched[2]
            found[f"{PREFIX}{name}"] = Listed(f"{PREFIX}{name}", matched[1], name.replace("_", " "), path)
    return found
