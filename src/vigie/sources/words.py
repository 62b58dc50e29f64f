"""A text in both languages, as the ``.toml`` files of the sources give it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from vigie.errors import Lang
from vigie.language import Text


class Words(BaseModel):
    """A text in French and in English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def of(self, lang: Lang) -> str:
        """The text in ``lang``."""
        return Text(self.fr, self.en).of(lang)
