"""HiGHS asked for an answer, whoever asked it for one before in the same thread."""

from __future__ import annotations

from typing import Any


def run(solver: Any) -> None:
    """Run a ``highspy.Highs`` that has its options and its model.

    The first run of a thread starts HiGHS's workers, and a later one that asks for another number of them is refused
    without a word: there is then no answer, and what is read from the solver is not one. The workers, which are of this
    thread alone, are then started again.

    Raises:
        RuntimeError: HiGHS refuses the model or its options.
    """
    import highspy

    refused = highspy.HighsStatus.kError
    if solver.run() != refused:
        return
    highspy.Highs.resetGlobalScheduler(True)
    if solver.run() == refused:
        raise RuntimeError(f"HiGHS gives no answer: {solver.getModelStatus()}")
