"""From a report to a PDF: Typst, the templates and the fonts of this room, and nothing of the machine it runs on."""

from __future__ import annotations

import json
import re
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vigie.errors import VigieError
from vigie.reports.model import Report

if TYPE_CHECKING:
    import typst

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Source Sans Pro"
_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = re.compile(rb"/Type\s*/Pages\s*/Count\s+(\d+)")
_setting = threading.Lock()


def pdf(report: Report) -> bytes:
    """The report as a tagged PDF (PDF/UA-1): the same report gives the same bytes.

    One of more than ``report.most`` pages is set anew, closer. Raises VigieError where Typst refuses it, with what it
    says: a defect of the template or of the report.
    """
    data = json.dumps(report.document(), ensure_ascii=False, sort_keys=True)
    made = _set(report, data, "open")
    if report.most is not None and _pages(made) > report.most:
        return _set(report, data, "close")
    return made


def _set(report: Report, data: str, setting: Literal["open", "close"]) -> bytes:
    import typst

    inputs = {"report": data, "setting": setting}
    with _setting:  # one compiler, whose fonts and layouts are kept from one report to the next
        try:
            made = _compiler().compile(
                format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=report.timestamp
            )
        except typst.TypstError as fault:
            hints = " ".join(fault.hints)
            raise VigieError(
                f"le rapport « {report.title} » n'a pas pu être composé : {fault.message} {hints}".rstrip(),
                f"the report “{report.title}” could not be set: {fault.message} {hints}".rstrip(),
            ) from fault
    assert isinstance(made, bytes)
    return made


def _pages(made: bytes) -> int:
    """The number of pages, from the tree of pages, which Typst writes plainly."""
    found = _PAGES.search(made)
    assert found is not None, "a PDF of Typst has a tree of pages"
    return int(found[1])


@cache
def _compiler() -> typst.Compiler:
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(str(_TEMPLATES / "report.typ"), root=str(_TEMPLATES), font_paths=fonts)
