"""The tables that an analyst brought, kept in the home: the bytes as received, and a card that says whose they are.

``<home>/imports/<id>/`` holds the file and its ``import.toml``. It is written aside and appears by one rename; a build
takes all of them, and removing one removes its folder: the next build is without it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.editions.inputs import File, Input
from vigie.editions.projections import described
from vigie.editions.steps import checksum
from vigie.editions.store import storage_errors
from vigie.errors import InputError, StorageError, UnknownNameError, Where
from vigie.sources import Source, examine
from vigie.sources.catalogue import Column as SourceColumn
from vigie.sources.catalogue import Format
from vigie.sources.templates import NUMBERS, Template, template
from vigie.territories.reference import VINTAGE, Reference, build
from vigie.territories.vintages import Years

if TYPE_CHECKING:
    import polars as pl

    from vigie.sources.notes import Note

FOLDER = "imports"
_CARD = "import.toml"
_ASIDE = ".importing-"
_SAME = ["indicator", "level", "code", "period"]


@dataclass(frozen=True)
class Asked:
    """What the analyst says of a table: its template, whose it is, and what its rows leave out.

    ``period`` and ``level`` are those of rows that give none, ``vintage`` that of the commune codes (0: found from the
    codes), ``rates`` "percent", "share" or "" (found, or refused where it cannot be told), ``threshold`` replaces the
    template's, ``complete_for`` are territories ``level:code`` in which what the table does not list is zero.
    """

    template: str
    who: str
    licence: str = "non précisée"
    note: str = ""
    period: str = ""
    level: str = ""
    vintage: int = 0
    rates: str = ""
    threshold: int = 0
    complete_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Import:
    """A table kept in the home: what was said of it, its file, and when it was received (UTC)."""

    id: str
    asked: Asked
    file: str
    sha256: str
    bytes: int
    received: str
    path: Path

    @property
    def source(self) -> Source:
        """The import as a source: its reader is that of templates, its producer the analyst's."""
        return _source(self.asked, self.file)

    @property
    def input(self) -> Input:
        """The import as an input of a build."""
        return Input(
            self.source, (File(self.file, self.sha256, self.bytes, "", self.received),), "import", (self.path,)
        )


@dataclass(frozen=True)
class Added:
    """What an import brought: its rows as tidy figures (None where it brings none), what the reader has to say, and the
    imports it replaced."""

    kept: Import
    table: pl.DataFrame | None
    notes: tuple[Note, ...]
    replaced: tuple[str, ...]


def imports(home: Path) -> list[Import]:
    """The imports of ``home``, the oldest first. Raises StorageError for one whose card or file is damaged."""
    folder = home / FOLDER
    if not folder.is_dir():
        return []
    found = [_load(path) for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda one: (one.received, one.id))


def import_inputs(home: Path) -> dict[str, Input]:
    """The imports of ``home`` as inputs of a build, by snapshot."""
    found = [one.input for one in imports(home)]
    return {one.snapshot: one for one in sorted(found, key=lambda one: one.snapshot)}


def identity(one: Input) -> str:
    """What decides the figures of an import: its bytes and what was said of them."""
    return json.dumps([one.snapshot, one.source.cog, dict(sorted(one.source.fields.items()))])


