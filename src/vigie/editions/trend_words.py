"""What a trend is called: which way a series goes, and by which rule that is said."""

from __future__ import annotations

from typing import Final

from vigie.editions.standings import Moved
from vigie.language import Text

_WAYS: Final = {"increasing": Text("hausse", "rise"), "decreasing": Text("baisse", "fall")}
_STILL: Final = {
    "flat": Text("inchangée", "unchanged"),
    "not_significant": Text("pas de changement significatif", "no significant change"),
    "one_point_decides": Text(
        "pas de changement net : un seul point décide", "no clear change: one point decides"
    ),
}  # fmt: skip
_JUDGED: Final = {
    "improving": Text(" (amélioration)", " (improvement)"),
    "worsening": Text(" (dégradation)", " (worsening)"),
}


def outcome(moved: Moved) -> Text:
    """Which way a series goes and by which rule that is said: « baisse significative sur 5 points (dégradation) »."""
    if moved.outcome == "not_calculated":
        return Text("tendance non calculable", "trend cannot be calculated")
    if moved.outcome == "no_change":
        return _STILL.get(moved.reason, Text("sans direction régulière", "no steady direction"))
    how = (
        Text(" significative sur 5 points", ", significant over 5 points")
        if moved.rule == "five_points"
        else Text(f" à chacun des {moved.points} points, sans test", f" at each of {moved.points} points, untested")
    )
    way, judged = _WAYS[moved.outcome], _JUDGED.get(moved.reading, Text("", ""))
    return Text(f"{way.fr}{how.fr}{judged.fr}", f"{way.en}{how.en}{judged.en}")
