"""The documents tell the truth: what they show runs and prints what they show, what they name and link to exists.

Fenced blocks say what they are: ``console`` (each ``$ command`` is run and its output compared), ``python`` (run, its
output compared with a ``text output`` block that follows), ``toml file=NAME`` or ``csv file=NAME`` (written beside the
commands of its document). ``no-test`` is not run, ``exit=N`` is the exit code expected. After a change of what commands
print, ``VIGIE_UPDATE_DOCS=1 python -m pytest tests/functional/test_docs.py`` writes the new outputs into the documents.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from processes import Client

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
_RUN = ("README.md", "how-to.md", "methods.md", "add-an-indicator.md", "tutorial-access.md")
RUN = [path for path in DOCUMENTS if path.name in _RUN]
UPDATE = bool(os.environ.get("VIGIE_UPDATE_DOCS"))

_FENCE = re.compile(r"^```(?P<info>\S[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_EDITION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-\d+)?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its words after the fence, its text, and where the text stands in the document."""

    words: tuple[str, ...]
    body: str
    start: int
    end: int
    line: int

    @property
    def kind(self) -> str:
        return self.words[0]

    def option(self, name: str) -> str | None:
        """The value of ``name=value`` among the words."""
        return next((word.split("=", 1)[1] for word in self.words if word.startswith(f"{name}=")), None)


def blocks(text: str) -> list[Block]:
    return [
        Block(
            tuple(found["info"].split()), found["body"], *found.span("body"), text.count("\n", 0, found.start("body"))
        )
        for found in _FENCE.finditer(text)
    ]


def commands(block: Block) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output shown under it."""
    found: list[tuple[str, str]] = []
    for line in block.body.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].rstrip("\n"), ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def clean(output: str) -> str:
    """The output without what differs from one run to the next: the edition, spaces at the ends."""
    lines = [line.rstrip() for line in output.splitlines()]
    return _EDITION.sub("2026-01-01-00000000", "\n".join(lines).strip("\n"))


class Changes:
    """The outputs to write back into a document, when that is asked for."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.spans: list[tuple[int, int, str]] = []

    def replace(self, block: Block, body: str) -> None:
        self.spans.append((block.start, block.end, body if body.endswith("\n") else body + "\n"))

    def write(self) -> None:
        text = self.text
        for start, end, body in sorted(self.spans, reverse=True):
            text = text[:start] + body + text[end:]
        if text != self.text:
            self.path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command ``vigie`` of this interpreter."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "vigie"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vigie "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.name)