def add(home: Path, file: Path, asked: Asked, inputs: Mapping[str, Input], replacing: bool = False) -> Added:
    """Check ``file`` against its template and the territories of ``inputs``, and keep it in ``home``.

    ``replacing`` removes the imports of the same template that give some of the same figures; otherwise that is an
    error. Raises InputError naming file, line, column and value, StorageError, UnknownNameError.
    """
    form = template(asked.template)
    reference = build(inputs["communes"].table())
    if form.brings != "figures":
        return _add_ground(home, file, asked, reference, replacing)
    years = Years(inputs["passage"].table(), reference.places, _changes())
    reading = examine(_source(asked, file.name), file)
    asked = _dated(asked, reading.table, file, years)
    _check_codes(reading.table, file, reference)
    _check_complete(asked, form, reference)
    known = imports(home)
    same = next((one for one in known if one.asked.template == asked.template and one.sha256 == checksum(file)), None)
    if same is not None and not replacing:
        raise InputError(
            f"cette table est déjà importée ({same.id}).",
            f"this table is imported already ({same.id}).",
            remedy_fr=f"Pour la redire autrement\u202f: --replace. Pour l'ôter\u202f: vigie import --remove {same.id}.",
            remedy_en=f"To describe it anew: --replace. To remove it: vigie import --remove {same.id}.",
            where=Where(file),
        )
    former = _overlapping(reading.table, known, file, asked.template if replacing else None)
    kept, replaced = _keep_instead(home, file, asked, former)
    return Added(kept, reading.table, reading.notes, replaced)


def _add_ground(home: Path, file: Path, asked: Asked, reference: Reference, replacing: bool) -> Added:
    """Keep a table of the outlook's ground: one of its kind at a time, each whole."""
    said = (asked.period, asked.level, asked.vintage, asked.rates, asked.threshold, asked.complete_for)
    if any(said):
        raise InputError(
            f"le modèle {asked.template} n'a que --who, --licence et --note\u202f: ses colonnes disent le reste.",
            f"the template {asked.template} has but --who, --licence and --note: its columns say the rest.",
        )
    notes = described(template(asked.template).brings, file, reference)
    former = [one for one in imports(home) if one.asked.template == asked.template]
    if former and not replacing:
        raise InputError(
            f"une table de ce modèle est déjà importée ({former[0].id}, {former[0].file})\u202f: une seule sert.",
            f"a table of this template is imported already ({former[0].id}, {former[0].file}): only one is used.",
            remedy_fr=f"--replace la prend à sa place\u202f; vigie import --remove {former[0].id} l'ôte.",
            remedy_en=f"--replace takes this one instead; vigie import --remove {former[0].id} removes it.",
            where=Where(file),
        )
    kept, replaced = _keep_instead(home, file, asked, former)
    return Added(kept, None, notes, replaced)


def _keep_instead(home: Path, file: Path, asked: Asked, former: Sequence[Import]) -> tuple[Import, tuple[str, ...]]:
    """Keep the file and remove those it comes in the place of; the import, and the ids of those removed."""
    kept = _keep(home, file, asked)
    replaced = tuple(one.id for one in former if one.id != kept.id)
    for name in replaced:
        remove(home, name)
    return kept, replaced


def remove(home: Path, name: str) -> Import:
    """Take an import out of ``home``; the next build is without it. Raises UnknownNameError with those there are."""
    known = {one.id: one for one in imports(home)}
    if name not in known:
        raise UnknownNameError(
            f"aucun import «\u00a0{name}\u00a0». Imports\u202f: {', '.join(known) or 'aucun'}.",
            f"no import “{name}”. Imports: {', '.join(known) or 'none'}.",
            remedy_fr="La liste\u202f: vigie import --list.",
            remedy_en="The list: vigie import --list.",
        )
    folder = home / FOLDER / name
    with storage_errors(folder):
        aside = folder.with_name(f"{_ASIDE}{name}-{os.getpid()}")
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    return known[name]


def _changes() -> pl.DataFrame:
    from vigie.territories.packaged import changes_2025

    return changes_2025()


# Checks ----------------------------------------------------------------------------------------------------------


