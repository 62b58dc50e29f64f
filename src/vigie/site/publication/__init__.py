"""The site and its API as files, for an object store or any plain file server: pages, data, tiles, search, feeds.

``addresses`` says which file answers an address, ``rewriting`` makes a page's links hold among files, ``folder`` writes
what changed, ``making`` renders, ``publish`` runs it all on several processes.
"""

from vigie.site.publication.publish import Asked, Published, publish

__all__ = ["Asked", "Published", "publish"]
