"""The worked example of docs/add-a-source.md is run as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from vigie.sources.catalogue import Source, parse
from vigie.sources.notes import Draft
from vigie.sources.tables import TABLES, validate
from vigie.sources.text import read_text

GUIDE = (Path(__file__).parents[2] / "docs" / "add-a-source.md").read_text(encoding="utf-8")


def block(language: str, word: str) -> str:
    return next(found for found in re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL) if word in found)


def test_the_definition_and_the_reader_of_the_guide_work(tmp_path: Path) -> None:
    found = parse(block("toml", "emergency_times_2024"), Path("emergency_times_2024.toml"))
    scope: dict[str, Any] = {"read_text": read_text, "Draft": Draft, "Source": Source, "Path": Path}
    exec(block("python", "def emergency_times_2024"), scope)
    path = tmp_path / "temps_urgences_2024.csv"
    sample = re.search(r"    code_insee;minutes_2024\n(?:    .*\n)+", GUIDE)
    assert sample is not None
    path.write_text(sample.group().replace("    ", ""), encoding="utf-8")
    table = validate(scope["emergency_times_2024"](found, path), TABLES[found.table])
    assert table.rows() == [("01001", 28.5), ("01002", None), ("2A004", 7.0)]
