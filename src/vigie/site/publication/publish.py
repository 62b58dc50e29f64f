"""A whole publication: what the pages name is followed from the home page, territories are shared among processes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from vigie.editions.processes import processes
from vigie.errors import Lang, VigieError
from vigie.language import Text
from vigie.site import report_routes
from vigie.site.publication import folder as places
from vigie.site.publication.addresses import asked, file_of, is_api
from vigie.site.publication.folder import Files, Kept
from vigie.site.publication.making import Extent, Made, Maker
from vigie.site.publication.rewriting import links, rewritten
from vigie.site.publication.searching import index_files

Progress = Callable[[Text, int, int], None]
"""Told what is under way, how many are done, how many there are."""

_AT_ONCE = 50
_MANY = 200  # territories from which what their pages ask is better read at once
_LISTED = ("/api/v1/indicators", "/api/v1/sources", "/api/v1/editions", "/api/v1/openapi.json",
           "/api/v1/catalog.jsonld", "/api/v1/catalog.ttl", "/robots.txt", "/sitemap.xml")  # fmt: skip
_UNHELD = ("/territoire/", "/territoires/", "/static/", "/essai/", "/en/territoire/", "/en/territoires/", "/en/essai/",
           "/api/explore/")  # fmt: skip
# What a part of France goes without: the files and maps of all of it, and the answers worked out for another territory.
_NATIONAL = ("/api/v1/observations?", "/carte?", "/en/carte?", "/donnees/tables/", "/en/donnees/tables/",
             "/api/v1/scenarios?", "/api/v1/siting?")  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What to publish: languages, territories (``level:code``, empty for all), and how many processes may work.

    ``reports`` are the levels whose territories go with their état des lieux; the others' pages do not link to theirs.
    """

    langs: tuple[Lang, ...] = ("fr",)
    only: tuple[str, ...] = ()
    jobs: int = 2
    reports: tuple[Literal["departement"], ...] = ()


@dataclass(frozen=True)
class Published:
    """What a publication did: files of the copy, those written this time, those removed, bytes of the whole."""

    edition: str
    files: int
    written: int
    removed: int
    bytes: int


def publish(home: Path, target: Path, what: Asked, progress: Progress = lambda *_: None) -> Published:
    """Write the current edition of ``home`` as files below ``target``.

    Only what changed is written. Raises StorageError where there is no edition, and for a folder that is not ours, is
    full or closed; UnknownNameError for a territory of ``only`` that the edition does not have.
    """
    maker = Maker(home)
    keys = _keys(maker, what.only)
    with places.opened(target) as before:
        work = _Work(maker, target, what, before)
        if places.finished(target, before, work.key):
            return _told(maker, before, 0, 0)
        work.pages(frozenset(keys), progress)
        done = 0
        for files in _shared(home, target, work, keys, what.jobs):
            work.keep(files)
            done += _AT_ONCE
            progress(Text("territoires", "territories"), min(done, len(keys)), len(keys))
        removed = places.finish(target, before, work.now)
    written = sum(1 for name, one in work.now.items() if name not in before or before[name].sum != one.sum)
    return _told(maker, work.now, written, removed)


def _told(maker: Maker, now: Files, written: int, removed: int) -> Published:
    return Published(maker.room.id, len(now), written, removed, sum(one.size for one in now.values()))


def _keys(maker: Maker, only: Iterable[str]) -> list[str]:
    """The territories to publish: all, or those named with what they hold and what holds them, near ones together."""
    directory = maker.room.directory
    chosen = {}
    for text in only:
        card = maker.room.observatory.territory(text)
        held = [part for level in ("epci", "bassin_de_vie", "departement") for part in directory.parts(card, level)]
        for one in (card, *directory.members(card), *directory.parents(card), *held):
            chosen[one.key] = one
    found = chosen.values() if only else directory.all()
    return [one.key for one in sorted(found, key=lambda one: (one.departement or "", one.level, one.code))]


