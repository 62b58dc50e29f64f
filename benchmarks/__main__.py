"""``make bench``: every benchmark, one after the other."""

import sys

from benchmarks import access, edition

edition.main()
sys.argv = sys.argv[:1]
access.main()
