"""Commands that say what should worry and with whom to compare: alerts, neighbours."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.reading import AsJson, Indicators
from vigie.cli.words import LANG, console, figure, home, print_json, say
from vigie.language import number, percent, plural

if TYPE_CHECKING:
    from vigie.editions.comparing import Group, Strip
    from vigie.editions.observatory import Alert, Answer, Neighbour, Observatory, Territory, Trait
    from vigie.indicators.alerts import Rule

_LISTED = 30
_WIDTH = 40
_STRIPS = ("apl_mg", "apl_infirmiers", "apl_kines", "apl_dentistes", "apl_sages_femmes", "temps_urgences")


class Volet(StrEnum):
    """The volets of the Cour des comptes."""

    soins_programmes = "soins_programmes"
    soins_non_programmes = "soins_non_programmes"
    aller_vers = "aller_vers"
    geographie = "geographie"


Where = Annotated[
    str | None,
    typer.Argument(
        metavar=say("[TERRITOIRE]", "[TERRITORY]"),
        help=say("niveau:code, code ou nom ; la France sinon.", "level:code, code or name; France otherwise."),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("alerts", help=say("Les alertes d'un territoire ou de la France.", "Alerts of a territory or France."))(
        alerts
    )
    app.command("neighbours", help=say("Les territoires comparables.", "The territories alike in structure."))(
        neighbours
    )
    app.command(
        "gaps", help=say("L'écart entre mieux et moins bien servis.", "The gap between best and worst served.")
    )(gaps)


# Alerts ---------------------------------------------------------------------------------------------------------------


def alerts(
    territory: Where = None,
    level: Annotated[
        str | None, typer.Option(help=say("Les alertes d'un niveau : epci…", "The alerts of a level: epci…"))
    ] = None,
    volet: Annotated[Volet | None, typer.Option(help=say("Un seul volet.", "One volet only."))] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar=say("ÉDITION", "EDITION"),
            help=say("Ce qui est apparu ou levé depuis une édition.", "What appeared or was lifted since an edition."),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print alerts: of a territory, of a level, or how many people live under them in France."""
    from vigie.editions.observatory import open_edition

    if territory is not None and level is not None:
        raise typer.BadParameter(
            say("un territoire ou un niveau, pas les deux.", "a territory or a level, not both."), param_hint="--level"
        )
    with open_edition(home()) as observatory:
        found = observatory.territory(territory) if territory is not None else None
        if since is not None:
            _since(observatory, since, found, level, volet, as_json)
        elif found is not None:
            _of_territory(observatory, found, volet, as_json)
        elif level is not None:
            _of_level(observatory, level, volet, as_json)
        else:
            _of_france(observatory, volet, as_json)


def _kept(found: list[Alert], volet: Volet | None) -> list[Alert]:
    return [one for one in found if volet is None or one.volet == volet.value]


def _of_territory(observatory: Observatory, territory: Territory, volet: Volet | None, as_json: bool) -> None:
    from rich.markup import escape

    found, answer = _kept(observatory.alerts(territory), volet), observatory.answer(territory)
    rules = observatory.alert_rules
    unjudged = _unjudged(rules, territory, answer, volet)
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "territory": asdict(territory),
                "answer": asdict(answer) if answer else None,
                "alerts": [_as_json(observatory, one) for one in found],
                "not_measurable": unjudged,
            }
        )
        return
    screen = console()
    screen.print(f"[bold]{escape(territory.name)}[/] ({territory.key}). {say('Édition', 'Edition')} {observatory.id}.")
    for one in found:
        _print_alert(observatory, one)
    if not found:
        screen.print(_no_alert(answer, volet))
    if answer is not None and answer.degree is not None and volet is None:
        _print_degree(observatory, answer)
    if unjudged:
        titles = [rules[name].title.of(LANG) for name in unjudged]
        names = ", ".join(title[0].lower() + title[1:] for title in titles)
        screen.print(
            say(
                f"\n[dim]Non mesurable ici, faute de données : {names}.[/]",
                f"\n[dim]Not measurable here for lack of data: {names}.[/]",
            )
        )


