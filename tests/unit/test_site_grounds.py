"""The grounds of scenarios in memory: made once, the last ones kept, let go after a rest."""

from __future__ import annotations

from typing import Any

from vigie.site.playing import Grounds


def test_a_ground_is_made_once_and_the_last_two_professions_are_kept() -> None:
    made: list[str] = []

    def make(profession: str) -> Any:
        made.append(profession)
        return object()

    grounds = Grounds(rest=3600)
    first = grounds.of("mg", lambda: make("mg"))
    assert grounds.of("mg", lambda: make("mg")) is first
    grounds.of("kines", lambda: make("kines"))
    grounds.of("mg", lambda: make("mg"))  # asked again: the other one is now the oldest
    grounds.of("infirmiers", lambda: make("infirmiers"))
    assert made == ["mg", "kines", "infirmiers"]
    assert len(grounds) == 2
    assert grounds.of("mg", lambda: make("mg")) is first
    grounds.of("kines", lambda: make("kines"))
    assert made[3:] == ["kines"], "the oldest was let go, so it is made again"


def test_grounds_are_let_go_after_a_rest_and_not_before() -> None:
    busy, resting = Grounds(rest=3600), Grounds(rest=0)
    for grounds in (busy, resting):
        ground: Any = object()
        grounds.of("mg", lambda ground=ground: ground)
        grounds.look()
    assert (len(busy), len(resting)) == (1, 0)


def test_one_thread_is_told_to_prepare_a_ground() -> None:
    grounds, ground = Grounds(rest=3600), object()
    assert grounds.begin("mg")
    assert not grounds.begin("mg"), "it is under way"
    grounds.ended("mg")
    assert grounds.begin("mg"), "it failed: whoever comes next tries again"
    grounds.of("mg", lambda: ground)  # type: ignore[arg-type, return-value]
    grounds.ended("mg")
    assert not grounds.begin("mg"), "it is kept"
