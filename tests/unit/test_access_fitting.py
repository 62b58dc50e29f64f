"""The fitted preset: what is written is what is read, and what is not whole is refused."""

import hashlib

import numpy as np
import pytest

from vigie.access import fitting
from vigie.access.calibration import Published, calibrate, soft_bands
from vigie.access.decay import from_definition, line, weights
from vigie.access.travel import crow_fly, points
from vigie.errors import InputError, UnknownNameError

SIZE = 30
RNG = np.random.default_rng(3)
MADE = points(
    [f"{k:03d}" for k in range(SIZE)], RNG.uniform(2, 2.3, SIZE), RNG.uniform(46, 46.2, SIZE), ["metropole"] * SIZE
)
HEADS = RNG.integers(0, 5, SIZE).astype(float)
PUBLISHED = Published("mg", RNG.uniform(1, 6, SIZE), RNG.uniform(100, 5000, SIZE), HEADS)


def files():
    found = calibrate(
        MADE, np.arange(SIZE) % 3, [PUBLISHED], [np.zeros(SIZE, dtype=bool)], shape=soft_bands(), iterations=3
    )
    table = fitting.parquet(fitting.places_table({"national": found, "local": found}, {"mg": HEADS}))
    decay = fitting.decay_table(found.decays["mg"])
    lines = [f'places_sha256 = "{hashlib.sha256(table).hexdigest()}"']
    for model in fitting.MODELS:
        lines += [f"[models.{model}]", f"access = {float(found.points.access[0])}", f"[models.{model}.decays.mg]"]
        lines += [f"{key} = {value!r}".replace("'", '"') for key, value in decay.items()]
    return found, "\n".join(lines).encode(), table


FOUND, TOML, TABLE = files()


def test_what_is_read_is_what_was_fitted():
    back = fitting.read(TOML, TABLE)
    ids = MADE.ids[::-1].tolist()
    assert back.speeds("local", ids) == pytest.approx(60 / FOUND.points.pace[::-1], rel=1e-6)
    assert back.supply("places", "mg", ids) == pytest.approx(FOUND.supply["mg"][::-1], rel=1e-6)
    assert back.supply("heads", "mg", ids).tolist() == HEADS[::-1].tolist()
    times, own = back.travel("local", MADE), crow_fly(FOUND.points, FOUND.points, 20.0, radius=FOUND.radius)
    assert times.minutes == pytest.approx(own.minutes, rel=1e-5)


def test_the_same_table_gives_the_same_bytes():
    assert files()[2] == TABLE


@pytest.mark.parametrize(
    ("toml", "table"), [(TOML[:40], TABLE), (b"\xff", TABLE), (b"places_sha256 = 1", TABLE), (TOML, TABLE[:-1])]
)
def test_files_that_are_not_whole_are_input_errors(toml, table):
    with pytest.raises(InputError):
        fitting.read(toml, table)


def test_a_place_that_was_not_fitted_is_named():
    with pytest.raises(UnknownNameError, match="97611"):
        fitting.read(TOML, TABLE).speeds("national", ["000", "97611"])


def test_a_decay_without_its_idle_knots_is_the_same():
    decay = line([(k, level) for k, level in enumerate([1, 1, 1, 0.5, 0.5, 0.25, 0.2])], 8)
    short = fitting.decay_table(decay)
    assert [start for start, _ in short["line"]] == [0, 2, 3, 4, 5, 6]
    times = np.linspace(0, 9, 181)
    assert weights(from_definition(short), times) == pytest.approx(weights(decay, times))


def test_the_shipped_preset_says_what_it_is():
    shipped = fitting.shipped()
    assert shipped.about["status"] == "ours"
    assert shipped.about["year"] == 2021
    assert {row["test"] for row in shipped.about["scores"]} >= {"national", "places", "blocks"}
    assert shipped.places["place"].is_sorted()
    assert shipped.places.height == 34_960
    assert not shipped.places["place"].str.starts_with("976").any()
    for model in shipped.models.values():
        assert set(model.decays) == {"mg", "infirmiers", "kines", "dentistes", "sages_femmes"}
        assert all(decay.levels[0] == 1 for decay in model.decays.values())
