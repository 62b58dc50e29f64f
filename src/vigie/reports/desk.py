"""What every report asks of an edition, read once and kept: a hundred reports of one edition share it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from vigie.editions.figures import by_indicator
from vigie.editions.observatory import Distribution, Observation, Observatory, Territory
from vigie.editions.standings import records
from vigie.indicators import Definition

if TYPE_CHECKING:
    from vigie.editions.levers import Playground

V = TypeVar("V")
Known = tuple[float | None, str]
Series = Mapping[str, list[Observation]]

_CARD = "level, code, name, kind, departement, region, population, places, area_km2, lon, lat"


class Desk:
    """One edition as the reports read it."""

    def __init__(self, observatory: Observatory) -> None:
        """Nothing is read until it is asked for."""
        self.observatory = observatory
        self._kept: dict[Hashable, Any] = {}

    @property
    def built(self) -> datetime:
        """When the edition was built, UTC."""
        return datetime.fromisoformat(self.observatory.manifest["built"])

    @cached_property
    def indicators(self) -> dict[str, Definition]:
        """The definitions of the edition."""
        return self.observatory.indicators

    @cached_property
    def france(self) -> Territory:
        """The card of France."""
        return self.cards("france", ["FR"])[0]

    def once(self, key: Hashable, make: Callable[[], V]) -> V:
        """Something made from this edition that never changes: made the first time it is asked for."""
        if key not in self._kept:
            self._kept[key] = make()
        made: V = self._kept[key]
        return made

    def ground(self, territory: Territory) -> Playground:
        """The ground of scenarios in and near a territory: all of France's where :meth:`prepare` was called."""
        if "ground" in self._kept:
            kept: Playground = self._kept["ground"]
            return kept
        from vigie.editions.levers import playground  # whose libraries are slow to load, and few reports need it

        return self.once(("ground", territory.key), lambda: playground(self.observatory, around=territory))

    def prepare(self) -> None:
        """Prepare the ground of scenarios for all of France: for many reports, a few seconds once."""
        from vigie.editions.levers import playground

        self.once("ground", lambda: playground(self.observatory))

    def profile(self, territory: Territory) -> dict[str, list[Observation]]:
        """Every observation of a territory, by indicator."""
        if territory.level in ("departement", "region", "france"):  # asked again by each of their parts
            return self.once(("profile", territory.key), lambda: self._profile(territory))
        return self._profile(territory)

    def _profile(self, territory: Territory) -> dict[str, list[Observation]]:
        return by_indicator(self.observatory.profile(territory))

    def distributions(self, level: str) -> dict[tuple[str, str], Distribution]:
        """The distributions of a level by indicator and period."""
        return self.once(("distributions", level), lambda: self.observatory.distributions(level))

    def cards(self, level: str, codes: Iterable[str]) -> list[Territory]:
        """The territories of these codes at a level, by name."""
        wanted = list(codes)
        sql = f"SELECT {_CARD} FROM territories WHERE level = ? AND code IN ({_marks(wanted)}) ORDER BY search, code"
        return [Territory(*row) for row in self.observatory.rows(sql, [level, *wanted])]

    def parts(self, territory: Territory, level: str) -> list[Territory]:
        """The territories of ``level`` that have places in this one, by name."""
        sql = f"""SELECT {_CARD} FROM territories WHERE (level, code) IN (
                SELECT DISTINCT m.level, m.code FROM memberships m JOIN memberships own ON own.place = m.place
                WHERE own.level = ? AND own.code = ? AND m.level = ?)
            ORDER BY search, code"""
        return [Territory(*row) for row in self.observatory.rows(sql, [territory.level, territory.code, level])]

    def last_period(self, indicator: str, level: str) -> str | None:
        """The last period in which territories of a level have values."""
        known = [when for name, when in self.distributions(level) if name == indicator]
        return max(known, default=None)

    def values(self, indicator: str, level: str, period: str, codes: Sequence[str]) -> dict[str, Known]:
        """Value and status by code of an indicator, for some territories of a level in a period.

        Of several sources for one territory, the nearest to its producer.
        """
        sql = f"""SELECT code, value, status FROM observations
            JOIN snapshots ON snapshots.id = observations.snapshot
            WHERE indicator = ? AND level = ? AND observations.period = ? AND code IN ({_marks(codes)})
            ORDER BY snapshots.rank DESC, snapshot DESC"""
        rows = self.observatory.rows(sql, [indicator, level, period, *codes])
        return {code: (value, status) for code, value, status in rows}

    def polygons(self, level: str, codes: Iterable[str]) -> dict[str, bytes]:
        """The polygons of some territories of a level: WKB in degrees; of a level without any, those of its places."""
        wanted = list(codes)
        if not self.observatory.has("polygons"):
            return {}
        sql = f"SELECT code, wkb FROM polygons WHERE level = ? AND code IN ({_marks(wanted)}) ORDER BY code"
        return dict(self.observatory.rows(sql, [level, *wanted])) or self._united(level, wanted)

    def _united(self, level: str, codes: Sequence[str]) -> dict[str, bytes]:
        """The polygons of the places of each territory, made one."""
        sql = f"""SELECT m.code, p.wkb FROM memberships m JOIN polygons p ON p.level = 'commune' AND p.code = m.place
            WHERE m.level = ? AND m.code IN ({_marks(codes)}) ORDER BY m.code, m.place"""
        parts: dict[str, list[bytes]] = {}
        for code, wkb in self.observatory.rows(sql, [level, *codes]):
            parts.setdefault(code, []).append(wkb)
        if not parts:
            return {}
        import shapely  # which few reports need here

        return {code: shapely.to_wkb(shapely.union_all(shapely.from_wkb(own))) for code, own in parts.items()}

    def around(self, level: str, frame: tuple[float, float, float, float]) -> list[Territory]:
        """The territories of a level whose point is in a frame: west, south, east, north in degrees."""
        west, south, east, north = frame
        sql = f"""SELECT {_CARD} FROM territories WHERE level = ? AND kind <> 'whole_city'
            AND lon BETWEEN ? AND ? AND lat BETWEEN ? AND ? ORDER BY code"""
        return [Territory(*row) for row in self.observatory.rows(sql, [level, west, east, south, north])]

    def snapshots(self) -> list[dict[str, Any]]:
        """Every snapshot of the edition, the official files first."""
        sql = "SELECT * FROM snapshots ORDER BY rank, id"
        return self.once("snapshots", lambda: records(self.observatory, sql))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"
