"""``make bench``: every benchmark, one after the other."""

import sys

from benchmarks import access, edition, pages, site

edition.main()
site.main()
sys.argv = sys.argv[:1]
access.main()
pages.main()
