"""Scenarios played for readers: the ground prepared when one is about to ask, few at a time, none for long.

A ground takes some 130 MB: the last ones asked are kept, and let go where nobody plays for a while.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from vigie import memory
from vigie.editions import siting
from vigie.editions.levers import Playground, playground
from vigie.editions.scenarios import play
from vigie.errors import VigieError
from vigie.levers.answer import Answer
from vigie.levers.scenario import Scenario
from vigie.site.limits import LONGEST, TooLongError, Turns
from vigie.site.room import Cache, Room

T = TypeVar("T")
_SMALL = 80  # places of the département where a first siting is tried
_GROUNDS = 2  # professions whose ground is kept at the same time
_REST = 600.0  # seconds without a scenario after which the grounds are let go
_KEPT = 24  # sitings, allocations, pairs and portfolios kept for the page and its files

_TURNS = Turns(at_once=2, waiting=8, patience=20.0)  # scenarios: as many as there are processors to compute them
_preparing = threading.Lock()
_log = logging.getLogger("vigie.site")


class RefusedScenarioError(Exception):
    """A scenario that is not one, or that names what the edition does not have: ``fault`` says it to people."""

    def __init__(self, fault: VigieError) -> None:
        """Keep the fault."""
        super().__init__(str(fault))
        self.fault = fault


def ground(room: Room, profession: str = "mg") -> Playground:
    """The ground of the edition for a profession: a few seconds the first time, whoever asks; the others wait."""
    return _grounds(room).of(profession, lambda: playground(room.observatory, profession))


class Grounds:
    """The grounds of the last professions asked, until nobody has asked for one during ``rest`` seconds."""

    def __init__(self, rest: float = _REST) -> None:
        """None yet."""
        self._rest = rest
        self._kept: OrderedDict[str, Playground] = OrderedDict()
        self._under_way: set[str] = set()
        self._asked = 0.0
        self._watched = False
        self._lock = threading.Lock()

    def of(self, profession: str, make: Callable[[], Playground]) -> Playground:
        """The ground of a profession, made by ``make`` where it is not kept; one is made at a time."""
        self._asked = time.monotonic()
        found = self._kept.get(profession)
        if found is None:
            with _preparing:
                found = self._kept.get(profession) or make()
        with self._lock:
            self._kept[profession] = found
            self._kept.move_to_end(profession)
            while len(self._kept) > _GROUNDS:
                self._kept.popitem(last=False)
            if not self._watched:
                self._watched = True
                _look_again(weakref.ref(self), self._rest)
        return found

    def begin(self, profession: str) -> bool:
        """Whether the ground of a profession is neither kept nor being prepared: who is told so prepares it."""
        with self._lock:
            if profession in self._kept or profession in self._under_way:
                return False
            self._under_way.add(profession)
            return True

    def ended(self, profession: str) -> None:
        """The preparation that :meth:`begin` allowed is over."""
        with self._lock:
            self._under_way.discard(profession)

    def look(self) -> None:
        """Let the grounds go where the rest is over, else look again when it may be."""
        with self._lock:
            left = self._asked + self._rest - time.monotonic()
            if left > 0:
                _look_again(weakref.ref(self), left)
                return
            self._kept.clear()
            self._watched = False
        memory.give_back()

    def __len__(self) -> int:
        """How many grounds are in memory."""
        return len(self._kept)


def _look_again(grounds: weakref.ref[Grounds], seconds: float) -> None:
    def look() -> None:
        found = grounds()  # gone with its edition otherwise
        if found is not None:
            found.look()

    timer = threading.Timer(seconds, look)
    timer.daemon = True
    timer.start()


def _grounds(room: Room) -> Grounds:
    return room.once("playgrounds", Grounds)


def prepare(room: Room, profession: str = "mg") -> None:
    """Begin to prepare the ground without waiting: whoever reads the levers will ask for a scenario."""
    if _grounds(room).begin(profession):
        threading.Thread(target=_begin, args=(room, profession), daemon=True).start()


def _begin(room: Room, profession: str) -> None:
    try:
        own = ground(room, profession)
        if profession == "mg":
            _first_siting(room, own)
    except Exception as fault:  # told again to whoever asks; the edition may have been closed meanwhile
        _log.info("the ground of scenarios could not be prepared beforehand: %s", fault)
    finally:
        _grounds(room).ended(profession)


def _first_siting(room: Room, own: Playground) -> None:
    """Choose a place, so that the first reader who asks does not wait for what Numba compiles or loads."""
    known = [(len(room.directory.members(one)), one) for one in room.directory.of_level("departement")]
    smallest = min((pair for pair in known if pair[0] > _SMALL), key=lambda pair: pair[0])[1]
    for objective in (siting.Objective.COVERAGE, siting.Objective.THRESHOLD):
        asked = siting.Request(objective, 1, smallest.key, plans=1, seconds=0.0)
        siting.site(siting.settle(asked, own, room.observatory))


def played(room: Room, read: Callable[[], Scenario]) -> Answer:
    """The answer to the scenario that ``read`` gives.

    Raises RefusedScenarioError for one that is wrong, TooLongError for one that takes more than ``LONGEST`` or whose
    turn does not come.
    """
    try:
        scenario = read()
    except VigieError as fault:
        raise RefusedScenarioError(fault) from None
    with _TURNS.take():
        own = ground(room, scenario.profession)
        end = time.monotonic() + LONGEST

        def ticking() -> None:
            if time.monotonic() > end:
                raise TooLongError

        try:
            return play(scenario, own, ticking)
        except VigieError as fault:
            raise RefusedScenarioError(fault) from None


def reckoned(room: Room, key: Hashable, work: Callable[[Playground], T], profession: str = "mg") -> T:
    """What ``work`` finds on the ground of the edition, kept under ``key``: a page and its files ask the same.

    Raises RefusedScenarioError for a request that is wrong, TooLongError where no turn comes.
    """
    kept: Cache[Any] = room.once("reckoned", lambda: Cache(_KEPT))
    found: T | None = kept.get(key)
    if found is not None:
        return found
    with _TURNS.take():
        own = ground(room, profession)
        try:
            found = work(own)
        except VigieError as fault:
            raise RefusedScenarioError(fault) from None
    kept.put(key, found)
    return found
