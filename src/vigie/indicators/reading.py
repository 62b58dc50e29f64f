"""Read a definition of rules or of a model from its ``.toml`` file, told by file and key where it is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from vigie.errors import InputError, Where
from vigie.language import Text

M = TypeVar("M", bound=BaseModel)


def validated(path: Path, kind: type[M], refused: Text) -> M:
    """What a ``.toml`` file says, as a ``kind``; ``refused`` begins the message about what it is not.

    Raises InputError naming the file, and the key where the content is not a ``kind``.
    """
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(
            f"fichier TOML illisible ({fault}).", f"unreadable TOML file ({fault}).", where=Where(file=path)
        ) from None
    except ValidationError as fault:
        first = fault.errors()[0]
        raise InputError(
            f"{refused.fr} : {first['msg']}.",
            f"{refused.en}: {first['msg']}.",
            remedy_fr="Voir docs/methods-alerts.md.",
            remedy_en="See docs/methods-alerts.md.",
            where=Where(file=path, column=".".join(str(part) for part in first["loc"]) or "id"),
        ) from None
