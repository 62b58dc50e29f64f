"""Places chosen for readers: within a territory no larger than a région, in a few seconds; kept for the files."""

from __future__ import annotations

import time

from vigie.editions import siting
from vigie.editions.levers import Playground
from vigie.errors import InputError, Where
from vigie.language import Text
from vigie.site import playing
from vigie.site.limits import LONGEST, TooLongError
from vigie.site.room import Room

MOST_PLACES = 6_000
"""Places of the territory at most: a larger one is for the command line."""
PROOF = 3.0
"""Seconds that HiGHS has."""


def chosen(room: Room, asked: siting.Request) -> siting.Sited:
    """The answer to ``asked``. Raises RefusedScenarioError for a request that is wrong or too large, TooLongError."""

    def work(ground: Playground) -> siting.Sited:
        field = siting.settle(asked, ground, room.observatory)
        if field.demand.size > MOST_PLACES:
            raise InputError(
                f"{field.demand.size} lieux ; {MOST_PLACES} au plus ici.",
                f"{field.demand.size} places; {MOST_PLACES} at most here.",
                remedy_fr="Prenez une région ou un département, ou la commande vigie site.",
                remedy_en="Take a region or a département, or the command vigie site.",
                where=Where(column="territory", value=asked.territory),
            )
        # What it takes of a processor, and three times that where other requests share it.
        spent, end = time.thread_time() + LONGEST, time.monotonic() + 3 * LONGEST

        def ticking(_: Text) -> None:
            if time.thread_time() > spent or time.monotonic() > end:
                raise TooLongError

        return siting.site(field, ticking)

    return playing.reckoned(room, ("siting", asked), work, asked.profession)
