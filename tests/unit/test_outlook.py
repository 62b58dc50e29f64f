"""The outlook's rules one by one: hypotheses, ages, plans, seeds, who loses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array, identity

from vigie.editions.projections import AgeTable, Projection, growth, with_ages
from vigie.editions.prospects import OwnTables, variants_table
from vigie.errors import InputError, UnknownNameError
from vigie.outlook import Ground, Groups, Outlook, chance, demands, make_plan, model, outlook, paths, variant, variants
from vigie.outlook.ages import (
    age_tables,
    classes_of_bands,
    exit_chances,
    national_shares,
    shares_at_sites,
    still_practising,
)
from vigie.outlook.draws import share_under
from vigie.outlook.ground import age_counts, expected_exits
from vigie.outlook.hypotheses import FOLDER, Path_, Variant, read
from vigie.outlook.losing import losing


def country(sites: int = 60, heads: int = 40) -> Ground:
    """A country of towns that only see themselves, with the national ages."""
    return Ground(
        base=2023,
        places=np.array([f"{k:05d}" for k in range(sites)]),
        site_of=np.arange(sites),
        heads=np.full(sites, heads),
        activity=np.full(sites, 4_000.0),
        shares=np.tile(national_shares(model().ages), (sites, 1)),
        area=np.arange(sites) // 4,
        departement=np.arange(sites) // 20,
        weight=csr_array(identity(sites, format="csr")),
        demand=np.full(sites, heads * 1_000.0),
        population=np.full(sites, heads * 1_000.0),
        apl=np.full(sites, 4.0),
    )


def drawn(ground: Ground, name: str = "central", seed: int = 1, draws: int = 30) -> Outlook:
    groups = Groups.of(csr_array(np.ones((1, ground.places.size))))
    return outlook(ground, make_plan(ground, model(), variant(name)), model(), groups, draws, seed)


# Hypotheses -----------------------------------------------------------------------------------------------------------


def test_the_published_points_of_the_national_paths() -> None:
    years = range(2023, 2036)
    recent = paths()["drees-2023"].index("central", years)
    assert recent[4] == pytest.approx(1) and recent[-1] / recent[-2] == pytest.approx(1.017, abs=2e-4)
    assert recent[-1] / recent[7] == pytest.approx(1.017**5, abs=1e-3)
    former = paths()["drees-2021"].index("central", range(2021, 2051))
    assert former[7] * 95_000 == pytest.approx(92_427) and former[-1] * 95_000 == pytest.approx(129_152)
    assert former.argmin() == 7  # 2028
    low, high = (paths()["drees-2023"].index(branch, years) for branch in ("low", "high"))
    assert (low[1:] < recent[1:]).all() and (high[1:] > recent[1:]).all() and low[0] == high[0] == 1


def test_what_no_text_gives_is_marked_as_ours() -> None:
    assert {one.status for path in paths().values() for one in path.points} == {"published", "approximate", "ours"}
    assert all(one.status == "ours" for one in variants().values())
    assert all(one.note for path in paths().values() for one in path.points if one.status != "published")


def test_demand_grows_as_the_texts_say() -> None:
    years = range(2023, 2036)
    assert (demands()["constant"].factors(years) == 1).all()
    chronic = demands()["chronic"].factors(years)
    assert chronic[-1] == pytest.approx((1 + 0.43) / (1 + 0.369)) and chronic[0] == 1
    growth = 11.62 / 9.74  # Cour des comptes 2024, note 14
    shares = [one.share for one in demands()["ald"].need]
    assert shares == pytest.approx([11.62 * growth ** (n / 5) / 67.4 for n in (3, 15)], abs=2e-4)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("id = 'a'\n[title]\nfr='a'\nen='a'\n[note]\nfr='a'\nen='a'\n", None),
        ("id = 'a'\nreplaced = 2\n[title]\nfr='a'\nen='a'\n[note]\nfr='a'\nen='a'\n", "replaced"),
        ("id = 'a'\nunheard = 2\n[title]\nfr='a'\nen='a'\n[note]\nfr='a'\nen='a'\n", "unheard"),
        ("id = 'a'\n[attraction]\nmars = 2\n[title]\nfr='a'\nen='a'\n[note]\nfr='a'\nen='a'\n", "attraction"),
        ("id = ", "TOML"),
    ],
)
def test_a_refused_hypothesis_names_file_key_and_what_to_do(tmp_path: Path, text: str, key: str | None) -> None:
    path = tmp_path / "mien.toml"
    path.write_text(text, encoding="utf-8")
    if key is None:
        assert read(path, Variant).id == "a"
        return
    with pytest.raises(InputError) as fault:
        read(path, Variant)
    for lang in ("fr", "en"):
        assert "mien.toml" in fault.value.message(lang) and key in fault.value.message(lang)
    assert fault.value.remedy_fr and fault.value.remedy_en


def test_unknown_names_are_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match="central, nobody"):
        variant("personne")
    with pytest.raises(UnknownNameError, match="low, central, high"):
        paths()["drees-2023"].index("middle", range(2023, 2036))
    with pytest.raises(InputError, match="2023"):
        paths()["drees-2023"].index("central", range(2020, 2036))


def test_years_out_of_order_are_refused(tmp_path: Path) -> None:
    text = (FOLDER / "paths" / "drees-2023.toml").read_text(encoding="utf-8")
    path = tmp_path / "unordered.toml"
    path.write_text(text.replace("year = 2050", "year = 2029"), encoding="utf-8")
    with pytest.raises(InputError, match="croître"):
        read(path, Path_)


# Ages -----------------------------------------------------------------------------------------------------------------


def test_the_law_of_exit_has_the_published_mean_and_moves_with_the_shift() -> None:
    ages = np.arange(20, 120, 0.01)
    assert 20 + (still_practising(model().ages, ages) * 0.01).sum() == pytest.approx(67, abs=0.05)
    assert 20 + (still_practising(model().ages, ages, 2) * 0.01).sum() == pytest.approx(69, abs=0.05)
    leave = exit_chances(model().ages, 12)
    assert (leave[:, 0] == 0).all() and (np.diff(leave, axis=1) >= 0).all() and (leave < 1).all()


def test_beyond_65_doctors_practise_as_long_as_the_published_apl_says() -> None:
    ages = np.arange(65, 120, 0.01)
    beyond = (still_practising(model().ages, ages) * 0.01).sum() / still_practising(model().ages, 65)
    assert beyond == pytest.approx(model().ages.national.over_65 / (model().ages.national.to_65 / 3), abs=0.3)


def test_ages_within_classes() -> None:
    tables = age_tables(model().ages) + model().ages.youngest
    assert tables[0].min() == 30 and tables[0].max() == 62
    assert (tables[1].min(), tables[1].max()) == (63, 65) and tables[2].min() == 66
    ground = country()
    counts = age_counts(ground, model())
    over_60 = counts[np.arange(30, 81) >= 60].sum() / counts.sum()
    assert counts.sum() == pytest.approx(ground.heads.sum()) and over_60 == pytest.approx(0.307, abs=0.003)  # CPAM 2025
    mean = (counts @ np.arange(30.5, 81)) / counts.sum()
    assert mean == pytest.approx(51, abs=1)  # DREES, in Assurance maladie 2026


def test_shares_by_age_are_found_again() -> None:
    rng = np.random.default_rng(3)
    weight = csr_array(np.eye(30) + 0.2 * (rng.random((30, 30)) < 0.1))
    demand, supply = rng.random(30) * 1_000 + 500, rng.random(30) * 9_000 + 1_000
    shares = rng.dirichlet([6, 1, 1], 30)
    reach = supply / (weight.T @ demand)
    by_age = weight @ (shares * reach[:, None])
    by_age[4] = np.nan
    start = national_shares(model().ages)
    found = shares_at_sites(weight, demand, supply, by_age, start, rounds=300)
    assert found.sum(axis=1) == pytest.approx(np.ones(30)) and (found >= 0).all()
    others = np.arange(30) != 4
    np.testing.assert_allclose(found[others], shares[others], atol=0.05)


# Plans and draws ------------------------------------------------------------------------------------------------------


def test_the_sum_follows_the_national_path() -> None:
    ground = country()
    plan = make_plan(ground, model(), variant("central"))
    drift = (1 + model().supply.liberal_drift) ** np.arange(13)
    assert plan.path == pytest.approx(paths()["drees-2023"].index("central", range(2023, 2036)) * drift)
    stock = plan.path * ground.heads.sum()
    leaving = expected_exits(ground, model(), exit_chances(model().ages, 12), model().supply.mobility)
    assert np.diff(stock) == pytest.approx(plan.entries[1:] - leaving[1:])  # stock and flows, on average
    found = drawn(ground, draws=400)
    assert found.flows.stock.sum(axis=1) == pytest.approx(stock, rel=0.004)


def test_entries_beyond_the_path_only_where_a_variant_says_so() -> None:
    ground = country()
    central, more = (make_plan(ground, model(), variant(name)) for name in ("central", "training-plus"))
    assert (more.entries[:3] == central.entries[:3]).all()  # 2023 to 2025
    assert more.entries[3:] == pytest.approx(1.1 * central.entries[3:])
    later = make_plan(ground, model(), variant("retire-later"))
    assert (later.entries == central.entries).all() and (later.leave[35:, 1:] < central.leave[35:, 1:]).all()
    alone = drawn(ground, "nobody")
    assert not alone.flows.arrived.any() and (np.diff(alone.flows.stock.sum(axis=1)) < 0).all()


def test_full_replacement_keeps_every_place() -> None:
    found = drawn(country(), "replaced-in-full")
    assert (found.flows.stock >= found.flows.stock[0] - 1e-9).all()
    np.testing.assert_allclose(found.flows.filled, found.flows.retired + found.flows.moved)


def test_attraction_draws_entrants_to_its_zone() -> None:
    ground = country()
    ground.apl[:30] = 2.0
    plain, drawn_more = (drawn(ground, name).flows.arrived.sum(axis=0) for name in ("central", "attract-under-dense"))
    assert drawn_more[:30].sum() > 1.1 * plain[:30].sum() and drawn_more[30:].sum() < 0.95 * plain[30:].sum()


def test_the_seed_gives_the_same_draws_on_one_thread_or_two(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = country(20, 3)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    one = drawn(ground)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    two, other = drawn(ground), drawn(ground, seed=2)
    for name in ("value", "low", "high"):
        for part in ("apl", "supply", "group_apl", "group_under", "group_supply"):
            first, second = (getattr(getattr(found, part), name) for found in (one, two))
            np.testing.assert_array_equal(first, second)
    assert (one.flows.stock == two.flows.stock).all() and (one.flows.stock != other.flows.stock).any()


def test_more_draws_only_add_to_the_first_ones() -> None:
    ground = country(1, 1)
    few, many = (drawn(ground, "nobody", draws=draws).flows.stock[:, 0] * draws for draws in (10, 20))
    # The one doctor is there or not in each draw: the ten draws more say yes in none to all of them.
    assert ((many - few > -1e-9) & (many - few < 10 + 1e-9)).all() and few[-1] < 10


def test_a_place_of_one_doctor_is_told_as_uncertain_as_it_is() -> None:
    small, large = drawn(country(10, 1), draws=200), drawn(country(10, 100), draws=200)
    width = [float((found.supply.high - found.supply.low)[-1].mean()) for found in (small, large)]
    assert width[0] > 3 * width[1]
    assert 0.1 < float(small.none[-1].mean()) < 0.9 and not large.none.any()


def test_chance_is_uniform_and_without_a_state() -> None:
    start = chance.stream(7, 0, chance.EXIT)
    numbers = np.array([chance.uniform(start, k) for k in range(4_000)])
    assert numbers.min() >= 0 and numbers.max() < 1 and numbers.mean() == pytest.approx(0.5, abs=0.02)
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.05
    keys = [(draw, purpose, year) for draw in range(9) for purpose in range(8) for year in range(13)]
    assert len({chance.stream(7, *key) for key in keys}) == len(keys)


def test_years_that_no_plan_has_are_refused() -> None:
    ground = country(2, 1)
    groups = Groups.of(csr_array(np.ones((1, 2))))
    with pytest.raises(InputError, match="2035"):
        outlook(ground, make_plan(ground, model(), variant("central")), model(), groups, 10, told=(2040,))


# Who loses ------------------------------------------------------------------------------------------------------------


def test_who_loses_most_and_when() -> None:
    def rows(code: str, apl: list[float]) -> list[dict[str, object]]:
        return [
            {"level": "epci", "code": code, "year": 2023 + k, "apl": value, "apl_low": value, "apl_high": value,
             "supply": value / apl[0]}
            for k, value in enumerate(apl)
        ]  # fmt: skip

    table = pl.DataFrame([*rows("A", [4.0, 3.0, 2.4, 2.0]), *rows("B", [2.0, 1.9, 1.8, 0.5]), *rows("C", [3.0] * 4)])
    found = {one["code"]: one for one in losing(table, 2026).to_dicts()}
    assert list(found) == ["B", "A", "C"]
    assert found["A"]["loss"] == pytest.approx(0.5) and found["A"]["half_by"] == 2024 and found["A"]["under_by"] == 2025
    assert found["B"]["half_by"] == 2026 and found["B"]["under_by"] == 2023
    assert found["C"]["loss"] == 0 and found["C"]["half_by"] is None and found["C"]["under_by"] is None
    assert losing(table, 2024)["code"].to_list() == ["A", "B", "C"]


def test_importing_the_room_does_not_load_numba() -> None:
    code = "import sys, vigie.outlook; print(sorted({'numba', 'polars'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# What an analyst brings -----------------------------------------------------------------------------------------------


def test_bands_of_ages_fall_into_the_classes_by_years() -> None:
    found = classes_of_bands([30, 60, 65, 70], [59, 64, 69, 99], [100, 50, 50, 30])
    assert found.tolist() == pytest.approx([100 + 30, 20 + 10, 40 + 30])
    assert classes_of_bands([63], [63], [7]).tolist() == [0, 7, 0]


def test_projected_people_grow_from_the_base_and_stay_after_the_last_year() -> None:
    told = Projection("p.csv", "", False, {"23": {2023: 100.0, 2033: 80.0}, "23096": {2020: 50.0, 2030: 100.0}})
    places, own = np.array(["23096", "23001", "12202"]), np.array(["23", "23", "12"])
    found = growth(told, range(2023, 2036), places, own)
    assert found.shape == (13, 3) and (found[0] == 1).all() and (found[:, 2] == 1).all()
    assert found[5, 1] == pytest.approx(0.9) and found[-1, 1] == pytest.approx(0.8)
    assert found[7, 0] == found[-1, 0] == pytest.approx(100 / 65)


def test_variants_say_that_people_are_brought(tmp_path: Path) -> None:
    plain, with_people = (
        variants_table(variants().values(), lambda _: 10, 1, tables)
        for tables in (OwnTables(), OwnTables(people=tmp_path / "people.csv"))
    )
    before, after = (dict(table.select("variant", "demand_fr").iter_rows()) for table in (plain, with_people))
    assert "aucune projection" in before["central"] and "aucune projection" not in after["central"]
    assert after["central"].startswith("Projection de population importée")
    assert before["demand-ald"] in after["demand-ald"] != before["demand-ald"]


def test_ages_brought_for_a_departement_move_its_sites_alone() -> None:
    ground = country(sites=40)
    own = np.array(["01"] * 20 + ["02"] * 20)
    table = AgeTable("a.csv", "", {"01": np.array([20.0, 30.0, 50.0])})
    moved = with_ages(ground, table, own)
    assert ground.heads[:20] @ moved.shares[:20] / ground.heads[:20].sum() == pytest.approx([0.2, 0.3, 0.5])
    assert (moved.shares[20:] == ground.shares[20:]).all()


def test_the_share_under_the_threshold_is_the_same_by_blocks_as_at_once() -> None:
    """More rows than a block, values at the threshold itself: 2.5 is not under it."""
    table = np.random.default_rng(7).choice(np.array([1.0, 2.5, 3.0], dtype=np.float32), (1_300, 9))
    found = share_under(table)
    np.testing.assert_array_equal(found, (table < 2.5).mean(axis=1))
    assert 0.2 < found.mean() < 0.5
    assert share_under(np.empty((0, 9), dtype=np.float32)).shape == (0,)