def _dated(asked: Asked, table: pl.DataFrame, file: Path, years: Years) -> Asked:
    """``asked`` with the vintage of its commune codes: the one said, that of reference, or the latest that fits."""
    import polars as pl

    communes = set(table.filter(pl.col("level") == "commune")["code"])
    if not communes:
        return _with(asked, vintage=VINTAGE)
    order = [asked.vintage] if asked.vintage else [VINTAGE, *range(2025, VINTAGE, -1), *range(VINTAGE - 1, 2013, -1)]
    for year in order:
        years.check(year)
    strangers = {year: communes - years.codes(year) for year in order}
    whole = next((year for year in order if not strangers[year]), None)
    if whole is not None:
        return _with(asked, vintage=whole)
    nearest = min(order, key=lambda year: len(strangers[year]))
    code = min(strangers[nearest])
    lived = years.vintages(pl.Series([code]))["vintages"][0]
    raise InputError(
        f"code commune inconnu du millésime {nearest}, le plus proche ({len(strangers[nearest])} en tout). "
        + (f"Il a existé en {lived}." if lived else "Il n'a jamais existé."),
        f"commune code unknown to the vintage {nearest}, the nearest ({len(strangers[nearest])} in all). "
        + (f"It existed in {lived}." if lived else "It never existed."),
        remedy_fr="Corrigez le code, ou dites le millésime : --vintage 2021.",
        remedy_en="Mend the code, or say the vintage: --vintage 2021.",
        where=Where(file, row=_line(file, code), column="code", value=code),
    )


def _with(asked: Asked, **more: Any) -> Asked:
    return Asked(**{**asdict(asked), "complete_for": asked.complete_for, **more})


def _check_codes(table: pl.DataFrame, file: Path, reference: Reference) -> None:
    """Every code of a level of reference exists in it; the other levels are perimeters, named as one likes."""
    import difflib

    import polars as pl

    for level in table["level"].unique().sort():
        if level == "commune" or level not in reference.levels:
            continue
        known = reference.codes(level)
        strangers = table.filter((pl.col("level") == level) & ~pl.col("code").is_in(known))["code"]
        if len(strangers):
            near = ", ".join(difflib.get_close_matches(strangers[0], known, n=3, cutoff=0.7))
            raise InputError(
                f"ce code n'est pas du niveau {level} en {VINTAGE}." + (f" Proches\u202f: {near}." if near else ""),
                f"this code is not of level {level} in {VINTAGE}." + (f" Near: {near}." if near else ""),
                remedy_fr="Prenez le code de 2024 ; une intercommunalité change de numéro quand elle fusionne.",
                remedy_en="Take the code of 2024; an intercommunality changes numbers when it merges.",
                where=Where(file, row=_line(file, strangers[0]), column="code", value=strangers[0]),
            )


def _check_complete(asked: Asked, form: Template, reference: Reference) -> None:
    for one in asked.complete_for:
        level, _, code = one.partition(":")
        if level not in reference.levels or code not in reference.codes(level):
            raise InputError(
                f"--complete-for attend niveau:code d'un territoire, pas «\u00a0{one}\u00a0».",
                f"--complete-for expects level:code of a territory, not “{one}”.",
                remedy_fr="Par exemple\u202f: --complete-for departement:12.",
                remedy_en="For instance: --complete-for departement:12.",
            )
    if form.minutes and not asked.complete_for:
        raise InputError(
            "il manque --complete-for\u202f: où cette liste de lieux est-elle complète\u202f?",
            "--complete-for is missing: where is this list of places complete?",
            remedy_fr="Liste nationale\u202f: --complete-for france:FR\u202f; d'un département\u202f: departement:12.",
            remedy_en="A national list: --complete-for france:FR; one of a département: departement:12.",
        )
    if asked.complete_for and all(one.rate for one in form.figures):
        raise InputError(
            f"le modèle {form.id} donne des taux\u202f: une ligne absente n'y vaut pas zéro (--complete-for).",
            f"the template {form.id} gives rates: an absent row is not zero there (--complete-for).",
        )


def _line(file: Path, code: str) -> int | None:
    """The first line of the file that has this code."""
    text = file.read_bytes().decode("utf-8", errors="replace")
    cell = re.compile(rf'(?:^|[;,\t"]){re.escape(code)}(?:$|[;,\t"])')
    return next((number for number, line in enumerate(text.splitlines(), 1) if cell.search(line.strip())), None)


