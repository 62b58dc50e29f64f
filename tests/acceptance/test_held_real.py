"""What is kept in memory for a server answers as the queries of the edition's database do."""

from __future__ import annotations

import random
from pathlib import Path

from vigie.editions.comparing import strips
from vigie.editions.observatory import open_edition
from vigie.site.room import COMPARED


def test_a_server_and_a_command_tell_the_same_of_a_territory(edition_home: Path) -> None:
    with open_edition(edition_home) as asked, open_edition(edition_home) as held:
        held.hold(COMPARED)
        draw = random.Random(7)
        some = [*draw.sample(sorted(held.cards), 25), ("france", "FR"), ("commune", "75101"), ("departement", "976")]
        alerts = alike = 0
        for key in some:
            card = held.cards[key]
            assert held.alerts(card) == asked.alerts(card) and held.answer(card) == asked.answer(card)
            assert held.neighbours(card) == asked.neighbours(card) and held.structure(card) == asked.structure(card)
            near = asked.neighbours(card)
            assert strips(held, card, near, COMPARED) == strips(asked, card, near, COMPARED)
            alerts, alike = alerts + len(held.alerts(card)), alike + len(near)
        assert alerts > 10 and alike > 50
