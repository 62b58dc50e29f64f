"""The dossier of a territory under one rule, as a PDF: the same blocks as its Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vigie.editions import zoning_dossier as parts
from vigie.editions.observatory import Territory
from vigie.errors import Lang
from vigie.reports import model
from vigie.reports.desk import Desk
from vigie.reports.facts import facts
from vigie.reports.model import Block, Cell, Report, Section
from vigie.reports.zones import envelope

_NUMBER = re.compile(r"[−+–-]?[\d\s.,%]*|–")


def report(desk: Desk, territory: Territory, blocks: Sequence[parts.Block], lang: Lang = "fr") -> Report:
    """The report of the blocks of :func:`vigie.editions.zoning_dossier.dossier`: a section a heading of level 2."""
    own = facts(desk, territory, lang)
    tr = own.voice.tr
    title = next(one.text for one in blocks if isinstance(one, parts.Heading))
    sections: list[Section] = []
    for block in blocks:
        if isinstance(block, parts.Heading) and block.level <= 2:
            sections.append(Section(tr("L'objet", "The subject") if block.level == 1 else block.text, []))
        else:
            sections[-1] = Section(sections[-1].title, [*sections[-1].blocks, _block(block)])
    return envelope(own, title, lang, sections)


def _block(block: parts.Block) -> Block:
    if isinstance(block, parts.Heading):
        return model.heading(block.text)
    if isinstance(block, parts.Paragraph):
        return model.text(block.text)
    if isinstance(block, parts.Listing):
        return model.bullets(block.items)
    numbers = [all(_NUMBER.fullmatch(row[at]) for row in block.rows) for at in range(len(block.headings))]
    columns = [
        (heading, "right" if number else "left", "1fr" if number else "2fr")
        for heading, number in zip(block.headings, numbers, strict=True)
    ]
    rows: list[list[Cell]] = [[{"text": row[0], "strong": True}, *row[1:]] for row in block.rows]
    return model.table(block.caption, columns, rows)
