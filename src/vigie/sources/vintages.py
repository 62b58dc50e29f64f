"""How old a source is against its own cadence: up to date, due, or late by so many months."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vigie.language import Text
from vigie.sources.catalogue import Source

if TYPE_CHECKING:
    from vigie.sources.snapshots import Snapshot

_MONTHS = {"yearly": 12, "quarterly": 3, "monthly": 1}


@dataclass(frozen=True)
class Age:
    """Months since the data were received, and how many of them are too many; ``late`` is None without a cadence."""

    months: int
    late: int | None

    @property
    def text(self) -> Text:
        """``à jour``, ``en retard de 3 mois`` or ``sans cadence régulière``."""
        if self.late is None:
            return Text("sans cadence régulière", "no regular cadence")
        if self.late == 0:
            return Text("à jour", "up to date")
        return Text(f"en retard de {self.late} mois", f"late by {self.late} month{'s' if self.late > 1 else ''}")


def age(source: Source, since: Snapshot | date, today: date) -> Age:
    """The age on ``today`` of a snapshot, or of data whose period ended on a day.

    A snapshot is late once the cadence has passed since it was received; a period once the cadence and the producer's
    usual delay of publication have passed since it ended.
    """
    start, delay = (since, source.delay_months) if isinstance(since, date) else (since.moment.date(), 0)
    months = months_between(start, today)
    cadence = _MONTHS.get(source.cadence)
    return Age(months, None if cadence is None else max(0, months - cadence - delay))


def period_end(source: Source) -> date | None:
    """The last day of the period that the catalogue's copy of the source covers, where its ``period`` begins with one.

    ``2015–2019, 2021–2023`` ends on 2023-12-31, ``2021 (populations 2019)`` on 2021-12-31, ``2019-12-31`` on that day.
    """
    return span_end(source.period)


def span_end(period: str) -> date | None:
    """The last day that the words of a period name, before any parenthesis; None where they name none."""
    own = period.split("(")[0]
    days = [date.fromisoformat(text) for text in re.findall(r"\d{4}-\d{2}-\d{2}", own)]
    years = [date(int(text), 12, 31) for text in re.findall(r"\b(?:19|20)\d{2}\b(?!-\d{2}-)", own)]
    return max([*days, *years], default=None)


def expected(source: Source, end: date) -> date | None:
    """When the release after the one that ends on ``end`` is to be looked for; None without a regular cadence.

    The next period ends a cadence later, and is published after the producer's usual delay.
    """
    cadence = _MONTHS.get(source.cadence)
    return None if cadence is None else _later(end, cadence + source.delay_months)


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(start: date, end: date) -> int:
    """Whole months from ``start`` to ``end``, 0 where ``end`` comes first."""
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return max(0, months)
