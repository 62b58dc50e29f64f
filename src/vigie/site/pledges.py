"""What became of a promise: its verdict in words, the numbers that it is told from, and a small chart of the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vigie.editions.followup import Promised, followup
from vigie.editions.observatory import Observation, Territory
from vigie.editions.promises import aim, aim_of, amount, growth, verdict_sentences
from vigie.editions.standings import VERDICTS, Standing, standings_at, target_rows, territory_standing
from vigie.indicators.periods import deadline, moment
from vigie.language import NBSP
from vigie.site.room import Room
from vigie.site.words import Speaker, typography
from vigie.sources.published.targets import LOCAL, Target, targets

WIDTH, HEIGHT = 460, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 96, 16, 26


@dataclass(frozen=True)
class Mark:
    """A figure on a chart."""

    x: float
    y: float
    text: str
    period: str


@dataclass(frozen=True)
class Way:
    """The chart of a level to reach: what was measured, the line from the baseline to the target, the target."""

    marks: tuple[Mark, ...]
    path: str
    planned: str
    aim_y: float
    aim: str
    years: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Pace:
    """The chart of a growth promised each year: two bars from a common zero, in parts of the width."""

    zero: float
    done_x: float
    done_width: float
    done: str
    promised_width: float
    promised_x: float
    promised: str


@dataclass(frozen=True)
class Verdict:
    """A verdict ready to show: ``style`` is its id, ``sentences`` say why in words and figures."""

    style: str
    text: str
    sentences: tuple[str, ...]
    way: Way | None
    pace: Pace | None


@dataclass(frozen=True)
class Far:
    """A département with its value, when, and how far it is from the target, in words."""

    name: str
    href: str
    value: str
    period: str
    gap: str


@dataclass(frozen=True)
class Furthest:
    """The départements furthest from a target, at most :data:`SHOWN`, of the ``measured`` that have a figure of it."""

    rows: tuple[Far, ...]
    measured: int


SHOWN = 5


@dataclass(frozen=True)
class Pledge:
    """A national target with what the documents say around it."""

    id: str
    number: int | None
    title: str
    aim: str
    former: str
    verdict: Verdict
    others: tuple[tuple[str, Verdict], ...]
    difference: str
    needs: str
    note: str
    commands: tuple[str, ...]


def pledges(room: Room, speaker: Speaker) -> dict[str, Pledge]:
    """Every national target by id: the ten commitments, then the others."""
    return room.once(("pledges", speaker.lang), lambda: _pledges(room, speaker))


def furthest(room: Room, speaker: Speaker) -> dict[str, Furthest]:
    """By target, the départements furthest from it; a target that no département is measured by has no entry."""
    rows = standings_at(room.observatory, "departement")
    found: dict[str, list[tuple[float, Standing]]] = {}
    for one in rows:
        short = _shortfall(room, one)
        if short is not None:
            found.setdefault(one.target, []).append((short, one))
    told = {}
    for target, measured in found.items():
        late = sorted((pair for pair in measured if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].code))
        told[target] = Furthest(tuple(_far(room, speaker, *pair) for pair in late[:SHOWN]), len(measured))
    return told


def _shortfall(room: Room, one: Standing) -> float | None:
    """How far on the wrong side of its target a territory is, in the target's unit; None where nothing measures it."""
    reached = one.pace if one.rule == "yearly_growth" else one.latest
    if reached is None or one.value is None or one.indicator not in room.indicators:
        return None
    lower = room.indicators[one.indicator].direction == "lower"
    return reached - one.value if lower else one.value - reached


def _far(room: Room, speaker: Speaker, short: float, one: Standing) -> Far:
    yearly = one.rule == "yearly_growth"
    reached = one.pace if yearly else one.latest
    assert reached is not None
    points = one.unit == "percent" or yearly
    size = (
        f"{speaker.number(short, 1 if short < 10 else 0)}{NBSP}points" if points else amount(speaker, short, one.unit)
    )
    return Far(
        room.directory.name("departement", one.code, one.code),
        speaker.territory("departement", one.code),
        growth(speaker, reached) if yearly else amount(speaker, reached, one.unit),
        speaker.period(one.latest_period) if one.latest_period else "",
        size,
    )


@dataclass(frozen=True)
class Told:
    """A target that is measured at a territory: what it aims at, whose it is, and its verdict with its numbers."""

    target: str
    title: str
    aim: str
    owner: str
    verdict: Verdict


def told_of_territory(room: Room, speaker: Speaker, territory: Territory) -> list[Told]:
    """Every target that is measured at a territory, in their order: the ten, the others, those of its own."""
    own, rows = room.profile(territory), target_rows(room.observatory)
    return [
        Told(
            one.target,
            speaker.of(one.title),
            aim_of(speaker, one),
            typography(rows[one.target]["owner"], "fr") if rows[one.target]["set"] == LOCAL else "",
            _verdict(speaker, one, own.get(one.indicator, ())),
        )
        for one in territory_standing(room.observatory, territory)
        if one.stage == 1
    ]


