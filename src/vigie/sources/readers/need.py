"""What bears on the need for care, commune by commune: access times, age, deprivation."""

from __future__ import annotations

from pathlib import Path

from vigie.sources.catalogue import Source
from vigie.sources.notes import Draft
from vigie.sources.text import read_text


def emergency_times(source: Source, path: Path) -> Draft:
    """Minutes to the nearest emergency department; null where no road leads to one."""
    grid = read_text(path, source.format).only({"code": "code_commune", "minutes": "temps_acces_urgences_min_2019"})
    grid.require_commune("code")
    grid = grid.floats(["minutes"])
    return Draft(grid.frame, grid)


def age_deprivation(source: Source, path: Path) -> Draft:
    """Share of people of 75 or more, in per cent, and the deprivation index F-EDI."""
    names = {"code": "code_commune", "share_75": "part_75_plus_2022", "fedi": "fedi_2021"}
    grid = read_text(path, source.format).only(names)
    grid.require_commune("code")
    grid = grid.floats(["share_75", "fedi"])
    return Draft(grid.frame, grid)