def _overlapping(table: pl.DataFrame, known: Sequence[Import], file: Path, allowed: str | None) -> list[Import]:
    """The imports that give some of the same figures. Raises InputError for one not of the ``allowed`` template."""
    found = []
    for one in known:
        if one.input.source.table != "imported":
            continue
        shared = table.join(one.input.table(), on=_SAME, how="semi")
        if shared.is_empty():
            continue
        first = shared.row(0, named=True)
        if one.asked.template != allowed:
            text = f"{first['indicator']} {first['level']}:{first['code']} {first['period']}"
            raise InputError(
                f"{shared.height} chiffres sont déjà donnés par {one.id} ({one.file}), dont {text}.",
                f"{shared.height} figures are given by {one.id} ({one.file}) already, such as {text}.",
                remedy_fr=f"--replace prend cette table à sa place ; vigie import --remove {one.id} l'ôte.",
                remedy_en=f"--replace takes this table instead; vigie import --remove {one.id} removes it.",
                where=Where(file),
            )
        found.append(one)
    return found


# On disk ---------------------------------------------------------------------------------------------------------


def _keep(home: Path, file: Path, asked: Asked) -> Import:
    folder = home / FOLDER
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        name = f"{asked.template}-{digest[:8]}"
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
        try:
            received = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            kept = Import(name, asked, file.name, digest, len(content), received, folder / name / "table.csv")
            _write(aside / "table.csv", content)
            _write(aside / _CARD, _card(kept).encode())
            target = folder / name
            if target.exists():  # the same bytes, said otherwise
                shutil.rmtree(target)
            aside.rename(target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return kept


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _card(kept: Import) -> str:
    said = {**asdict(kept.asked), "complete_for": list(kept.asked.complete_for)}
    own = {"file": kept.file, "sha256": kept.sha256, "bytes": kept.bytes, "received": kept.received}
    # A JSON string, integer or list of strings is also a TOML one, but for DEL.
    lines = [f"{key} = {json.dumps(value).replace(chr(127), chr(92) + 'u007f')}" for key, value in (own | said).items()]
    return "\n".join(lines) + "\n"


def _load(folder: Path) -> Import:
    try:
        known = tomllib.loads((folder / _CARD).read_text(encoding="utf-8"))
        said = {field.name: known[field.name] for field in fields(Asked)}
        asked = Asked(**{**said, "complete_for": tuple(said["complete_for"])})
        own = {name: known[name] for name in ("file", "sha256", "bytes", "received")}
        found = Import(folder.name, asked, path=folder / "table.csv", **own)
        if checksum(found.path) != found.sha256:
            raise ValueError("sha256")
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise StorageError(
            f"l'import {folder.name} est abîmé ({fault}).",
            f"the import {folder.name} is damaged ({fault}).",
            remedy_fr=f"Supprimez le dossier {folder}, puis importez la table à nouveau.",
            remedy_en=f"Delete the folder {folder}, then import the table again.",
        ) from None
    return found


def _source(asked: Asked, file: str) -> Source:
    form = template(asked.template)
    said = {
        "template": asked.template,
        "period": asked.period,
        "level": asked.level,
        "rates": asked.rates,
        "threshold": str(asked.threshold or ""),
        "complete_for": ",".join(asked.complete_for),
    }
    notes = f" {asked.note}" if asked.note else ""
    return Source(
        id=f"import_{asked.template}",
        producer=asked.who,
        title_fr=f"{form.title.fr} (table importée, {file})",
        title_en=f"{form.title.en} (imported table, {file})",
        licence=asked.licence,
        format=Format(kind="csv"),
        cog=asked.vintage or None,
        period=asked.period or "dans la table",
        cadence="once",
        copies=("table.csv",),
        table="imported" if form.brings == "figures" else form.brings,
        reader="imported:read",
        fields=said,
        columns=tuple(
            SourceColumn(name=one.name, unit={"percent": "%", "euros": "€"}.get(one.kind, ""), fr=one.fr, en=one.en)
            for one in form.columns
            if one.kind in NUMBERS
        ),
        notes_fr=form.note.fr + notes,
        notes_en=form.note.en + notes,
        verified=False,
    )
