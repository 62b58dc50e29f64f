"""Templates filled with a page's context, in its language."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from vigie.site.assets import Assets
from vigie.site.room import Room
from vigie.site.words import ENGLISH, FRENCH, Speaker

TEMPLATES = Path(__file__).parent / "templates"
_INDEX = re.compile(r"_([ijk]{1,2})\b")


@cache
def installed_version() -> str:
    """The version of Vigie, empty when it runs from its sources without being installed."""
    try:
        return metadata.version("vigie")
    except metadata.PackageNotFoundError:
        return ""


def _curly(value: Any) -> Any:
    """Names come from official files with straight apostrophes; a page shows curly ones."""
    return value.replace("'", "’") if type(value) is str else value


def _formula(text: str) -> Markup:
    """A formula with its indices set as such: ``t_ij``."""
    return Markup(_INDEX.sub(r"<sub>\1</sub>", str(escape(text))))


class Renderer:
    """The templates of the site, with the addresses of its files."""

    def __init__(self, assets: Assets) -> None:
        """Read the templates once; each is compiled at its first use."""
        self._assets = assets
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=_curly,
        )
        self._environment.filters["formula"] = _formula
        sources = (path.read_bytes() for path in sorted(TEMPLATES.rglob("*.html")))
        code = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
        self.stamp = hashlib.sha256(b"".join([*sources, *code, assets.stamp.encode()])).hexdigest()[:12]

    def compile(self) -> None:
        """Compile every template beforehand: the first reader of each page waits for its own, up to half a second."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def page(self, template: str, speaker: Speaker, path: str, room: Room | None, **context: Any) -> str:
        """The page at ``path`` (without the language's prefix) as HTML."""
        other = ENGLISH if speaker.lang == "fr" else FRENCH
        return self._environment.get_template(template).render(
            s=speaker,
            tr=speaker.tr,
            lang=speaker.lang,
            url=speaker.url,
            path=path,
            other=other,
            room=room,
            assets=self._assets,
            version=installed_version(),
            **context,
        )
