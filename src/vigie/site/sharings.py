"""Allocations, pairs and portfolios asked by readers: bounded in territories and in time, kept for the page's files."""

from __future__ import annotations

from dataclasses import dataclass

from vigie.editions import sharing
from vigie.levers.pairing import Pairing
from vigie.levers.professions import Name
from vigie.site import playing
from vigie.site.room import Room

MOST_AREAS = 2_000
"""Territories that an allocation or a pairing looks at, at most: the bassins de vie or the EPCI of France."""
MOST_MIXED = 300
"""Territories of a portfolio, at most."""
BUDGETS = 6
"""Budgets of a frontier, at most."""
_SECONDS = 12.0  # of HiGHS in all, for a frontier


@dataclass(frozen=True)
class Allocated:
    """An allocation asked for: ``total`` units of ``lever`` between the territories of level ``mesh``."""

    lever: str
    total: float
    territory: str
    mesh: str = sharing.BY
    preset: str | None = None
    profession: Name = "mg"


@dataclass(frozen=True)
class Paired:
    """Pairs asked for, ``to`` the only territory that receives where given; ``within`` minutes; ``days`` at most.

    ``above`` and ``under`` are the profession's where they are not given.
    """

    territory: str
    mesh: str = sharing.BY
    above: float | None = None
    under: float | None = None
    within: float = 60.0
    days: float | None = None
    to: str | None = None
    profession: Name = "mg"


@dataclass(frozen=True)
class Budgeted:
    """A portfolio asked for, a plan for each of ``budgets``."""

    budgets: tuple[float, ...]
    territory: str
    levers: tuple[str, ...] = sharing.DEFAULT
    mesh: str = sharing.BY
    profession: Name = "mg"


def allocated(room: Room, asked: Allocated) -> sharing.Shared:
    """The answer to ``asked``. Raises RefusedScenarioError for a request that is wrong or too large."""
    return playing.reckoned(
        room,
        asked,
        lambda ground: sharing.share(
            ground, asked.lever, asked.total, asked.territory, asked.mesh, asked.preset, MOST_AREAS
        ),
        asked.profession,
    )


def paired(room: Room, asked: Paired) -> Pairing:
    """The answer to ``asked``. Raises as :func:`allocated`."""
    return playing.reckoned(
        room,
        asked,
        lambda ground: sharing.paired(
            ground,
            asked.territory,
            asked.mesh,
            asked.above,
            asked.under,
            asked.within,
            asked.days,
            asked.to,
            MOST_AREAS,
        ),
        asked.profession,
    )


def mixed(room: Room, asked: Budgeted) -> sharing.Mixed:
    """The answer to ``asked``. Raises as :func:`allocated`."""
    seconds = _SECONDS / max(len(asked.budgets), 2)
    return playing.reckoned(
        room,
        asked,
        lambda ground: sharing.mix(
            ground, asked.budgets, asked.territory, asked.levers, asked.mesh, seconds, MOST_MIXED
        ),
        asked.profession,
    )
