"""Calibration on a made-up country: the gradient is right, what made the APL is found, hidden values stay hidden."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from vigie.access import calibration
from vigie.access.calibration import (
    Published,
    Spreads,
    anchored,
    calibrate,
    fitted_times,
    free_line,
    hide_blocks,
    hide_one_each,
    hide_places,
    scores,
    soft_bands,
    weighted_correlation,
)
from vigie.access.catchment import accessibility, prepare
from vigie.access.decay import line
from vigie.access.travel import crow_fly, points, with_speeds
from vigie.errors import InputError

DECAY = line([(0, 1.0), (5, 0.8), (10, 0.3)], 20)


def country(size=150, seed=5):
    """Places with speeds of their own, and the APL of two professions on them; the head counts err by a third."""
    rng = np.random.default_rng(seed)
    made = points(
        [f"{k:03d}" for k in range(size)], rng.uniform(2, 2.8, size), rng.uniform(46, 46.5, size), ["metropole"] * size
    )
    classes = rng.integers(0, 2, size)
    truth = with_speeds(made, np.where(classes == 0, 40.0, 70.0) * np.exp(rng.normal(0, 0.2, size)), 0.5)
    demand = rng.lognormal(7, 1, size)
    published = []
    for name in ("gp", "nurse"):
        heads = rng.poisson(demand / 400).astype(float)
        supply = 4000 * heads * np.exp(rng.normal(0, 0.2, size))
        apl = accessibility(prepare(crow_fly(truth, truth, 20), DECAY, demand), supply)
        published.append(Published(name, apl, demand, heads))
    return made, classes, published


LOOSE = Spreads(speed=0.3, class_speed=0.3, class_activity=0, misfit=0.1)
MADE, CLASSES, PUBLISHED = country()
NOTHING = [np.zeros(150, dtype=bool)] * 2


def correlation(found, which, mask):
    each = PUBLISHED[which]
    return weighted_correlation(found.apl[each.name][mask], each.apl[mask], each.demand[mask])


@pytest.mark.parametrize("shape", [free_line(), soft_bands()])
def test_the_gradient_is_that_of_the_loss(shape):
    made, classes, published = country(size=12, seed=2)
    areas, nothing = [np.arange(12) // 4, np.arange(12) // 6], [np.zeros(12, bool)] * 2
    problem = calibration._problem(made, classes, areas, published, nothing, Spreads(misfit=0.5), shape, 26.0)
    rng = np.random.default_rng(0)
    for _ in range(3):
        at = rng.normal(0, 0.5, calibration._size(problem))
        error = check_grad(lambda x: calibration._loss(problem, x)[0], lambda x: calibration._loss(problem, x)[1], at)
        assert error < 1e-5 * np.linalg.norm(calibration._loss(problem, at)[1])


def test_a_calibration_comes_near_what_it_sees_and_nearer_than_head_counts():
    found = calibrate(MADE, CLASSES, PUBLISHED, NOTHING, spreads=LOOSE)
    everywhere = np.ones(150, dtype=bool)
    before = calibrate(MADE, CLASSES, PUBLISHED, NOTHING, iterations=0)
    assert correlation(found, 0, everywhere) > 0.99
    assert correlation(before, 0, everywhere) < 0.95
    assert all((supply >= 0).all() for supply in found.supply.values())
    assert found.class_speed[1] > 1.2 * found.class_speed[0]


def test_the_model_s_apl_is_the_catchment_of_what_was_fitted():
    found = calibrate(MADE, CLASSES, PUBLISHED, NOTHING, iterations=15)
    for each in PUBLISHED:
        again = accessibility(
            prepare(fitted_times(found), found.decays[each.name], each.demand), found.supply[each.name]
        )
        assert found.apl[each.name] == pytest.approx(again, rel=1e-12)
        assert each.demand @ again == pytest.approx(found.supply[each.name].sum(), rel=1e-9)


def test_one_profession_tells_of_the_roads_of_the_other():
    """Predicting hidden values is better when the other profession of the same places is seen."""
    one_each = hide_one_each(150, 2, seed=1)
    alone = [one_each[0], one_each[0]]
    with_other = calibrate(MADE, CLASSES, PUBLISHED, [one_each[0], NOTHING[1]], spreads=LOOSE)
    without = calibrate(MADE, CLASSES, PUBLISHED, alone, spreads=LOOSE)
    assert correlation(with_other, 0, one_each[0]) > correlation(without, 0, one_each[0])


def test_hidden_values_are_not_looked_at():
    hidden = hide_places(150, 2, 0.3, seed=4)
    spoilt = [Published(p.name, np.where(hidden[0], 99.0, p.apl), p.demand, p.heads) for p in PUBLISHED]
    a, b = (calibrate(MADE, CLASSES, each, hidden, iterations=10) for each in (PUBLISHED, spoilt))
    assert a.apl["gp"].tobytes() == b.apl["gp"].tobytes()


def test_what_an_area_shares_is_found_for_its_hidden_places():
    """Half of the country has practitioners twice as active: hidden places have that from the others of their area."""
    made, classes, published = country()
    area = np.arange(150) % 2
    catchment = prepare(crow_fly(made, made, 20), DECAY, published[0].demand)
    apl = accessibility(catchment, 4000 * published[0].heads * np.where(area == 1, 2.0, 1.0))
    twice = Published("gp", apl, published[0].demand, published[0].heads)
    hidden = hide_places(150, 1, 0.3, seed=2)
    spreads = Spreads(area_activity=0.3, together=0, activity=0.01)
    found = [
        weighted_correlation(
            calibrate(made, classes, [twice], hidden, areas=areas, spreads=spreads).apl["gp"][hidden[0]],
            apl[hidden[0]],
            twice.demand[hidden[0]],
        )
        for areas in ([], [area])
    ]
    assert found[1] > found[0] + 0.05


def test_bands_fall_before_their_edges_only():
    decay = calibrate(MADE, CLASSES, PUBLISHED, NOTHING, shape=soft_bands(), iterations=5).decays["gp"]
    levels = np.array(decay.levels)
    assert decay.limit == 20
    assert np.flatnonzero(np.diff(levels)).tolist() == [4, 9, 14]
    assert (soft_bands((10.0, 20.0), 2.5).limit, soft_bands((10.0, 20.0), 2.5).falls) == (20, (3, 7))


def test_a_deviation_of_spread_0_is_left_out():
    nothing = Spreads(speed=0, class_speed=0, area_speed=0, class_activity=0, area_activity=0, activity=0, together=0)
    found = calibrate(MADE, CLASSES, PUBLISHED, NOTHING, areas=[CLASSES], spreads=nothing, iterations=5)
    assert found.points.pace == pytest.approx(1.0)
    heads = PUBLISHED[0].heads
    per_head = found.supply["gp"][heads > 0] / heads[heads > 0]
    assert np.ptp(per_head) < 0.1 * per_head.mean()  # but for the unseen practitioners


def test_progress_is_told_each_iteration():
    told = []
    calibrate(MADE, CLASSES, PUBLISHED, NOTHING, iterations=4, progress=told.append)
    assert told == [1, 2, 3, 4]


def test_masks_hide_what_they_say():
    one_each = hide_one_each(1000, 5, seed=0)
    assert (np.sum(one_each, axis=0) == 1).all()
    assert hide_places(10_000, 3, 0.2, seed=0)[2].mean() == pytest.approx(0.2, abs=0.02)
    blocks = hide_blocks(MADE, 2, 0.5, side=10.0, seed=0)[0]
    where = np.floor(MADE.position[:, :2] / 10_000)
    for cell in np.unique(where, axis=0):
        assert len(set(blocks[(where == cell).all(axis=1)])) == 1
    assert 0 < blocks.mean() < 1


def test_scores_by_group():
    model = {p.name: p.apl + 1 for p in PUBLISHED}
    table = scores(PUBLISHED, model, [np.ones(150, bool), np.zeros(150, bool)], np.where(CLASSES == 0, "town", "land"))
    assert table["group"].to_list() == ["all", "land", "town"] * 2
    first, last = table.row(0, named=True), table.row(-1, named=True)
    assert [first[name] for name in ("correlation", "bias", "error", "absolute_error")] == pytest.approx([1] * 4)
    assert first["places"] == 150
    assert (last["places"], last["correlation"]) == (0, None)


def test_anchored_starts_from_the_published_figure():
    assert anchored([3.0, np.nan, 0.5], [2.0, 1.0, 2.0], [2.5, 1.0, 1.0]).tolist() == pytest.approx(
        [3.5, np.nan, 0], nan_ok=True
    )


def test_bad_input_is_an_input_error():
    everything = [np.ones(150, dtype=bool)] * 2
    for call in (
        lambda: calibrate(MADE, CLASSES, PUBLISHED, NOTHING[:1]),
        lambda: calibrate(MADE, CLASSES[:5], PUBLISHED, NOTHING),
        lambda: calibrate(MADE, CLASSES - 1, PUBLISHED, NOTHING),
        lambda: calibrate(MADE, CLASSES, PUBLISHED, NOTHING, areas=[CLASSES[:5]]),
        lambda: calibrate(MADE, CLASSES, PUBLISHED, everything),
    ):
        with pytest.raises(InputError):
            call()
