"""Requests that follow one another: schemathesis walks the API from what an answer names to what can be asked next.

``python -m tests.fuzz.stateful --home HOME``: the application is asked in this process. What it finds is raised.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance


def walked(home: Path, walks: int, steps: int) -> Counter[str]:
    """Walk; how many answers of each status. Raises what schemathesis finds."""
    from vigie.site import create_app

    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(home))
    statuses: Counter[str] = Counter()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def validate_response(self, response: Response, case: Case, **_: object) -> None:
            statuses[f"{case.operation.method.upper()} {response.status_code}"] += 1
            if response.status_code != 414:  # an address too long, refused before anything is read
                checks = [not_a_server_error, response_schema_conformance, status_code_conformance]
                case.validate_response(response, checks=checks)

    Walk.run(
        settings=settings(
            max_examples=walks, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )
    )  # fmt: skip
    return statuses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--walks", type=int, default=100)
    parser.add_argument("--steps", type=int, default=8)
    asked = parser.parse_args()
    found = walked(asked.home, asked.walks, asked.steps)
    text = f"{asked.walks} walks of at most {asked.steps} requests: {sum(found.values())} answers, as documented.\n\n"
    text += "\n".join(f"- {name}: {count}" for name, count in sorted(found.items())) + "\n"
    Path("artefacts").mkdir(exist_ok=True)
    Path("artefacts/fuzz-stateful.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