def _pledges(room: Room, speaker: Speaker) -> dict[str, Pledge]:
    told = followup(room.observatory)
    promised = {one.id: one for one in targets()}
    return {one.standing.target: _pledge(room, speaker, one, promised) for one in (*told.commitments, *told.further)}


def _pledge(room: Room, speaker: Speaker, one: Promised, promised: Mapping[str, Target]) -> Pledge:
    standing = one.standing
    national = room.profile(room.france).get(standing.indicator, ())
    former = speaker.tr(" puis ", " then ").join(
        f"{amount(speaker, value, standing.unit)} ({date})" for value, date in one.former
    )
    others = tuple(
        (" + ".join(_title(room, name) for name in other.source.split(" + ")), _verdict(speaker, other, national))
        for other in one.others
        if other.stage == 1
    )
    return Pledge(
        id=standing.target,
        number=standing.number,
        title=speaker.of(standing.title),
        aim=aim(speaker, promised[standing.target]),
        former=former,
        verdict=_verdict(speaker, standing, national),
        others=others,
        difference=speaker.of(one.difference),
        needs=speaker.of(one.needs),
        note=typography(one.note, "fr") if speaker.lang == "fr" else "",
        commands=one.commands,
    )


def _title(room: Room, document: str) -> str:
    titles = room.once("document titles", lambda: {row["id"]: row["publisher"] for row in room.rows("documents")})
    return str(titles.get(document, document))


def _verdict(speaker: Speaker, one: Standing, observed: Iterable[Observation]) -> Verdict:
    yearly = one.rule == "yearly_growth"
    series = _series(one, observed)
    return Verdict(
        style=one.verdict.replace("_", "-"),
        text=speaker.of(VERDICTS[one.verdict]),
        sentences=tuple(verdict_sentences(speaker, one)),
        way=_way(speaker, one, series) if not yearly and one.value is not None and series else None,
        pace=_pace(speaker, one) if yearly and one.pace is not None else None,
    )


# Charts -----------------------------------------------------------------------------------------------------------


def _series(one: Standing, observed: Iterable[Observation]) -> list[tuple[float, float, str]]:
    """What was measured, as time, value and period: the series of the source retained, from its first point."""
    points = {
        time: (time, row.value, row.period)
        for row in observed
        if row.snapshot in one.snapshots and row.value is not None and (time := moment(row.period)) is not None
    }
    for period, value in ((one.baseline_period, one.baseline), (one.latest_period, one.latest)):
        time = moment(period) if period else None
        if time is not None and period and value is not None:
            points[time] = (time, value, period)
    since = moment(one.baseline_period) if one.baseline_period else None
    return sorted(point for point in points.values() if since is None or point[0] >= since)


def _way(speaker: Speaker, one: Standing, series: Sequence[tuple[float, float, str]]) -> Way:
    assert one.value is not None
    due = deadline(one.due) if one.due else None
    first = series[0][0]
    last = max(series[-1][0], due or 0.0, first + 1)
    top = 1.12 * max(one.value, *(value for _, value, _ in series))

    def x(time: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (time - first) / (last - first), 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top, 1)

    marks = tuple(
        Mark(x(time), y(value), amount(speaker, value, one.unit), speaker.period(period))
        for time, value, period in series
    )
    planned = f"{x(first)},{y(series[0][1])} {x(due)},{y(one.value)}" if due and due > first else ""
    years = sorted({int(first), int(last)} | ({int(series[-1][0])} if last - first > 2 else set()))
    return Way(
        marks=marks,
        path=" ".join(f"{mark.x},{mark.y}" for mark in marks) if len(marks) > 1 else "",
        planned=planned,
        aim_y=y(one.value),
        aim=amount(speaker, one.value, one.unit),
        years=tuple((min(max(x(year), 14.0), float(WIDTH - _RIGHT)), str(year)) for year in years),
    )


def _pace(speaker: Speaker, one: Standing) -> Pace:
    assert one.value is not None and one.pace is not None
    low, high = min(0.0, one.value, one.pace), max(0.0, one.value, one.pace)
    scale = (WIDTH - 130) / ((high - low) or 1.0)
    zero = round(4 - low * scale, 1)

    def bar(value: float) -> tuple[float, float]:
        return round(zero + min(value, 0.0) * scale, 1), round(abs(value) * scale, 1)

    done_x, done_width = bar(one.pace)
    promised_x, promised_width = bar(one.value)
    return Pace(
        zero=zero,
        done_x=done_x,
        done_width=done_width,
        done=f"{growth(speaker, one.pace)}{NBSP}{speaker.tr('réalisé', 'done')}",
        promised_x=promised_x,
        promised_width=promised_width,
        promised=f"{growth(speaker, one.value)}{NBSP}{speaker.tr('promis', 'promised')}",
    )
