"""Classes of colour: one diverging scale around the under-density threshold, sequential ones elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.editions.observatory import Distribution
from vigie.indicators import Definition

_APL = (2.0, 2.5, 3.0, 4.0, 5.0)  # around 2.5, under which a territory is under-dense
_DIVERGING = ("apl_mg", "apl_mg_65", "apl_mg_62", "apl_mg_champ_constant")


@dataclass(frozen=True)
class Scale:
    """Breaks in ascending order and the style of each class, one more than the breaks."""

    breaks: tuple[float, ...]
    styles: tuple[str, ...]
    threshold: float | None = None

    def style(self, value: float) -> str:
        """The style of the class of a value; a value equal to a break belongs to the class above it."""
        return self.styles[sum(value >= cut for cut in self.breaks)]


def scale(definition: Definition, distribution: Distribution | None) -> Scale:
    """The scale of an indicator: fixed classes for the APL of GPs, fifths of the territories for the others."""
    if definition.id in _DIVERGING:
        return Scale(_APL, ("d1", "d2", "d3", "d4", "d5", "d6"), threshold=2.5)
    if distribution is None:
        return Scale((), ("s3",))
    cuts = (distribution.q20, distribution.q40, distribution.q60, distribution.q80)
    breaks = tuple(sorted({round(cut, definition.decimals) for cut in cuts}))
    styles = {4: ("s1", "s2", "s3", "s4", "s5"), 3: ("s1", "s2", "s4", "s5"), 2: ("s1", "s3", "s5"), 1: ("s2", "s4")}
    return Scale(breaks, styles.get(len(breaks), ("s3",)))
