"""What is kept in memory for a server answers as the queries of the edition's database do."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import shapely

from vigie.editions import geography, outlooks, sheet
from vigie.editions.comparing import strips
from vigie.editions.observatory import Territory, open_edition
from vigie.editions.pharmacy_words import OF_TERRITORY, of_territory, read
from vigie.editions.provision import provision
from vigie.editions.zoned import told, zoned
from vigie.site.directory import Directory
from vigie.site.room import COMPARED

SOME = [("france", "FR"), ("commune", "75101"), ("commune", "75056"), ("departement", "976"), ("departement", "33")]


def test_a_server_and_a_command_tell_the_same_of_a_territory(edition_home: Path) -> None:
    with open_edition(edition_home) as asked, open_edition(edition_home) as held:
        held.hold(COMPARED, [OF_TERRITORY])
        draw = random.Random(7)
        some = [*draw.sample(sorted(held.cards), 25), *SOME]
        years = shares = alerts = alike = figures = classes = reasons = pharmacies = 0
        for key in some:
            card = held.cards[key]
            assert held.alerts(card) == asked.alerts(card) and held.answer(card) == asked.answer(card)
            assert held.neighbours(card) == asked.neighbours(card) and held.structure(card) == asked.structure(card)
            near = asked.neighbours(card)
            assert strips(held, card, near, COMPARED) == strips(asked, card, near, COMPARED)
            alerts, alike = alerts + len(held.alerts(card)), alike + len(near)
            assert held.profile(card) == asked.profile(card)
            assert zoned(held, card) == zoned(asked, card)
            zones = {name for one in zoned(asked, card) for own in one.classes[:1] for name in own.zones[:2]}
            assert told(held, zones) == told(asked, zones)
            assert of_territory(held, *key) == of_territory(asked, *key)
            if key[0] in ("commune", "departement"):
                column = "code" if key[0] == "commune" else "departement"
                assert of_territory(held, *key) == read(asked, f"p.{column} = ?", [key[1]])
            for variant in (outlooks.CENTRAL, outlooks.NOBODY, "path-low"):
                assert outlooks.of(held, card, variant) == outlooks.of(asked, card, variant)
            assert provision(held, card) == provision(asked, card)
            years, shares = years + len(outlooks.of(held, card)), shares + len(provision(held, card))
            figures += len(held.profile(card))
            classes, reasons = classes + len(zoned(held, card)), reasons + len(told(held, zones))
            pharmacies += len(of_territory(held, *key))
        assert years > 200 and shares > 80
        assert alerts > 10 and alike > 50 and figures > 1_000
        assert classes > 100 and reasons > 50 and pharmacies > 300


def test_the_directory_tells_who_holds_whom_as_the_edition_does(edition_home: Path) -> None:
    with open_edition(edition_home) as asked:
        known, order = Directory(asked), {key: place for place, key in enumerate(asked.cards)}

        def by_name(cards: list[Territory]) -> list[Territory]:
            return sorted(cards, key=lambda card: order[card.level, card.code])

        for key in [*random.Random(8).sample(sorted(asked.cards), 15), *SOME]:
            card = asked.cards[key]
            assert known.members(card) == by_name(asked.members(card))
            assert known.parents(card) == by_name(asked.parents(card))
        gironde = asked.cards["departement", "33"]
        assert known.parts(gironde, "region") == [asked.cards["region", "75"]]
        assert len(known.parts(asked.cards["france", "FR"], "departement")) == 101


def test_the_first_point_of_a_polygon_is_in_the_part_of_france_that_its_middle_is_in(edition_home: Path) -> None:
    with open_edition(edition_home) as asked:
        wkb = np.array([one for (one,) in asked.rows("SELECT wkb FROM polygons")], dtype=object)
    shapes = shapely.from_wkb(wkb)
    points, owners = shapely.get_coordinates(shapes, return_index=True)
    middles = sheet.parts_of(shapely.get_coordinates(shapely.centroid(shapes)))
    assert geography._parts(points, owners, len(shapes)).tolist() == middles.tolist()
    assert len(set(middles.tolist())) == 6
