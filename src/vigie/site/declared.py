"""What Vigie declares of itself in small ``.toml`` files of this folder: corrections, evidence."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from vigie.errors import InputError, Where

M = TypeVar("M", bound=BaseModel)


def read_declared(file: Path, model: type[M]) -> M:
    """The contents of a file as ``model``. Raises InputError that names the file, the key and the value."""
    try:
        content: Any = tomllib.loads(file.read_text(encoding="utf-8"))
        return model.model_validate(content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(f"TOML illisible ({fault}).", f"unreadable TOML ({fault}).", where=Where(file=file)) from None
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"déclaration mal écrite ({first['msg']}).",
            f"a declaration is not well written ({first['msg']}).",
            remedy_fr="Suivez l'exemple en tête du fichier.",
            remedy_en="Follow the example at the head of the file.",
            where=Where(file=file, column=key, value=str(first.get("input"))[:80]),
        ) from None
