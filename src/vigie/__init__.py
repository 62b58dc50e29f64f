"""Vigie, the open observatory of access to care in France.

``vigie.open()`` opens the edition being served::

    import vigie

    vigie.open().observations("apl_mg", level="departement", period=2023)
"""

from __future__ import annotations

TYPE_CHECKING = False  # not from typing: until the command has begun, Ctrl-C ends in a trace of what is imported
if TYPE_CHECKING:
    from pathlib import Path

    from vigie.editions.observatory import Observatory


def open(home: Path | str | None = None, edition: str | None = None) -> Observatory:
    """Open the edition being served, or ``edition``, of ``home`` (``VIGIE_HOME`` or the user's data folder).

    Raises StorageError when there is none or it is damaged, UnknownNameError for an edition that does not exist.
    """
    from pathlib import Path

    from vigie.editions.observatory import open_edition

    return open_edition(Path(home) if home is not None else None, edition)