def _unjudged(rules: dict[str, Rule], territory: Territory, answer: Answer | None, volet: Volet | None) -> list[str]:
    """The rules of the territory's level that no measure could be found for."""
    judged = answer.judged if answer else ()
    return [
        name
        for name, rule in rules.items()
        if territory.level in rule.levels
        and name not in judged
        and (volet is None or rule.volet == volet.value)
        and (territory.population or 0) >= rule.least_population
    ]


def _no_alert(answer: Answer | None, volet: Volet | None) -> str:
    if answer is None:
        return say(
            "Données non disponibles : aucune règle n'a de mesure ici.",
            "Data not available: no rule has a measure here.",
        )
    if volet is not None:
        return say("Aucune alerte dans ce volet.", "No alert in this volet.")
    judged = len(answer.judged)
    rules = plural(judged, say("règle", "rule"), say("règles", "rules"), LANG)
    return say(
        f"Aucune alerte sur {judged} {rules} mesurables ici.", f"No alert out of {judged} {rules} measurable here."
    )


def _print_alert(observatory: Observatory, one: Alert) -> None:
    from vigie.editions import alert_words as words

    rule, definition = observatory.alert_rules[one.rule], observatory.indicators[one.indicator]
    reached = words.step(one, rule)
    screen = console()
    colour = "red" if one.severity == "high" else "yellow"
    screen.print(
        f"\n[bold {colour}]▲[/] [bold]{rule.title.of(LANG)}[/]"
        f" [dim]({words.VOLETS[one.volet].of(LANG)}, {words.SEVERITIES[one.severity].of(LANG)})[/]"
    )
    told = (words.size(one, rule, definition), words.lasting(one), words.people(one))
    screen.print("  " + " ".join(text.of(LANG) for text in told if text.fr))
    status = words.STATUSES[reached.source.status].of(LANG)
    screen.print(f"  [dim]{status[0].upper()}{status[1:]}. {getattr(reached.source, LANG)}[/]")


def _print_degree(observatory: Observatory, answer: Answer) -> None:
    responses = observatory.responses
    degree = next(one for one in responses.degrees if one.id == answer.degree)
    reasons = [one.title.of(LANG) for one in degree.reasons if one.id in answer.reasons]
    screen = console()
    why = f" ({' ; '.join(reasons)})" if reasons else ""
    screen.print(f"\n[bold]{say('Réponse', 'Response')}{say(chr(0x202F), '')}: {degree.title.of(LANG)}[/]{why}.")
    screen.print(f"  «\u202f{degree.quote}\u202f»")
    screen.print(f"  [dim]{responses.source.of(LANG)} {responses.criteria.of(LANG)}[/]")


def _as_json(observatory: Observatory, one: Alert) -> dict[str, Any]:
    from vigie.editions import alert_words as words

    rule, definition = observatory.alert_rules[one.rule], observatory.indicators[one.indicator]
    reached = words.step(one, rule)
    return {
        **asdict(one),
        "title": rule.title.of(LANG),
        "sentence": words.size(one, rule, definition).of(LANG),
        "threshold_status": reached.source.status,
        "threshold_source": getattr(reached.source, LANG),
    }


def _of_level(observatory: Observatory, level: str, volet: Volet | None, as_json: bool) -> None:
    from rich.table import Table

    found = _kept(observatory.alerts_of_level(level), volet)
    if as_json:
        print_json({"edition": observatory.id, "level": level, "alerts": [_as_json(observatory, one) for one in found]})
        return
    names = dict(observatory.rows("SELECT code, name FROM territories WHERE level = ?", [level]))
    table = Table(box=None, pad_edge=False)
    for heading in (say("territoire", "territory"), say("alerte", "alert"), say("valeur", "value")):
        table.add_column(heading, justify="right" if heading in ("valeur", "value") else "left")
    table.add_column(say("depuis", "since"))
    table.add_column(say("habitants concernés", "people concerned"), justify="right")
    for one in found[:_LISTED]:
        rule, definition = observatory.alert_rules[one.rule], observatory.indicators[one.indicator]
        mark = "[red]▲▲[/]" if one.severity == "high" else "[yellow]▲[/]"
        people = "" if one.people is None else number(round(one.people), LANG)
        name = f"{names[one.code]} ({one.code})"
        table.add_row(
            name, f"{mark} {rule.title.of(LANG)}", figure(definition, one.value, one.status), one.since, people
        )
    screen = console()
    screen.print(table)
    territories, count = len({one.code for one in found}), len(found)
    screen.print(
        say(
            f"{number(count, LANG)} alertes dans {number(territories, LANG)} territoires, les plus fortes d'abord, "
            "puis celles du plus grand nombre d'habitants.",
            f"{number(count, LANG)} alerts in {number(territories, LANG)} territories, the severest first, "
            "then those of most people.",
        )
    )
    if count > _LISTED:
        screen.print(
            say(f"{_LISTED} montrées ; toutes : --json.", f"{_LISTED} shown; all of them: --json."), style="dim"
        )


