"""Commands that say where things stand: followup (the national follow-up) and targets (what was promised)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.words import LANG, console, home, print_json, say
from vigie.language import NBSP, NNBSP, month_of, number, percent, period_words, plural

if TYPE_CHECKING:
    from rich.table import Table

    from vigie.editions.followup import Expected, Followup, Inequality, Promised, Shown, SocialGap, Watched
    from vigie.editions.standings import Moved, Standing
    from vigie.indicators import Definition
    from vigie.sources.published.targets import Target

AsJson = Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))]

COLOURS = {
    "reached": "bold green",
    "on_course": "green",
    "late": "yellow",
    "moving_away": "bold red",
    "not_measurable": "dim",
}
FAR = 2100  # an arrival after this is no date to give


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("followup", help=say("Le suivi national annuel.", "The yearly national follow-up."))(followup)
    app.command("targets", help=say("Les cibles, nationales et locales.", "The targets, national and local."))(targets)


def followup(
    year: Annotated[
        int | None,
        typer.Option(
            min=2000, max=2100, help=say("Tel qu'on le savait fin de cette année.", "As known at the end of this year.")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the national follow-up that the Cour des comptes asks for (recommendation 2 of May 2024)."""
    from vigie.editions.followup import followup as make
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        found = make(observatory, year)
        if as_json:
            print_json(asdict(found))
            return
        _print(found, observatory.indicators)


# The follow-up ----------------------------------------------------------------------------------------------------


def _print(found: Followup, known: dict[str, Definition]) -> None:
    screen, notes = console(), Notes(found.sources)
    when = say(f", tel que connu fin {found.year}", f", as known at the end of {found.year}") if found.year else ""
    title = say("Suivi national de l'accès aux soins", "National follow-up of access to care")
    screen.print(f"[bold]{title}[/]{when}. {say('Édition', 'Edition')} {found.edition}.")
    _heading(say("Les dix engagements collectifs de la convention médicale", "The ten collective commitments"))
    if found.commitments:
        screen.print(_promised_table(found.commitments, notes))
    else:
        _note(say("Aucun n'était encore fixé.", "None was set yet."), 2)
    for one in found.commitments:
        _print_beside(one, notes)
    if found.further:
        _heading(
            say(
                "Autres cibles : des moyens, et le résultat que chacun sert",
                "Other targets: means, and what each serves",
            )
        )
        screen.print(_promised_table(found.further, notes))
        for one in found.further:
            _print_further(one, known)
    measured = [one for one in found.services if one.value is not None]
    if measured:
        _heading(say("Engagements de service mesurés", "Service commitments that are measured"))
    for kept in measured:
        value = _value(kept.value or 0.0, known[kept.indicator])
        _note(f"{_service(kept)}{_colon()}{value} ({_when(kept.period)}). {notes.of([kept.snapshot])}", 2)
    _heading(say("Indicateurs d'alerte de la Cour des comptes", "Alert indicators of the Cour des comptes"))
    screen.print(_alert_table(found.alerts, known, notes))
    _heading(say("Inégalités d'accès entre territoires", "Inequality of access between territories"))
    _print_inequality(found.inequality, known, notes)
    _print_social_gap(found.social_gap, known["ecart_psmt_c2s"], notes)
    _heading(say("Ce qui a changé, France entière", "What has changed, all France"))
    for moved in found.changed:
        screen.print(f"  {_moved(moved, known[moved.indicator], notes)}")
    if not found.changed:
        screen.print(
            say("  Aucune série nationale ne bouge selon les règles de tendance.", "  No national series moves.")
        )
    _print_unmeasured(found, known)
    _heading(say("Sources", "Sources"))
    for rank, title in notes.listed():
        screen.print(f"  [{rank}] {title}", markup=False, soft_wrap=True)
    screen.print(
        say(
            "\nRègles\u202f: docs/methods-standing.md. Nombres, règle et instantanés de chaque verdict\u202f: --json.",
            "\nRules: docs/methods-standing.md. Numbers, rule and snapshots of each verdict: --json.",
        ),
        style="dim",
    )


