"""The style sheets: one class has one meaning, whatever the page."""

from __future__ import annotations

import re
from pathlib import Path

import vigie.site

SHEETS = Path(vigie.site.__file__).parent / "static" / "css"
# What print adds to the layout, it adds on purpose.
ADDING = {"07-print.css"}


def test_no_two_sheets_style_the_same_class() -> None:
    """Two pages once chose one name: the chart of one took the width of the other's table."""
    known: dict[str, str] = {}
    for sheet in sorted(SHEETS.glob("*.css")):
        if sheet.name in ADDING:
            continue
        own = set(re.findall(r"(?m)^\s*\.([a-z][\w-]*)\s*(?:,[^{]*)?\{", sheet.read_text(encoding="utf-8")))
        shared = {name: known[name] for name in own if name in known}
        assert shared == {}, f"{sheet.name} styles again: {shared}"
        known |= dict.fromkeys(own, sheet.name)