def _of_france(observatory: Observatory, volet: Volet | None, as_json: bool) -> None:
    france = observatory.territory("france:FR")
    counts, people = (observatory.table(name) for name in ("alert_counts", "alert_people"))
    found = _kept(observatory.alerts(france), volet)
    kept = [name for name, rule in observatory.alert_rules.items() if volet is None or rule.volet == volet.value]
    ruled = [row for row in people.to_dicts() if row["rule"] in kept]
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "counts": counts.to_dicts() if volet is None else None,
                "people_by_rule": ruled,
                "alerts": [_as_json(observatory, one) for one in found],
            }
        )
        return
    console().print(
        f"[bold]{say('Alertes en France', 'Alerts in France')}[/]. {say('Édition', 'Edition')} {observatory.id}."
    )
    if volet is None:
        _print_counts(observatory)
    _print_rules(observatory, kept, ruled)
    for one in found:
        _print_alert(observatory, one)
    console().print(
        say(
            "\nUn niveau : vigie alerts --level epci. Un territoire : vigie alerts Rodez.",
            "\nA level: vigie alerts --level epci. A territory: vigie alerts Rodez.",
        ),
        style="dim",
    )


def _print_counts(observatory: Observatory) -> None:
    """People by number of alerts of their commune and kind of space."""
    from rich.table import Table

    from vigie.editions.alert_words import SPACES

    title = say(
        "\nHabitants selon le nombre d'alertes de leur commune, en % de chaque type d'espace",
        "\nPeople by number of alerts of their commune, in % of each kind of space",
    )
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(say("espace (grille de densité)", "space (density grid)"))
    for heading in (say("aucune", "none"), "1", "2", say("3 ou plus", "3 or more")):
        table.add_column(heading, justify="right")
    table.add_column(say("habitants sous alerte", "people under alert"), justify="right")
    for one in observatory.people_by_alerts("commune"):
        shares = (percent(share, LANG) for share in one.shares)
        table.add_row(SPACES[one.space].of(LANG), *shares, number(one.under, LANG))
    console().print(table)


def _print_rules(observatory: Observatory, kept: list[str], people: list[dict[str, Any]]) -> None:
    """By rule and level the territories under alert, of those that could be judged."""
    from rich.table import Table

    from vigie.editions import alert_words as words
    from vigie.indicators.alerts import VOLETS

    found = _counted(observatory, "SELECT rule, level, count(*) FROM alerts GROUP BY ALL")
    judged = _counted(
        observatory,
        """SELECT rule, level, count(*) FROM
            (SELECT unnest(string_split(judged, ' ')) AS rule, level FROM alert_degrees) GROUP BY ALL""",
    )
    living = {row["rule"]: row["people"] for row in people if row["level"] == "commune" and row["space"] == "all"}
    title = say("\nTerritoires en alerte sur ceux qui sont mesurés", "\nTerritories under alert of those measured")
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(say("règle", "rule"))
    for heading in _LEVELS.values():
        table.add_column(say(*heading), justify="right")
    table.add_column(say("habitants des communes en alerte", "people of communes under alert"), justify="right")
    for volet in VOLETS:
        own = [name for name in kept if observatory.alert_rules[name].volet == volet]
        table.add_row(f"[bold]{words.VOLETS[volet].of(LANG)}[/]" if own else None)
        for name in own:
            cells = [_cell(found.get((name, level), 0), judged.get((name, level), 0)) for level in _LEVELS]
            under = number(living[name], LANG) if name in living else "–"
            table.add_row(observatory.alert_rules[name].title.of(LANG), *cells, under)
    console().print(table)
    console().print(say("– : rien de mesuré à ce niveau.", "–: nothing measured at this level."), style="dim")