class Notes:
    """The sources that are referred to, numbered in the order in which they are."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        """``titles`` by snapshot."""
        self._titles = titles
        self._ranks: dict[str, int] = {}

    def of(self, snapshots: Iterable[str | None]) -> str:
        """``[1][3]``: the numbers of some snapshots."""
        ranks = {self._ranks.setdefault(one, len(self._ranks) + 1) for one in snapshots if one}
        return "".join(f"[{rank}]" for rank in sorted(ranks))

    def listed(self) -> list[tuple[int, str]]:
        """The numbers with the title of the source and its snapshot."""
        return [(rank, f"{self._titles.get(one, one)} ({one})") for one, rank in self._ranks.items()]


def _heading(text: str) -> None:
    console().print(f"\n[bold cyan]{text}[/]")


def _promised_table(promised: Sequence[Promised], notes: Notes) -> Table:
    from rich.table import Table
    from rich.text import Text as Styled

    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for heading, style in (
        ("", {"justify": "right"}),
        (say("engagement", "commitment"), {"max_width": 46}),
        (say("cible", "target"), {"no_wrap": True}),
        (say("dernière mesure", "last measure"), {}),
        (say("rythme par an", "pace a year"), {"justify": "right", "no_wrap": True}),
        (say("verdict", "verdict"), {"no_wrap": True}),
        ("", {"no_wrap": True}),
    ):
        table.add_column(heading, **style)
    for one in promised:
        standing = one.standing
        table.add_row(
            str(standing.number or ""),
            standing.title.of(LANG),
            aim(standing),
            latest(standing),
            pace(standing),
            Styled(verdict(standing), COLOURS[standing.verdict]),
            Styled(notes.of(standing.snapshots), "dim"),
        )
    return table


def _print_beside(one: Promised, notes: Notes) -> None:
    """Why, by when, what other sources say, and the labelled figures that do not measure the commitment."""
    _note(f"{one.standing.number}. {reason(one.standing)}.", 2)
    for other in one.others:
        if other.stage == 1:
            source = f"{say('autre source', 'another source')} {notes.of(other.snapshots)}"
            _note(f"– {source}{_colon()}{_span(other)}, {verdict(other)}.", 5)
    if one.difference.fr:
        _note(f"– {one.difference.of(LANG)}", 5)
    if one.standing.verdict == "not_measurable":
        for figure in one.shown:
            if figure.snapshot not in one.standing.snapshots:
                _note(f"– {_shown(figure, notes)}", 5)
        if one.note and LANG == "fr" and one.standing.reason != "not_the_measure":
            _note(f"– {one.note}", 5)


def _note(text: str, indent: int) -> None:
    from rich.padding import Padding
    from rich.text import Text as Styled

    console().print(Padding(Styled(text, "dim"), (0, 0, 0, indent)))


def _joined(parts: Sequence[str]) -> str:
    return say(f"{NNBSP}; ", "; ").join(part.rstrip(".") for part in parts if part) + "."


def _print_further(one: Promised, known: dict[str, Definition]) -> None:
    parts = [f"{one.standing.title.of(LANG)}{_colon()}{reason(one.standing)}"]
    if one.former:
        was = ", ".join(f"{number(value, LANG)} {say('pour', 'for')} {_when(date)}" for value, date in one.former)
        parts.append(f"{say('cible antérieure', 'former target')}{_colon()}{was}")
    serves = [known[name].short.of(LANG) for name in one.serves if name in known]
    if serves:
        parts.append(f"{say('sert', 'serves')}{_colon()}{', '.join(serves)}")
    _note(_joined(parts), 2)


def _alert_table(alerts: Sequence[Watched], known: dict[str, Definition], notes: Notes) -> Table:
    from rich.table import Table
    from rich.text import Text as Styled

    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for heading in (
        say("indicateur", "indicator"),
        say("dernier chiffre national", "last national figure"),
        say("avant", "before"),
        say("évolution", "change"),
        "",
    ):
        table.add_column(heading)
    for one in alerts:
        definition = known[one.indicator]
        if one.value is None:
            table.add_row(definition.short.of(LANG), say("données non disponibles", "data not available"), "", "", "")
            continue
        table.add_row(
            definition.short.of(LANG),
            f"{_value(one.value, definition)} ({_when(one.period)})",
            f"{_value(one.before, definition)} ({_when(one.before_period)})" if one.before is not None else "",
            _change(one.value - one.before, definition) if one.before is not None else "",
            Styled(notes.of([one.snapshot]), "dim"),
        )
    return table


def _print_inequality(unequal: Sequence[Inequality], known: dict[str, Definition], notes: Notes) -> None:
    """The last period of each indicator and level, with its first one; the years between are in the JSON."""
    from rich.table import Table
    from rich.text import Text as Styled

    from vigie.territories.names import LEVEL_NAMES

    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for place, heading in enumerate(
        (
            *(say("indicateur", "indicator"), say("entre", "between"), say("année", "year")),
            *(say("moins bien servis", "worst served"), say("mieux servis", "best served")),
            *(say("écart", "gap"), say("rapport", "ratio"), say("au début", "at first")),
            *(say("dans les dépt.", "within dépts"), ""),
        )
    ):
        table.add_column(heading, justify="left" if place < 3 else "right")
    for one in unequal:
        definition, first, last = known[one.indicator], one.series[0], one.series[-1]
        numbers = [number(value, LANG, definition.decimals) for value in (last.worst, last.best, last.gap)]
        earlier = f"{_ratio(first.ratio)} ({first.period})" if first is not last else ""
        within = "" if last.within is None else percent(last.within, LANG, 0)
        source = Styled(notes.of(one.snapshots), "dim")
        level = LEVEL_NAMES[one.level].of(LANG)
        table.add_row(
            *(definition.short.of(LANG), level, last.period), *numbers, _ratio(last.ratio), earlier, within, source
        )
    console().print(table)
    _note(
        say(
            "Moyennes du dixième des habitants le moins bien, le mieux servi, et leur rapport. Dans les dépt.\u202f: "
            "part de la variance à l'intérieur des départements, le reste étant entre eux. Chaque année\u202f: vigie "
            "gaps INDICATEUR.",
            "Means of the worst and the best served tenth of the people, and their ratio. Within dépts: share of the "
            "variance inside départements, the rest being between them. Every year: vigie gaps INDICATOR.",
        ),
        2,
    )


def _ratio(value: float | None) -> str:
    return "–" if value is None else number(value, LANG, 2)


def _print_social_gap(series: Sequence[SocialGap], definition: Definition, notes: Notes) -> None:
    """Adults without médecin traitant, with C2S and without, by period."""
    title = say("Adultes sans médecin traitant", "Adults without a médecin traitant")
    if not series:
        _lacking(definition.short.of(LANG), [say("données non disponibles", "data not available")], ())
        return
    told = [
        f"{_when(one.period)}{_colon()}"
        + ", ".join(
            f"{name} {said}"
            for name, said in (
                (say("bénéficiaires de la C2S", "with C2S"), _share(one.c2s)),
                (say("autres", "others"), _share(one.others)),
                (say("écart", "gap"), _points(one.gap)),
            )
            if said
        )
        for one in series
    ]
    source = notes.of(sorted({name for one in series for name in one.snapshots}))
    semicolon = say("\u202f; ", "; ")
    _note(f"{title}{_colon()}{semicolon.join(told)}. {source}", 2)


def _share(value: float | None) -> str:
    return "" if value is None else percent(value, LANG)


def _points(value: float | None) -> str:
    unit = "" if value is None else plural(value, "point", "points", LANG)
    return "" if value is None else f"{number(value, LANG, 1)} {unit}"


def _moved(moved: Moved, definition: Definition, notes: Notes) -> str:
    return (
        f"{definition.short.of(LANG)}{_colon()}{trend_words(moved, definition)} {notes.of([moved.snapshot])}".rstrip()
    )


def _print_unmeasured(found: Followup, known: dict[str, Definition]) -> None:
    """What is not measured, what would measure it, and the command that brings it."""
    _heading(say("Ce qui n'est pas mesuré, et ce qui le mesurerait", "What is not measured, and what would measure it"))
    for one in (*found.commitments, *found.further):
        if one.standing.verdict == "not_measurable":
            _lacking(one.standing.title.of(LANG), [one.needs.of(LANG) or reason(one.standing)], one.commands)
    for alert in found.alerts:
        if alert.value is None:
            definition = known[alert.indicator]
            why = definition.limits.of(LANG).partition(". ")[0]  # the first sentence says what is missing
            _lacking(definition.short.of(LANG), [f"{why.rstrip('.')}."], alert.commands)
    for expected in found.services:
        if expected.country == "FR" and expected.value is None:
            _lacking(_service(expected), [expected.needs.of(LANG)], expected.commands)
    compared = [one for one in found.services if one.country != "FR"]
    if compared:
        labels = ", ".join(one.label.of(LANG) for one in compared)
        _note(f"{compared[0].commitment.of(LANG)}{_colon()}{labels}.", 2)


def _service(expected: Expected) -> str:
    return f"{expected.commitment.of(LANG).partition(':')[0].strip()}, {expected.label.of(LANG)}"


def _lacking(name: str, needs: Sequence[str], brings: Sequence[str]) -> None:
    from rich.padding import Padding
    from rich.text import Text as Styled

    text = Styled(f"– {name}{_colon()}")
    text.append(_joined(needs))
    for command in brings:
        text.append(f" {command}", "cyan")
    console().print(Padding(text, (0, 0, 0, 2)))


# Words ------------------------------------------------------------------------------------------------------------


def _colon() -> str:
    return say(f"{NNBSP}: ", ": ")


def _when(period: str | None) -> str:
    """A period in words; a span by its two ends; ``non datée`` where the document gives none."""
    if not period:
        return say("non datée", "undated")
    return " – ".join(period_words(part, LANG) for part in period.split("/") if part != "..")


def _value(value: float, definition: Definition) -> str:
    if definition.unit.fr.startswith("%"):
        return percent(value, LANG, definition.decimals)
    return f"{number(value, LANG, definition.decimals)} {definition.unit.of(LANG)}"


def _change(value: float, definition: Definition) -> str:
    points = definition.unit.fr.startswith("%") or definition.unit.fr == "points"
    unit = say(" pt", " pt") if points else ""
    return f"{'+' if value > 0 else ''}{number(value, LANG, definition.decimals)}{unit}"


def _plain(value: float, unit: str) -> str:
    """A figure in the unit of a target: a percentage, or a number with no more decimals than it needs."""
    decimals = next(places for places in range(3) if places == 2 or abs(value - round(value, places)) < 1e-9)
    if unit == "days":
        return f"{number(value, LANG, decimals)}{NBSP}{plural(value, say('jour', 'day'), say('jours', 'days'), LANG)}"
    return percent(value, LANG, decimals) if unit == "percent" else number(value, LANG, decimals)


def _signed(value: float, unit: str) -> str:
    whole = value == round(value) or (abs(value) >= 10 and unit == "")
    rounded = number(value, LANG, 0 if whole else 2 if abs(value) < 1 and unit == "" else 1)
    text = f"{'+' if value > 0 else ''}{rounded}"
    return text + {"percent": say(f"{NNBSP}%", "%"), "points": " pt"}.get(unit, "")


def aim(one: Standing) -> str:
    """What is aimed at, in a few words."""
    if one.value is None or one.kind == "none":
        return say("à définir", "to be defined")
    if one.kind == "yearly_growth":
        return _signed(one.value, "percent") + say(" par an", " a year")
    text = _plain(one.value, one.unit)
    return f"{text} {say('en', 'in')} {_when(one.due)}" if one.due else text


def latest(one: Standing) -> str:
    """The last measure, or the last growth, and its period."""
    if one.latest is not None:
        unit = one.measured or ("" if one.kind == "yearly_growth" else one.unit)
        about = say("≈ ", "≈ ") if one.status == "estimated" else ""
        return f"{about}{_plain(one.latest, unit)} ({_when(one.latest_period)})"
    if one.yearly is not None:
        return f"{_signed(one.yearly, 'percent')} ({_when(one.latest_period)})"
    return say("non disponible", "not available")


def pace(one: Standing) -> str:
    """What was done each year, and what is needed."""
    if one.pace is None:
        return ""
    unit = "percent" if one.kind == "yearly_growth" else "points" if one.unit == "percent" else ""
    done = _signed(one.pace, unit)
    if one.required is None or one.kind == "yearly_growth":
        return done
    return f"{done} ({say('il faut', 'needed')} {_signed(one.required, unit)})"


def verdict(one: Standing) -> str:
    """The verdict in words."""
    from vigie.editions.standings import VERDICTS

    return VERDICTS[one.verdict].of(LANG)


def reason(one: Standing) -> str:
    """Why the verdict is what it is, the gap, and when the target would be met."""
    from vigie.editions.standings import REASONS

    parts = [REASONS[one.reason].of(LANG)]
    unit = "points" if one.unit == "percent" or one.kind == "yearly_growth" else ""
    if one.kind == "level" and one.distance is not None and one.distance < 0:
        parts.append(f"{say('il manque', 'short by')} {_signed(-one.distance, unit).lstrip('+')}")
    if one.kind == "level" and one.expected is not None and one.gap is not None:
        parts.append(f"{say('attendu à cette date', 'expected by then')} {_plain(_rounded(one.expected), one.unit)}")
    if one.arrival is not None:
        then = say(f"après {FAR}", f"after {FAR}") if one.arrival >= FAR else month_of(one.arrival, LANG)
        parts.append(f"{say('au rythme actuel, atteint en', 'at this pace, met in')} {then}")
    return ", ".join(parts)


def _rounded(value: float) -> float:
    return round(value) if abs(value) >= 100 else round(value, 1 if abs(value) >= 10 else 2)


def _span(one: Standing) -> str:
    """From the baseline to the latest."""
    ends = [(one.baseline, one.baseline_period), (one.latest, one.latest_period)]
    return " → ".join(f"{_plain(value, one.unit)} ({_when(period)})" for value, period in ends if value is not None)


def _shown(figure: Shown, notes: Notes) -> str:
    units = {"percent": "", "days": say(" jours", " days"), "months": say(" mois", " months"), "count": ""}
    about = {"more_than": say("plus de ", "more than "), "less_than": say("moins de ", "less than ")}
    value = _plain(figure.value, figure.unit) + units.get(figure.unit, "")
    label = figure.label.of(LANG)
    told = f"{about.get(figure.qualifier, '')}{value} ({_when(figure.period)})"
    return f"{label}{_colon()}{told} {notes.of([figure.snapshot])}"


def trend_words(moved: Moved, definition: Definition) -> str:
    """A trend in words: from what to what, which way, and by which rule that is said."""
    from vigie.editions.trend_words import outcome

    ends = " → ".join(
        f"{number(value, LANG, definition.decimals)} ({_when(period)})"
        for value, period in ((moved.from_value, moved.first), (moved.to_value, moved.last))
    )
    return f"{ends}, {outcome(moved).of(LANG)}"


def trend_word(moved: Moved) -> str:
    """A trend in a word, for a column: ``≈`` marks the rule of short series, which rests on no test."""
    words = {
        "increasing": say("hausse", "rise"),
        "decreasing": say("baisse", "fall"),
        "no_change": say("stable", "stable"),
    }
    word = words.get(moved.outcome, "")
    if moved.reason == "unsteady":
        return say("irrégulière", "unsteady")
    return f"≈ {word}" if word and moved.rule == "short_series" else word


def print_targets(standings: Sequence[Standing]) -> None:
    """The targets measured at a territory: what was aimed at, where it is, the verdict and why."""
    from rich.table import Table
    from rich.text import Text as Styled

    title = say("Cibles mesurées ici", "Targets measured here")
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in (
        *(say("cible", "target"), say("objectif", "aim"), say("dernière mesure", "last measure")),
        *(say("rythme par an", "pace a year"), "verdict", say("pourquoi", "why")),
    ):
        table.add_column(heading, max_width=44)
    for one in standings:
        words = Styled(verdict(one), COLOURS[one.verdict])
        table.add_row(one.title.of(LANG), aim(one), latest(one), pace(one), words, reason(one))
    console().print(table)


# Targets ----------------------------------------------------------------------------------------------------------


def targets(
    add: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Fichier CSV de cibles locales à vérifier et à garder pour les prochaines éditions.",
                "CSV file of local targets to check and keep for the next editions.",
            )
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or add local ones to the home: they are in every edition built from then on."""
    from vigie.sources.published.targets import targets as published

    if add is not None:
        _add(add)
        return
    every = [*published(), *_kept()]
    if as_json:
        print_json([one.model_dump(mode="json") for one in every])
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in (
        "id",
        say("cible", "target"),
        say("avant", "before"),
        say("porteur", "owner"),
        say("texte", "text"),
    ):
        table.add_column(heading, overflow="fold")
    for one in every:
        former = ", ".join(f"{number(old.value, LANG)} ({_when(old.date)})" for old in one.former)
        table.add_row(one.id, _aimed(one), former, one.owner, one.text)
    console().print(table)


