"""``make bench``: every benchmark, one after the other."""

import sys

from benchmarks import access, edition, levers, outlook, pages, ratios, site, siting, slider, standing, zoning

edition.main()
site.main()
outlook.main()
sys.argv = sys.argv[:1]
access.main()
levers.main()
pages.main()
siting.main()
slider.main()
standing.main()
zoning.main()
print(ratios.table())