_LEVELS = {
    "commune": ("communes", "communes"),
    "epci": ("EPCI", "EPCI"),
    "bassin_de_vie": ("bassins de vie", "living areas"),
    "departement": ("départ.", "dépt."),
    "region": ("régions", "régions"),
}


def _counted(observatory: Observatory, sql: str) -> dict[tuple[str, str], int]:
    return {(rule, level): count for rule, level, count in observatory.rows(sql)}


def _cell(found: int, judged: int) -> str:
    return f"{number(found, LANG)} / {number(judged, LANG)}" if judged else "–"


def _since(
    observatory: Observatory,
    since: str,
    territory: Territory | None,
    level: str | None,
    volet: Volet | None,
    as_json: bool,
) -> None:
    from rich.table import Table

    from vigie.editions import alert_words as words
    from vigie.editions.alerting import changes
    from vigie.editions.store import edition

    old = edition(home(), since)
    found = changes(old.folder, observatory.folder)
    if territory is not None:
        found = found.filter((found["level"] == territory.level) & (found["code"] == territory.code))
    if level is not None:
        found = found.filter(found["level"] == level)
    rules = observatory.alert_rules
    rows = [
        row for row in found.to_dicts() if volet is None or (row["rule"] in rules and rules[row["rule"]].volet == volet)
    ]
    if as_json:
        print_json({"before": old.id, "after": observatory.id, "changes": rows})
        return
    screen = console()
    if not rows:
        screen.print(
            say(f"Aucune alerte apparue ni levée depuis {old.id}.", f"No alert appeared nor lifted since {old.id}.")
        )
        return
    table = Table(title=f"{old.id} → {observatory.id}", title_justify="left", box=None, pad_edge=False)
    for heading in (say("territoire", "territory"), say("alerte", "alert"), say("changement", "change")):
        table.add_column(heading)
    for row in rows[:_LISTED]:
        title = rules[row["rule"]].title.of(LANG) if row["rule"] in rules else row["rule"]
        table.add_row(f"{row['level']}:{row['code']}", title, words.CHANGES[row["change"]].of(LANG))
    screen.print(table)
    if len(rows) > _LISTED:
        screen.print(
            say(
                f"{_LISTED} montrées sur {number(len(rows), LANG)} ; toutes : --json.",
                f"{_LISTED} shown of {number(len(rows), LANG)}; all of them: --json.",
            ),
            style="dim",
        )


# Neighbours -----------------------------------------------------------------------------------------------------------


def neighbours(
    territory: Annotated[str, typer.Argument(metavar=say("TERRITOIRE", "TERRITORY"))],
    indicator: Indicators = None,
    as_json: AsJson = False,
) -> None:
    """Print the territories alike in structure, and where the territory stands among them."""
    from vigie.editions.comparing import strips
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        found = observatory.territory(territory)
        for name in indicator or ():
            observatory.indicator(name)
        near, traits = observatory.neighbours(found), observatory.structure(found)
        asked = indicator or [name for name in _STRIPS if name in observatory.indicators]
        compared = [one for one in strips(observatory, found, near, asked) if one.groups]
        if as_json:
            print_json(
                {
                    "edition": observatory.id,
                    "territory": asdict(found),
                    "structure": [asdict(one) for one in traits],
                    "neighbours": [asdict(one) for one in near],
                    "distributions": [asdict(one) for one in compared],
                }
            )
            return
        _print_neighbours(observatory, found, near, traits, compared)