def _aimed(one: Target) -> str:
    if one.target.value is None:
        return say("à définir", "to be defined")
    if one.target.kind == "yearly_growth":
        return _signed(one.target.value, "percent") + say(" par an", " a year")
    text = _plain(one.target.value, one.target.unit)
    return f"{text} {say('en', 'in')} {_when(one.target.date)}" if one.target.date else text


def _kept() -> list[Target]:
    """The local targets of the home."""
    from vigie.editions.standing import local_files
    from vigie.indicators import definitions
    from vigie.sources.published.targets import local_targets

    directions = {name: one.direction for name, one in definitions().items()}
    return [one for file in local_files(home()) for one in local_targets(file.path, directions)]


def _add(file: Path) -> None:
    from vigie.editions.observatory import open_edition
    from vigie.editions.standing import FOLDER, LocalFile, read_local
    from vigie.editions.store import storage_errors

    with open_edition(home()) as observatory:
        found = read_local([LocalFile(file)], observatory.indicators, observatory.table("territories"))
    folder = home() / FOLDER
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / f"{file.stem}.csv")
    places = len({(one.level, one.code) for one in found})
    console().print(
        say(
            f"Cibles locales gardées{NNBSP}: {len(found)}, territoires{NNBSP}: {places}. Ensuite{NNBSP}: vigie build",
            f"Local targets kept: {len(found)}, territories: {places}. Next: vigie build",
        )
    )
