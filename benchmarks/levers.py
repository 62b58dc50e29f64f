"""Times scenarios, allocations, pairs and portfolios on the current edition, against the budgets of the issue.

    python benchmarks/levers.py [HOME]

Each figure is the best of a few runs: what the machine can do when its other tenants leave it alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vigie.editions.levers import playground
from vigie.editions.observatory import open_edition
from vigie.editions.sharing import paired, share
from vigie.editions.store import default_home
from vigie.levers.answer import answer, gist
from vigie.levers.scenario import Plan, from_data, settle

FRANCE = {
    "a health centre in a commune": {
        "territory": "departement:12",
        "actions": [{"lever": "centre_de_sante", "amount": 3, "places": ["commune:12089"]}],
    },
    "10,000 assistants over France": {
        "actions": [{"lever": "assistants_medicaux", "amount": 10_000, "places": ["france:FR"]}]
    },
    "assistants, unlike in 40 départements": {
        "actions": [
            {"lever": "assistants_medicaux", "amount": 3 * number, "places": [f"departement:{number:02}"]}
            for number in range(21, 61)
        ]
    },
    "teleconsultation, Paris to all of France": {
        "actions": [{"lever": "teleconsultation", "amount": 10, "places": ["france:FR"], "from": ["departement:75"]}]
    },
    "pharmacists over France": {"actions": [{"lever": "pharmaciens", "amount": 100, "places": ["france:FR"]}]},
}


def best(work: Callable[[], object], runs: int = 7) -> float:
    """The least milliseconds of some runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


def main() -> None:
    """Print one table."""
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else default_home()
    with open_edition(home) as observatory:
        start = time.perf_counter()
        ground = playground(observatory)
        rows: list[tuple[str, float, float | None]] = [
            ("prepare the edition", 1000 * (time.perf_counter() - start), None)
        ]
        own = ground.ground
        for name, raw in FRANCE.items():
            plan = settle(from_data(raw), ground.area)
            rows.append((f"scenario: {name}", best(lambda plan=plan: answer(plan, own)), 60.0))  # type: ignore[misc]
        rng = np.random.default_rng(1)
        chosen = [str(code) for code in rng.choice(own.ids, 1000)]
        plans: list[Plan] = [
            settle(from_data({"actions": [{"lever": "installation", "amount": 1, "places": [f"commune:{code}"]}]}),
                   ground.area)
            for code in chosen
        ]  # fmt: skip
        rows.append(("1,000 scenarios of a commune", best(lambda: [gist(one, own) for one in plans], 3), 2000.0))
        shared = best(lambda: share(ground, "assistants_medicaux", 10_000), 2)
        rows += [
            ("allocation of 10,000 posts, four rules", shared, None),
            ("pairing over France", best(lambda: paired(ground), 2), None),
        ]
    for name, took, budget in rows:
        told = "" if budget is None else f"   budget {budget:,.0f} ms: {'kept' if took <= budget else 'MISSED'}"
        print(f"{name:<42} {took:>10,.1f} ms{told}")


if __name__ == "__main__":
    main()