def _print_neighbours(
    observatory: Observatory, territory: Territory, near: list[Neighbour], traits: list[Trait], compared: list[Strip]
) -> None:
    from rich.markup import escape

    screen = console()
    screen.print(f"[bold]{escape(territory.name)}[/] ({territory.key}). {say('Édition', 'Edition')} {observatory.id}.")
    if near:
        _print_traits(traits)
        title = say("Territoires comparables, du plus proche au moins proche", "Territories alike, the nearest first")
        names = " · ".join(f"{one.territory.name} ({number(one.distance, LANG, 2)})" for one in near)
        screen.print(f"\n[bold]{title}[/]")
        screen.print(names)
        screen.print(_legend(near), style="dim")
    else:
        screen.print(_why_none(territory))
    for one in compared:
        _print_strip(observatory, one)
    if compared:
        screen.print(
            say(
                "\n· du premier au dernier décile, █ la moitié centrale, │ la médiane, ● ici. Ce n'est pas un rang.",
                "\n· from the first to the last decile, █ the middle half, │ the median, ● here. It is not a rank.",
            ),
            style="dim",
        )


def _legend(near: list[Neighbour]) -> str:
    text = say(
        "Entre parenthèses, la distance : 1 = un écart type par variable en moyenne. "
        "Variables et poids : choix de Vigie, jamais l'indicateur comparé.",
        "In brackets, the distance: 1 = one standard deviation a variable on average. "
        "Variables and weights: Vigie's choice, never the indicator compared.",
    )
    least = min(one.shared for one in near)
    if least < 0.999:
        share = percent(100 * least, LANG, 0)
        text += say(
            f" Des variables manquent : comparé sur {share} du poids au moins.",
            f" Some variables are missing: compared over at least {share} of the weight.",
        )
    return text


def _why_none(territory: Territory) -> str:
    if territory.kind == "arrondissement":
        return say(
            "Un arrondissement n'est pas comparé seul : voir la commune entière.",
            "An arrondissement is not compared alone: see the whole commune.",
        )
    if territory.level == "commune":
        return say(
            "Pas de comparaison sous 2 000 habitants : voir son intercommunalité ou son bassin de vie.",
            "No comparison under 2,000 inhabitants: see its intercommunality or its living area.",
        )
    return say("Pas de territoires comparables à ce niveau.", "No comparison at this level.")


