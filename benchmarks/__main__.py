"""``make bench``: every benchmark, one after the other, or those named: ``python -m benchmarks access siting``.

Each begins with nothing but its name on the command line. The comparisons with the peers (``access`` and ``siting``
have some) are kept in artefacts/peers.json under the name of their benchmark, so that a table made in several runs is
whole; artefacts/peers.md is that table, which the README quotes.
"""

import argparse
import importlib
import sys

from benchmarks import ratios

PARTS = ("edition", "site", "outlook", "access", "levers", "pages", "siting", "slider", "standing", "zoning")

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
parser.add_argument("part", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them where none is named")
asked = parser.parse_args().part or PARTS
if unknown := set(asked) - set(PARTS):
    parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
for part in asked:
    sys.argv = [f"benchmarks {part}"]
    importlib.import_module(f"benchmarks.{part}").main()
    ratios.keep(part)
print(ratios.table())
