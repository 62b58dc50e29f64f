"""Official data sets: the catalogue, the readers that turn a producer's file into a tidy table, downloads, snapshots.

Start with :func:`catalogue` and :func:`source` (what there is), :func:`locate` and :func:`read` (from a local copy),
``vigie.sources.fetch`` (from the producer) and ``vigie.sources.snapshots`` (what has been received). Importing this
package loads neither Polars, pandera, httpx nor calamine.
"""

from vigie.sources.catalogue import Source, catalogue, source
from vigie.sources.glossary import facility_types
from vigie.sources.reading import WHOLE_CITIES, Reading, examine, locate, locate_all, read, read_from

__all__ = [
    "WHOLE_CITIES",
    "Reading",
    "Source",
    "catalogue",
    "examine",
    "facility_types",
    "locate",
    "locate_all",
    "read",
    "read_from",
    "source",
]