def _print_traits(traits: list[Trait]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(say("ce qui est comparé", "what is compared"), no_wrap=True)
    gap = say("en écarts types", "in std. deviations")
    for heading in (say("ici", "here"), gap, say("poids", "weight")):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in traits:
        weight = number(one.weight, LANG, 2)
        table.add_row(say(one.title_fr, one.title_en), _trait_value(one), _signed(one.standardised), weight)
    console().print(table)


def _trait_value(one: Trait) -> str:
    if one.value is None:
        return say("non disponible", "not available")
    if one.unit_fr.startswith("%"):
        return percent(one.value, LANG, one.decimals)
    unit = say(one.unit_fr, one.unit_en)
    return f"{number(one.value, LANG, one.decimals)} {unit if unit in ('minutes', 'habitants', 'inhabitants') else ''}"


def _signed(score: float | None) -> str:
    if score is None:
        return ""
    text = number(abs(score), LANG, 1)
    zero = not any(digit in "123456789" for digit in text)
    return text if zero else f"{'+' if score > 0 else '−'}{text}"


def _print_strip(observatory: Observatory, one: Strip) -> None:
    definition = observatory.indicators[one.indicator]
    screen = console()
    value = figure(definition, one.value, one.status)
    screen.print(f"\n[bold]{definition.title.of(LANG)}[/] ({one.period}){say(chr(0x202F), '')}: {value}")
    if one.mirrored:
        screen.print(
            say(
                "  Les territoires comparables sont choisis sur cet indicateur : ils n'en disent rien.",
                "  The territories alike are chosen by this indicator: they say nothing about it.",
            ),
            style="dim",
        )
    ends = [*(group.spread.d1 for group in one.groups), *(group.spread.d9 for group in one.groups), one.value]
    low, high = min(ends), max(ends)
    for group in one.groups:
        strip = _strip(group, one.value, low, high)
        screen.print(f"  {_group_name(group):<28.28} {strip}  {_quartiles(group, definition.decimals)}")


def _group_name(group: Group) -> str:
    named = say("comparables", "alike") if group.id == "neighbours" else group.name
    return f"{named} ({number(group.spread.known, LANG)})"


def _quartiles(group: Group, decimals: int) -> str:
    q1, median, q3 = (number(cut, LANG, decimals) for cut in (group.spread.q1, group.spread.median, group.spread.q3))
    return say(f"médiane {median}, moitié entre {q1} et {q3}", f"median {median}, half within {q1} – {q3}")


def _strip(group: Group, value: float, low: float, high: float) -> str:
    """Deciles, quartiles, the median and the territory on one line of text."""

    def column(at: float) -> int:
        return round((_WIDTH - 1) * (at - low) / (high - low)) if high > low else 0

    cells = [" "] * _WIDTH
    for start, end, mark in ((group.spread.d1, group.spread.d9, "·"), (group.spread.q1, group.spread.q3, "█")):
        for place in range(column(start), column(end) + 1):
            cells[place] = mark
    cells[column(group.spread.median)] = "│"
    cells[column(value)] = "●"
    return "".join(cells)


# Gaps -----------------------------------------------------------------------------------------------------------------


def gaps(
    indicator: Annotated[
        str | None,
        typer.Argument(metavar=say("[INDICATEUR]", "[INDICATOR]"), help=say("Tous sinon.", "All otherwise.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print how far apart the best and the worst served territories are, by level and period."""
    from vigie.editions.observatory import open_edition

    with open_edition(home()) as observatory:
        if indicator is not None:
            observatory.indicator(indicator)
        rows = [row for row in observatory.gaps().to_dicts() if indicator in (None, row["indicator"])]
        if as_json:
            print_json({"edition": observatory.id, "gaps": rows})
            return
        if indicator is None:
            rows = _last_of_epci(rows)
        if not rows:
            console().print(say("Cet indicateur ne dit pas qui est mieux servi, ou n'a pas d'année entière.",
                                "This indicator does not say who is better served, or has no whole year."))  # fmt: skip
            return
        _print_gaps(observatory, rows)
        if indicator is None:
            _print_social_gap(observatory)


def _last_of_epci(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last period of each indicator, between EPCI."""
    last = {row["indicator"]: row for row in rows if row["level"] == "epci"}
    return list(last.values())


def _print_gaps(observatory: Observatory, rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    headings = (
        *(say("indicateur", "indicator"), say("entre", "between"), say("période", "period")),
        *(say("moins bien servis", "worst served"), say("mieux servis", "best served"), say("écart", "gap")),
        *(say("rapport", "ratio"), say("entre départements", "between départements")),
    )
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < 3 else "right", no_wrap=place == 0)
    for row in rows:
        definition = observatory.indicators[row["indicator"]]
        worst, best, gap = (number(row[name], LANG, definition.decimals) for name in ("worst", "best", "gap"))
        ratio = "–" if row["ratio"] is None else number(row["ratio"], LANG, 1)
        between = "–" if row["between"] is None else percent(row["between"], LANG, 0)
        table.add_row(definition.short.of(LANG), row["level"], row["period"], worst, best, gap, ratio, between)
    console().print(table)
    console().print(
        say("Moyennes du dixième des habitants le moins bien, le mieux servi. Entre départements : part de variance.",
            "Means of the worst and the best served tenth of the people. Between départements: share of the variance."),
        style="dim",
    )  # fmt: skip


def _print_social_gap(observatory: Observatory) -> None:
    """The gap in médecin traitant between C2S beneficiaries and others, as published."""
    definition = observatory.indicators["ecart_psmt_c2s"]
    series = observatory.select(indicator=definition.id, level="france", code="FR")
    told = ", ".join(f"{number(one.value, LANG, 1)} ({one.period})" for one in series if one.value is not None)
    colon = say(chr(0x202F), "")
    none = say("données non disponibles", "data not available")
    console().print(f"\n{definition.title.of(LANG)}{colon}: {told or none} {definition.unit.of(LANG) if told else ''}")
