"""Which file answers an address of the site once there is no server.

A page is a folder with its ``index.html``. A parameter becomes a folder ``name=value``, and ``format`` the suffix:
``/api/v1/observations?level=commune&code=12202&format=csv`` is ``api/v1/observations/level=commune/code=12202.csv``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote

_KEPT = {"/carte": ("indicateur",)}
"""The parameters of a page that have a page of their own in the copy; the others need the service."""
_SUFFIXED = re.compile(r"\.[a-z0-9]{2,7}$")
_SUFFIX = {"csv-fr": "fr.csv"}


@lru_cache(100_000)
def asked(address: str) -> str:
    """The address whose answer the copy keeps for this one: without fragment, nor parameters that need the service."""
    plain = address.partition("#")[0]
    path, _, query = plain.partition("?")
    page = path.removeprefix("/en") or "/"
    if not query or page.startswith("/api/"):
        return plain
    kept = [(name, value) for name, value in parse_qsl(query) if name in _KEPT.get(page, ())]
    return path + ("?" + "&".join(f"{name}={quote(value)}" for name, value in kept) if kept else "")


@lru_cache(100_000)
def file_of(address: str) -> str:
    """The file, below the folder of the copy, that answers an address given by :func:`asked`."""
    path, _, query = address.partition("?")
    parameters = parse_qsl(query, keep_blank_values=True)
    form = next((value for name, value in parameters if name == "format"), "json")
    parts = [_plain(part) for part in path.split("/") if part]
    parts += [_plain(f"{name}={value}") for name, value in parameters if name != "format"]
    if is_api(path):
        suffixed = not query and _SUFFIXED.search(path)
        return "/".join(parts) + ("" if suffixed else f".{_SUFFIX.get(form, form)}")
    if _SUFFIXED.search(path):
        return "/".join(parts)
    return "/".join([*parts, "index.html"])


def link_of(address: str) -> str:
    """The same as a link below the root of the copy: the folder of a page, the file of anything else."""
    return quote(file_of(asked(address)).removesuffix("index.html"), safe="/=.:,-_~")


def is_api(path: str) -> bool:
    """Whether an address is one of the API rather than of its page."""
    return path.startswith("/api/")


def depth(file: str) -> str:
    """The way from a file back to the root of the copy: ``../../`` without its last stroke, ``.`` at the root."""
    return "/".join([".."] * file.count("/")) or "."


def _plain(part: str) -> str:
    """A name that any file system and any object store takes."""
    return re.sub(r"[^A-Za-z0-9=.:,_~-]", "_", unquote(part))[:120]
