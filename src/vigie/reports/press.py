"""From a report to a PDF: Typst, the templates and the fonts of this room, and nothing of the machine it runs on."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
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
_LITTLE = 110  # millimetres from the top: a last page that ends above is nearly empty (ours)
_setting = threading.Lock()


@dataclass(frozen=True)
class _Made:
    """A report as set: its bytes, how many pages, and where the last one ends, in millimetres from its top."""

    body: bytes
    pages: int
    end: float


def pdf(report: Report) -> bytes:
    """The report as a tagged PDF (PDF/UA-1): the same report gives the same bytes.

    One of more than ``report.most`` pages, or whose last page is nearly empty, is set anew, closer, and kept so where
    that takes fewer pages. Raises VigieError where Typst refuses it, with what it says: a defect of the template or of
    the report.
    """
    data = json.dumps(report.document(), ensure_ascii=False, sort_keys=True)
    made = _set(report, data, "open")
    if (report.most is None or made.pages <= report.most) and (made.end >= _LITTLE or made.pages == 1):
        return made.body
    closer = _set(report, data, "close")
    return closer.body if closer.pages < made.pages else made.body


def _set(report: Report, data: str, setting: Literal["open", "close"]) -> _Made:
    import typst

    with _setting:  # one at a time: layouts are kept from one report to the next
        compiler = typst.Compiler(
            str(_TEMPLATES / "report.typ"),
            root=str(_TEMPLATES),
            font_paths=_fonts(),
            sys_inputs={"report": data, "setting": setting},
        )
        try:
            body = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=report.timestamp)
        except typst.TypstError as fault:
            hints = " ".join(fault.hints)
            raise VigieError(
                f"le rapport « {report.title} » n'a pas pu être composé : {fault.message} {hints}".rstrip(),
                f"the report “{report.title}” could not be set: {fault.message} {hints}".rstrip(),
            ) from fault
        end = json.loads(compiler.query("<end>", field="value", one=True))
    assert isinstance(body, bytes)
    return _Made(body, end["page"], end["y"])


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