class _Work:
    """The state of a publication in the process that leads it."""

    def __init__(self, maker: Maker, target: Path, what: Asked, before: Files) -> None:
        self.maker, self.target, self.what, self.before = maker, target, what, before
        only = ",".join(sorted(what.only))
        levels = "+".join(what.reports)
        self.key = f"{maker.room.id}|{maker.renderer.stamp}|{'+'.join(what.langs)}|{only}|{levels}|{maker.base}"
        self.masks = maker.masks()
        self.now: Files = {}
        self.extent = Extent(what.langs, frozenset(), frozenset())

    def keep(self, files: Files) -> None:
        """Note files that were written."""
        self.now |= files
        places.note(self.target, files)

    def write(self, made: Made) -> None:
        """Write files where they changed."""
        with places.told(self.target):
            self.keep(
                {
                    name: places.written(self.target, name, body, self.before.get(name), self.key, self.masks)
                    for name, body in made.items()
                }
            )

    def pages(self, keys: frozenset[str], progress: Progress) -> None:
        """Everything but territories: the site's own files, what its pages name, the search index."""
        self.write({f"static/{name}": one.body for name, one in self.maker.assets.files.items()})
        pages: dict[str, str] = {}
        held: set[str] = set()
        waiting = [*(lang_root(lang) for lang in self.what.langs), *_LISTED]
        seen = set(waiting)
        while waiting:
            address = waiting.pop()
            progress(Text("pages et données", "pages and data"), len(seen) - len(waiting), len(seen))
            body = self._answer(address)
            if body is None:
                continue
            held.add(address)
            name = file_of(address)
            if not name.endswith(".html"):
                self.write({name: body})
                continue
            pages[address] = body.decode()
            found = {one for one in links(pages[address]) | self._behind(address) if self._wanted(one)}
            waiting += sorted(found - seen)
            seen |= found
        held |= self._reports(keys, progress)
        self.extent = Extent(self.what.langs, keys, frozenset(held))
        for address, page in pages.items():
            lang: Lang = "en" if address.startswith("/en") else "fr"
            whole = rewritten(page, address, lang, self.extent.known, len(self.what.langs) > 1)
            self.write({file_of(address): whole.encode()})
        self.write(index_files(self.maker.room, self.what.langs, keys))

    def _reports(self, keys: frozenset[str], progress: Progress) -> set[str]:
        """The reports asked for, written; their addresses."""
        if not self.what.reports:
            return set()
        codes = sorted(key.removeprefix("departement:") for key in keys if key.startswith("departement:"))
        found: dict[str, Path] = {}
        for place, lang in enumerate(self.what.langs):
            progress(Text("rapports", "reports"), place, len(self.what.langs))
            prefix = "" if lang == "fr" else "/en"
            made = report_routes.series(self.maker.room, codes, lang)
            found |= {f"{prefix}/rapport/departement/{code}.pdf": path for code, path in made}
        for address, path in found.items():
            self.write({file_of(address): path.read_bytes()})
        return set(found)

    def _answer(self, address: str) -> bytes | None:
        """The body of an address; None for one without answer, and for one of the API that would be cut."""
        sole = address + ("&limit=10000" if address.startswith("/api/v1/observations?") else "")
        status, body = self.maker.answer(sole)
        if status != 200:
            return None
        cut = sole != address and "format=" not in address and orjson.loads(body).get("next") is not None
        return None if cut else body

    def _wanted(self, address: str) -> bool:
        """Whether the copy is to hold an address that a page names."""
        if address.startswith(_UNHELD) or address.startswith("/api/v1/observations?level="):
            return False
        if self.what.only and address.startswith(_NATIONAL):
            return False
        english = address == "/en" or address.startswith("/en/")
        page = not is_api(address)
        return not page or ("en" if english else "fr") in self.what.langs or address.startswith("/carte/")

    def _behind(self, address: str) -> set[str]:
        """What the live map of a page asks for as it goes."""
        path, _, query = address.partition("?")
        prefix = "/en" if path.startswith("/en") else ""
        if path != f"{prefix}/carte":
            return set()
        scene = self.maker.scene(query.removeprefix("indicateur="))
        if scene is None:
            return set()
        name, level, periods, tiles = scene
        values = {f"{prefix}/carte/valeurs/{name}/{level}/{period}.json" for period in periods}
        return {*values, f"/carte/territoires/{level}.json", f"/carte/noms/{level}.json", *tiles}


def lang_root(lang: Lang) -> str:
    """The address of the home page in a language."""
    return "/" if lang == "fr" else "/en/"


# Processes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Task:
    """Some territories for a process, with what earlier publications wrote of them."""

    keys: tuple[str, ...]
    before: Files


def _shared(home: Path, target: Path, work: _Work, keys: list[str], jobs: int) -> Iterator[Files]:
    """The files of all territories, as the processes make them."""
    tasks = []
    for start in range(0, len(keys), _AT_ONCE):
        some = tuple(keys[start : start + _AT_ONCE])
        names = [name for key in some for name in files_of(key, work.what.langs)]
        tasks.append(_Task(some, {name: work.before[name] for name in names if name in work.before}))
    given = (home, target, work.key, work.extent, len(keys) >= _MANY)
    if jobs == 1:
        _open(*given, maker=work.maker)
        try:
            yield from (_settled(target, _make(task)) for task in tasks)
        finally:
            # A database that is kept as Python ends has its library complain at length.
            _process.clear()
            gc.unfreeze()
        return
    with processes(jobs, _open, given) as pool:
        for made in pool.imap_unordered(_make, tasks):
            yield _settled(target, made)


def files_of(key: str, langs: Iterable[Lang]) -> list[str]:
    """The files of a territory."""
    level, _, code = key.partition(":")
    address = f"/api/v1/observations?level={level}&code={code}"
    names = [f"api/v1/territories/{level}/{code}.json", file_of(address), file_of(f"{address}&format=csv")]
    for prefix in ("" if lang == "fr" else "/en" for lang in langs):
        names += [
            file_of(f"{prefix}/territoire/{level}/{code}"),
            file_of(asked(f"{prefix}/territoires/{key}/alertes.atom")),
        ]
    return names


Fault = tuple[int, str]
_process: dict[str, tuple[Maker, Path, str, Extent]] = {}


def _open(home: Path, target: Path, key: str, extent: Extent, many: bool, maker: Maker | None = None) -> None:
    if maker is None:
        os.nice(1)
    own = maker or Maker(home)
    if many:
        own.hold()
    _process["own"] = (own, target, key, extent)


def _make(task: _Task) -> Files | Fault:
    maker, target, publication, extent = _process["own"]
    masks = maker.masks()
    done: Files = {}
    try:
        for key in task.keys:
            names = files_of(key, extent.langs)
            if places.fresh(target, names, task.before, publication):
                done |= {name: task.before[name] for name in names}
                continue
            for name, body in maker.territory(key, extent).items():
                done[name] = places.written(target, name, body, task.before.get(name), publication, masks)
    except OSError as fault:
        return fault.errno or 0, fault.strerror or str(fault)
    return done


def _settled(target: Path, made: Files | Fault) -> dict[str, Kept]:
    if isinstance(made, tuple):
        fault: VigieError = places.fault_of(target, *made)
        raise fault
    return made
