"""What a reader waits for after a slider of « Agir » stops, in Chromium: from the last move to the painted answer.

    python -m benchmarks.slider [HOME]

The wait of the page itself (30 ms without a move) is in it. The server and the browser share the machine.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from benchmarks.site import server
from vigie.editions.store import default_home

PLAN = "/agir?territoire=departement:12&centre_de_sante=2&centre_de_sante-ou=12202"
BUDGET = 150.0  # milliseconds
IDLE = 20.0  # percent of a processor
MOVES = """async () => {
  const slider = document.getElementById("centre_de_sante"), place = document.getElementById("act-answer"), took = [];
  for (let move = 0; move < 20; move++) {
    const painted = new Promise((told) => {
      const watch = new MutationObserver(() => {
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => told(performance.now()), 0));
      });
      watch.observe(place, { childList: true });
    });
    slider.value = String(3 + 0.5 * move);
    const begun = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    took.push((await painted) - begun);
    await new Promise((next) => setTimeout(next, 150));
  }
  return took;
}"""


def main() -> None:
    """Print one line."""
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else default_home()
    program = os.environ.get("VIGIE_CHROMIUM") or shutil.which("chromium")
    if program is None:
        print("the slider of « Agir »: left out, Chromium is absent")
        return
    with server(str(home)) as (client, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(240_000)
        page.goto(f"{client.base_url}".rstrip("/") + PLAN, wait_until="networkidle", timeout=240_000)
        # The server goes on preparing what a first siting needs: readers come later.
        while process.cpu_percent(interval=1.0) > IDLE:
            pass
        took = sorted(page.evaluate(MOVES))
        browser.close()
    said = "kept" if median(took) <= BUDGET else "MISSED"
    print(f"slider to answer: median {median(took):.0f} ms, least {took[0]:.0f}, most {took[-1]:.0f}; "
          f"budget {BUDGET:.0f} ms: {said}")  # fmt: skip


if __name__ == "__main__":
    main()