def test_what_a_document_shows_runs(
    path: Path, edition_home: Path, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_HOME", str(edition_home))
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("VIGIE_LANG", raising=False)
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    changes = Changes(path, text)
    names: dict[str, object] = {}
    printed = ""
    for block in blocks(text):
        where = f"{path.name}, line {block.line}"
        if "no-test" in block.words:
            continue
        if name := block.option("file"):
            Path(name).write_text(block.body, encoding="utf-8")
        elif block.kind == "console":
            changes.replace(block, _run(block, where))
        elif block.kind == "python":
            printed = _execute(block, names, where)
        elif block.words == ("text", "output"):
            assert UPDATE or clean(printed) == clean(block.body), where
            changes.replace(block, block.body if clean(printed) == clean(block.body) else printed)
    if UPDATE:
        changes.write()


def _run(block: Block, where: str) -> str:
    """Run the commands of a block; the block as it should read."""
    expected = int(block.option("exit") or 0)
    body = ""
    for command, shown in commands(block):
        done = subprocess.run(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        assert done.returncode == expected, f"{where}: $ {command}\n{done.stdout}"
        assert UPDATE or clean(done.stdout) == clean(shown), f"{where}: $ {command}\n{done.stdout}"
        lines = [line.rstrip() for line in done.stdout.splitlines()]
        output = "\n".join(lines) if clean(done.stdout) != clean(shown) else shown
        output = output.strip("\n")
        body += f"$ {command}\n" + (f"{output}\n" if output else "")
    return body


def _execute(block: Block, names: dict[str, object], where: str) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), pl.Config(tbl_width_chars=100):
        exec(compile(block.body, where, "exec"), names)
    return output.getvalue()


# What the documents name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(path: Path) -> None:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(target)
    assert not broken


@cache
def _anchors(path: Path) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_name_in_code_type_exists(path: Path, edition_home: Path) -> None:
    known = _names(edition_home)
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    used = set(re.findall(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`", text))
    assert sorted(used - known) == []


# Files whose keys and words are names of their own: hypotheses, rosters, columns of the tables that anyone brings.
_WORDS = (
    ROOT / "src/vigie/sources/own_columns.toml",
    *(ROOT / "src/vigie/outlook").glob("*.toml"),
    ROOT / "src/vigie/outlook/hypotheses.py",
    ROOT / "src/vigie/outlook/losing.py",
    ROOT / "src/vigie/sources/roster.py",
    ROOT / "src/vigie/editions/zoning_neighbourhoods.py",
)


@cache
def _names(home: Path) -> frozenset[str]:
    """Every name that a document may write: indicators, sources, tables, columns, figures at places, keys, levels."""
    import vigie
    from vigie.editions.revisions import read_log
    from vigie.indicators import alerts, comparators, definition, trajectory, trend
    from vigie.levers.definition import levers
    from vigie.sources import catalogue, postal
    from vigie.sources.templates import templates
    from vigie.zoning import meshes
    from vigie.zoning import rules as zoning

    with vigie.open(home) as observatory:
        found = set(observatory.indicators) | set(templates())
        for table in observatory.manifest["tables"]:
            found |= {table, *observatory.table(table).columns}
        for table, column in (
            ("documents", "id"),
            ("cells", "table"),
            ("relations", "relation"),
            ("alert_rules", "id"),
            ("zoning_rules", "id"),
        ):
            found |= set(observatory.table(table)[column])
        found |= set(observatory.table("territories")["level"])
        found |= set(read_log(observatory.folder).columns)
    for one in catalogue().values():
        found |= {one.id, one.table, *(column.name for column in one.columns), *one.fields.values()}
    found |= {*get_args(alerts.Kind), *get_args(alerts.Direction)}
    found |= {name for one in levers().values() for name in (one.id, *one.parameters, *one.presets)}
    found |= {*meshes.MADE, *zoning.STATUSES, *postal.POSTAL, *postal.COMMUNE}
    for module in (definition, alerts, comparators, zoning, sys.modules["vigie.sources.catalogue"]):
        for model in vars(module).values():
            found |= set(getattr(model, "model_fields", ()))
    found |= {"share_below", "share_above", "of_field", "of_territory"}
    for module in (trend, trajectory):
        found |= {word for words in (module.RULES, module.REASONS) for word in words}
    found |= set(trend.OUTCOMES) | set(trajectory.VERDICTS)
    # Of the Explore API, of data.ameli.fr, of La Poste.
    found |= {"error_code", "libelle_classe_age", "laposte_hexasmal"}
    gauges = re.findall(r"\bvigie_\w+", (ROOT / "src/vigie/site/gauges.py").read_text(encoding="utf-8"))
    found |= {name + ending for name in gauges for ending in ("", "_total", "_info")}  # as Prometheus ends them
    found |= {word for path in _WORDS for word in re.findall(r"\b[a-z]\w+\b", path.read_text(encoding="utf-8"))}
    for path in (*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("test_*.py")):
        found |= set(re.findall(r"def (\w+)", path.read_text(encoding="utf-8")))
    return frozenset(found | _figure_names())


def _figure_names() -> set[str]:
    """The names that the embedded inputs' figures take at places, and the words that fill them in."""
    from vigie.editions.inputs import gather

    found = {"population"}
    for one in gather([], None).values():
        if one.source.measures is None:
            continue
        table, measures = one.table(), one.source.measures
        keys = [*measures.by, *(name for name in ("year",) if name in table.columns)]
        rows = table.select(keys).unique().to_dicts() if keys else [{}]
        for template in (measures.counts | measures.rates).values():
            for column in table.columns if "{column}" in template else [""]:
                found |= {template.format(column=column, **row) for row in rows}
        found |= {str(value) for row in rows for value in row.values()}
    return found


def _vigie_lines() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.kind == "console":
                for command, _ in commands(block):
                    for part in re.split(r"\||&&|;", command):
                        if re.match(r"\s*(\S+=\S+ )*vigie\b", part):
                            yield f"{path.name}, line {block.line}: {part.strip()}", part


@pytest.mark.parametrize(("where", "line"), list(_vigie_lines()), ids=lambda value: "")
def test_every_command_shown_exists_with_its_options(where: str, line: str) -> None:
    import typer

    from vigie.cli import app as application

    if not application.app.registered_commands:
        application.register([])
    root = typer.main.get_command(application.app)
    words = shlex.split(line)
    words = words[next(i for i, word in enumerate(words) if word == "vigie") + 1 :]
    general = {option for one in root.params for option in one.opts} | {"--help", "--version"}
    while words and words[0].startswith("-"):
        assert words[0] in general, where
        words = words[2 if words[0] in ("--lang", "--home") else 1 :]
    if words:
        command = root
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            assert words[0] in command.commands, where
            command = command.commands[words.pop(0)]
        options = {option for one in command.params for option in one.opts} | {"--help"}
        assert {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= options, where


def test_the_addresses_of_the_site_answer(site: Client) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    addresses = re.findall(r"`(/[^`]*)`", text.split("### The site")[1].split("###")[0])
    assert len(addresses) > 5
    assert {one: site.get(one).status_code for one in addresses} == dict.fromkeys(addresses, 200)


# What the examples do ---------------------------------------------------------------------------------------------


def _file(document: str, name: str) -> bytes:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return next(block.body for block in blocks(text) if block.option("file") == name).encode()


def test_the_perimeters_of_the_how_to_are_taken(edition_home: Path) -> None:
    import vigie
    from vigie.territories.perimeters import read_perimeter, read_perimeter_set, with_perimeters
    from vigie.territories.reference import Reference

    with vigie.open(edition_home) as observatory:
        tables = [observatory.table(name) for name in ("places", "territories", "memberships")]
    reference = Reference(*tables)
    one = read_perimeter(_file("how-to.md", "pays-rodez.toml"), "pays-rodez.toml")
    other = read_perimeter(_file("how-to.md", "rodez-onet.csv"), "rodez-onet.csv")
    several = read_perimeter_set(_file("how-to.md", "cpts.csv"), "cpts.csv", "cpts")
    extended, (own,) = with_perimeters(reference, [one, other])
    extended, (report,) = with_perimeters(extended, several, leave_unknown=True)
    people = dict(extended.territories.select(pl.format("{}:{}", "level", "code"), "population").iter_rows())
    assert people["perimeter:pays-rodez"] == 51_919
    assert people["perimeter:rodez-onet"] == 36_080
    assert own.perimeters == 2
    assert report.overlaps["place"].to_list() == ["12202"]
    assert report.unknown["code"].to_list() == ["99999"]


def test_the_indicator_of_the_guide_gives_the_figures_shown(tmp_path: Path) -> None:
    from vigie.editions.inputs import gather
    from vigie.indicators import read_definitions
    from vigie.indicators.compute import compute
    from vigie.indicators.measures import Tidy, at_places, residents
    from vigie.territories.reference import build

    name = "part_pop_sans_pharmacie"
    (tmp_path / f"{name}.toml").write_bytes(_file("add-an-indicator.md", f"{name}.toml"))
    definition = read_definitions(tmp_path)[name]
    inputs = gather([], None)
    reference, bpe = build(inputs["communes"].table()), inputs["bpe_2021"]
    figures, _ = at_places(
        {"bpe_2021": Tidy(bpe.source, bpe.table(), bpe.snapshot)}, reference, inputs["passage"].table()
    )
    figures["population"] = residents(reference, inputs["communes"].snapshot)
    groups = {level: reference.membership_matrix(level) for level in ("departement", "france")}
    found = compute(definition, figures, figures["population"].values, groups)
    value = dict(found.select("code", pl.col("value").round(1)).iter_rows())
    assert (value["12"], value["FR"]) == (34.1, 17.7)


def test_the_tables_of_data_md_are_those_of_the_edition(edition_home: Path) -> None:
    """Checksums, counts of codes and declared mismatches, as docs/data.md states them."""
    import vigie
    from vigie.editions.inputs import gather
    from vigie.sources.published import tables as transcribed

    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    for one in gather([], None).values():
        for file in one.files:
            assert file.sha256 in text, file.file
    with vigie.open(edition_home) as observatory:
        converted = observatory.table("harmonisation")
        figures = observatory.table("figures").group_by("document").len()
    for row in converted.iter_rows(named=True):
        years = f" {row['years']}" if row["years"] else ""
        counts = " | ".join(
            f"{row[key]:,}" for key in ("rows_in", "rows_out", "merged", "split", "renamed", "unmatched")
        )
        assert f"| `{row['source']}`{years} | COG {row['vintage']} | {counts} |" in text, row["source"]
    for document, count in figures.iter_rows():
        assert re.search(rf"^\| `{document}` \|.*\| {count:,} \|$", text, re.MULTILINE), document
    for name, table in transcribed.tables().items():
        for mismatch in table.mismatches:
            assert f"`{mismatch.relation}`" in text, f"{name}: {mismatch.relation}"
            assert mismatch.explanation_en in text, f"{name}: {mismatch.relation}"
