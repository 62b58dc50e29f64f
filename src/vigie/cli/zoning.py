"""The command of zoning: the rules, one applied, a territory's classes with their reasons, comparisons, a dossier."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.reading import AsJson, Period
from vigie.cli.words import LANG, console, home, print_json, say
from vigie.language import number, percent, plural

if TYPE_CHECKING:
    from vigie.editions.observatory import Observatory, Territory
    from vigie.editions.zoned import Zoned
    from vigie.editions.zoning import Applied
    from vigie.zoning.apply import Zoning
    from vigie.zoning.field import Field
    from vigie.zoning.rules import Rule

_LISTED = 20


class Criterion(StrEnum):
    """In which order zones are chosen within a ceiling."""

    lowest = "lowest"
    need = "need"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "zone", help=say("Les zonages : règles, classes, raisons.", "Zonings: rules, classes, reasons.")
    )(zone)  # fmt: skip


def zone(
    rule: Annotated[
        str | None,
        typer.Argument(
            metavar=say("[RÈGLE]", "[RULE]"),
            help=say("La règle ; leur liste sinon.", "The rule; their list otherwise."),
        ),
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help=say("Un territoire : niveau:code, code ou nom.", "A territory: code or name."))
    ] = None,
    rule_file: Annotated[
        Path | None, typer.Option(help=say("Une règle à soi (.toml).", "A rule of one's own (.toml)."))
    ] = None,
    period: Period = None,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar=say("RÈGLE[@PÉRIODE]", "RULE[@PERIOD]"),
            help=say("Une autre règle, ou une autre année.", "Another rule, or another year."),
        ),
    ] = None,
    compare_list: Annotated[
        Path | None,
        typer.Option(help=say("La liste d'une ARS (csv : code, classe).", "An ARS's list (csv: code, classe).")),
    ] = None,
    keep_list: Annotated[
        Path | None,
        typer.Option(help=say("Garde cette liste : le site la compare.", "Keeps this list: the site compares it.")),
    ] = None,
    keep_regions: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Garde les parts ou plafonds des régions (csv : region, …) : la règle les emploie.",
                "Keeps the régions' shares or ceilings (csv: region, …): the rule uses them.",
            )
        ),
    ] = None,
    keep_neighbourhoods: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Garde la liste des quartiers prioritaires (csv de l'ANCT ou de l'Insee).",
                "Keeps the list of priority neighbourhoods (csv of the ANCT or INSEE).",
            )
        ),
    ] = None,
    choose: Annotated[
        str | None,
        typer.Option(
            metavar=say("CHOIX[=ZONE,ZONE]", "MOVE[=ZONE,ZONE]"),
            help=say("Un choix laissé à l'ARS, à la main ou par --criterion.", "A choice left to the ARS."),
        ),
    ] = None,
    criterion: Annotated[
        Criterion, typer.Option(help=say("L'ordre d'un choix sans liste.", "The order of a choice without a list."))
    ] = Criterion.lowest,
    ceiling: Annotated[
        float | None, typer.Option(min=0, max=100, help=say("Plafond du choix, en %.", "Ceiling of the choice, in %."))
    ] = None,
    dossier: Annotated[
        bool, typer.Option("--dossier", help=say("Écrit le dossier du territoire.", "Writes the territory's dossier."))
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help=say("Fichier .csv ou .geojson, ou dossier.", "A .csv or .geojson file, or a folder.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the rules of zoning, apply one, and say why each zone has its class."""
    from vigie.editions.observatory import open_edition

    if rule == "pharmacies":  # a rule of another kind, with a command of its own
        from vigie.cli.pharmacies import pharmacies

        pharmacies(territory, as_json=as_json)
        return
    asked = _Asked(rule, rule_file, period, choose, criterion.value, ceiling)
    with open_edition(home()) as observatory:
        place = observatory.territory(territory) if territory is not None else None
        if keep_neighbourhoods is not None:
            _keep_neighbourhoods(observatory, keep_neighbourhoods)
        elif rule is None and rule_file is None:
            _list(observatory, place, as_json)
        elif keep_list is not None:
            _keep(observatory, asked, keep_list)
        elif keep_regions is not None:
            _keep_regions(observatory, asked, keep_regions)
        elif compare is not None or compare_list is not None:
            _compare(observatory, asked, compare, compare_list, place, output, as_json)
        elif dossier:
            _write_dossier(observatory, asked, place, output)
        elif output is not None:
            _export(observatory, asked, output)
        elif place is not None:
            _of_territory(observatory, asked, place, as_json)
        else:
            _of_france(observatory, asked, as_json)


class _Asked:
    """The rule asked for, where from, and the choices made on it."""

    def __init__(
        self, rule: str | None, file: Path | None, period: str | None, choose: str | None, criterion: str,
        ceiling: float | None,
    ) -> None:  # fmt: skip
        """Keep what was asked. Raises BadParameter for a rule and a file at once."""
        if rule is not None and file is not None:
            raise typer.BadParameter(
                say("une règle ou un fichier de règle, pas les deux.", "a rule or a file of one, not both."),
                param_hint="--rule-file",
            )
        self.rule, self.file, self.period, self.choose = rule, file, period, choose
        self.criterion, self.ceiling = criterion, ceiling

    def found(self, observatory: Observatory) -> Rule:
        """The rule itself."""
        from vigie.editions.zoning import edition_rules
        from vigie.zoning.rules import find_rule, read_rule

        if self.file is not None:
            return read_rule(self.file, observatory.indicators)
        return find_rule(edition_rules(observatory), self.rule or "")

    def applied(self, observatory: Observatory) -> Applied:
        """The rule applied: as the build did where nothing of it was changed, now otherwise."""
        from vigie.editions.zoning import applied, told

        if self.file is None and self.choose is None:
            return applied(observatory, self.found(observatory).id, self.period)
        return told(*self.zoning(observatory))

    def zoning(self, observatory: Observatory, *others: Rule) -> tuple[Zoning, Field]:
        """The rule applied now, with the choices, and the field that it was applied to."""
        from vigie.editions.zoning import chosen, open_field
        from vigie.zoning.apply import apply

        rule = self.found(observatory)
        field = open_field(observatory, [rule, *others])
        zoning = apply(rule, field, self.period)
        if self.choose is not None:
            name, _, zones = self.choose.partition("=")
            zoning = chosen(zoning, field, name, tuple(zones.split(",")) if zones else (), self.criterion, self.ceiling)
        return zoning, field


# The rules ------------------------------------------------------------------------------------------------------------


def _list(observatory: Observatory, territory: Territory | None, as_json: bool) -> None:
    from rich.table import Table

    from vigie.editions import zoning_words as words
    from vigie.editions.zoned import zoned
    from vigie.editions.zoning import edition_rules, periods_now

    known, at_hand = edition_rules(observatory), periods_now(observatory)
    own = {one.rule: one for one in zoned(observatory, territory)} if territory is not None else {}
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "territory": asdict(territory) if territory else None,
                "rules": [
                    {
                        **one.model_dump(mode="json"),
                        "periods_at_hand": at_hand[one.id],
                        "classes_here": [asdict(each) for each in own[one.id].classes] if own else [],
                    }
                    for one in known.values()
                ],
            }
        )
        return
    screen = console()
    title = say("Règles de zonage", "Rules of zoning") if territory is None else f"{territory.name} ({territory.key})"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    headings = [say("règle", "rule"), say("titre", "title"), say("état", "status"), say("périodes", "periods")]
    if territory is not None:
        headings[3] = say("classe (habitants)", "class (people)")
    for heading in headings:
        table.add_column(heading)
    for one in known.values():
        state = words.STATUSES[one.status].of(LANG) + ("" if one.verified else say(", non vérifiée", ", unverified"))
        last = ", ".join(at_hand[one.id]) or words.UNKNOWN.of(LANG)
        table.add_row(one.id, one.title.of(LANG), state, _here(own[one.id]) if own else last)
    screen.print(table)
    screen.print(
        say(
            "\nAppliquer une règle : vigie zone medecins_2021 [--territory Rodez] [--compare medecins_2017].",
            "\nApply a rule: vigie zone medecins_2021 [--territory Rodez] [--compare medecins_2017].",
        ),
        style="dim",
    )


def _here(one: Zoned) -> str:
    """The classes of a territory under a rule, with their people where there are several."""
    from vigie.editions.zoning_words import UNKNOWN

    parts = []
    for each in one.classes:
        title = (each.title or UNKNOWN).of(LANG)
        parts.append(title if len(one.classes) == 1 else f"{title} ({number(each.population, LANG)})")
    return say(" ; ", "; ").join(parts) or UNKNOWN.of(LANG)


# One rule -------------------------------------------------------------------------------------------------------------


def _print_rule(observatory: Observatory, done: Applied) -> None:
    from vigie.editions import zoning_words as words

    rule, screen = done.rule, console()
    screen.print(
        f"[bold]{rule.title.of(LANG)}[/] ({rule.id}, {words.STATUSES[rule.status].of(LANG)}), {done.period}. "
        f"{say('Édition', 'Edition')} {observatory.id}."
    )
    screen.print(rule.text.of(LANG), soft_wrap=True)
    if not rule.verified:
        screen.print(say("[yellow]Règle non vérifiée.[/]", "[yellow]Unverified rule.[/]"))
    screen.print(f"[dim]{say('Source', 'Source')}{say(chr(0x202F), '')}: {rule.source.of(LANG)}.[/]", soft_wrap=True)
    screen.print(f"[dim]{say('Maille', 'Mesh')}{say(chr(0x202F), '')}: {words.mesh(done.mesh).of(LANG)}.[/]")
    if rule.difference is not None and (done.stands_in or rule.instead is None):
        screen.print(f"[dim]{rule.difference.of(LANG)}[/]", soft_wrap=True)
    if done.stands_in and (said := words.stand_in_said(rule, done.zones, LANG)):
        screen.print(f"[dim]{said}[/]", soft_wrap=True)
    if rule.note is not None:
        screen.print(f"[dim]{rule.note.of(LANG)}[/]", soft_wrap=True)
    names = dict(observatory.rows("SELECT code, name FROM territories WHERE level = 'region'"))
    brought = words.regional_told(rule, names, LANG)
    if brought:
        heading = say("Parts et plafonds apportés", "Shares and ceilings brought")
        screen.print(f"[dim]{heading}{say(chr(0x202F), '')}: {' '.join(brought)}[/]", soft_wrap=True)


def _of_france(observatory: Observatory, asked: _Asked, as_json: bool) -> None:
    done = asked.applied(observatory)
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "rule": done.rule.model_dump(mode="json"),
                "period": done.period,
                "mesh": done.mesh,
                "summary": done.summary.to_dicts(),
                "selectivity": done.selectivity.to_dicts(),
                "priority": done.priority.to_dicts(),
                "over": done.over.to_dicts(),
                "zones": done.zones.to_dicts(),
                "neighbourhoods": _neighbourhoods(observatory, done),
            }
        )
        return
    _print_rule(observatory, done)
    _print_summary(done)
    _print_selectivity(done)
    _print_priority(observatory, done)
    _print_over(done)
    _print_neighbourhoods(observatory, done)
    _print_borderline(observatory, done)


def _neighbourhoods(
    observatory: Observatory, done: Applied, territory: Territory | None = None
) -> list[dict[str, Any]] | None:
    """The priority neighbourhoods under the rule; None where it classes none or no list was brought."""
    from vigie.editions.zoning_neighbourhoods import under, within

    found = under(observatory, done)
    if found is None:
        return None
    return (found if territory is None else within(observatory, found, territory)).to_dicts()


def _print_neighbourhoods(observatory: Observatory, done: Applied, territory: Territory | None = None) -> None:
    """The priority neighbourhoods that the rule lets be classed alone: how many, those of a territory one by one."""
    from rich.markup import escape

    from vigie.editions import zoning_words as words
    from vigie.editions.zoning_neighbourhoods import share_of, under, within

    rule = done.rule.neighbourhoods
    if rule is None:
        return
    found, screen = under(observatory, done), console()
    heading = say("Quartiers prioritaires (QPV)", "Priority neighbourhoods (QPV)")
    screen.print(f"\n[bold]{heading}[/]")
    screen.print(words.neighbourhoods_said(done.rule, found, LANG), soft_wrap=True)
    screen.print(f"[dim]{rule.source.of(LANG)}[/]", soft_wrap=True)
    if found is None or territory is None:
        return
    own, share = within(observatory, found, territory), share_of(observatory, territory)
    if share is not None:
        screen.print(say(f"{territory.name} : {percent(share, LANG)} des habitants y vivent.",
                         f"{territory.name}: {percent(share, LANG)} of the people live in them."))  # fmt: skip
    for row in own.head(_LISTED).iter_rows(named=True):
        screen.print(escape(words.neighbourhood_told(done.rule, row, LANG)), soft_wrap=True)
    if own.height > _LISTED:
        screen.print(say(f"{_LISTED} montrés sur {own.height} ; tous : --json.",
                         f"{_LISTED} shown of {own.height}; all of them: --json."), style="dim")  # fmt: skip


def _print_summary(done: Applied) -> None:
    from rich.table import Table

    from vigie.editions import zoning_words as words

    table = Table(title=say("\nFrance", "\nFrance"), title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(say("classe", "class"))
    headings = (say("zones", "zones"), say("communes", "communes"), say("habitants", "people"),
                say("part", "share"), say("praticiens", "practitioners"), say("part", "share"))  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in done.summary.filter(done.summary["level"] == "france").to_dicts():
        heads, share = row["practitioners"], row["practitioners_share"]
        table.add_row(
            words.class_title(done.rule, row["class"], LANG),
            *(number(row[name], LANG) for name in ("zones", "communes", "population")),
            percent(row["population_share"] or 0.0, LANG),
            "–" if heads is None else number(heads, LANG),
            "–" if share is None else percent(share, LANG),
        )
    console().print(table)


def _print_selectivity(done: Applied) -> None:
    from vigie.zoning.rules import professions

    need = professions()[done.rule.profession].need
    rows = done.selectivity.filter(done.selectivity["level"] == "france").to_dicts()
    if need is None or not rows:
        return
    screen = console()
    screen.print(f"\n[bold]{say('Sélectivité', 'Selectivity')}[/]")
    by_cover = {row["covered"]: row for row in rows}
    surely, most = by_cover["surely"], by_cover["at_most"]
    screen.print(_selective(surely, say("Zones aidées", "Zones with aids")), soft_wrap=True)
    if most["in_zone"] != surely["in_zone"]:
        screen.print(
            _selective(most, say("Avec celles que l'ARS peut choisir", "With those that the ARS may choose")),
            soft_wrap=True,
        )
    screen.print(f"[dim]{need.source.of(LANG)}[/]", soft_wrap=True)


def _selective(row: dict[str, Any], which: str) -> str:
    def share(part: int) -> str:
        return f"{number(part, LANG)} ({percent(100 * part / max(row['population'], 1), LANG)})"

    return say(
        f"{which}\u202f: {share(row['in_zone'])} habitants, dont {share(row['without_need'])} sans difficulté avérée. "
        f"En difficulté\u202f: {share(row['in_need'])}, dont {share(row['without_cover'])} hors de ces zones.",
        f"{which}: {share(row['in_zone'])} people, of whom {share(row['without_need'])} without a real difficulty. "
        f"In difficulty: {share(row['in_need'])}, of whom {share(row['without_cover'])} outside these zones.",
    )


_PUBLISHED = ("cc24_mg_part_zip_2015", "cc24_mg_part_zip_2021", "cc24_mg_installations_zip_2015",
              "cc24_mg_installations_zip_2021")  # fmt: skip


def _print_priority(observatory: Observatory, done: Applied) -> None:
    """The share of practitioners and installations in priority zones by year, and what the Cour publishes of it."""
    screen = console()
    screen.print(
        f"\n[bold]{say('Dans les zones prioritaires, à zonage constant', 'In priority zones, zoning constant')}[/]"
    )
    for row in done.priority.to_dicts():
        title = observatory.indicator(row["indicator"]).title.of(LANG)
        share = "–" if row["share"] is None else percent(row["share"], LANG)
        screen.print(f"{title}, {row['period']}{say(chr(0x202F), '')}: {share}")
    years = {row["period"] for row in done.priority.to_dicts()}
    if len(years) < 2:
        screen.print(
            say("[dim]Évolution : données non disponibles. Importez des effectifs par commune et par année "
                "(vigie import), puis vigie build.[/]",
                "[dim]Change over time: data not available. Import counts by commune and year "
                "(vigie import), then vigie build.[/]"), soft_wrap=True,
        )  # fmt: skip
    if done.rule.profession == "mg":
        marks = ", ".join("?" * len(_PUBLISHED))
        sql = f"SELECT label_fr, label_en, period, value FROM figures WHERE id IN ({marks}) ORDER BY id"
        for fr, en, period, value in observatory.rows(sql, _PUBLISHED):
            shown = percent(value, LANG)
            screen.print(f"[dim]{say(fr, en)} ({period}){say(chr(0x202F), '')}: {shown} (Cour des comptes 2024)[/]",
                         soft_wrap=True)  # fmt: skip


def _print_over(done: Applied) -> None:
    """The over-supplied zones, their practitioners and what is beyond the threshold."""
    if not any(one.role == "over" for one in done.rule.classes):
        return
    heads, surplus = (done.over[name].drop_nulls().to_list() for name in ("practitioners", "surplus_fte"))
    zones = number(done.over.height, LANG)
    practitioners = number(sum(heads), LANG) if heads else "–"
    screen = console()
    screen.print(f"\n[bold]{say('Zones sur-dotées ou denses', 'Over-supplied or dense zones')}[/]")
    screen.print(
        say(
            f"{zones} zones, {practitioners} praticiens, {number(sum(surplus), LANG)} équivalents temps plein au-delà "
            "du seuil : c'est ce que des départs non remplacés sur place pourraient, au plus, rediriger.",
            f"{zones} zones, {practitioners} practitioners, {number(sum(surplus), LANG)} FTE beyond the threshold: "
            "what departures not replaced there could redirect at most.",
        ),
        soft_wrap=True,
    )
    if done.rule.one_for_one:
        screen.print(
            say(
                "[dim]Un pour un : une installation y suit un départ. Installations par an et par zone : données non "
                "disponibles.[/]",
                "[dim]One for one: an installation there follows a departure. Installations a year by zone: data not "
                "available.[/]",
            ),
            soft_wrap=True,
        )


def _print_borderline(observatory: Observatory, done: Applied) -> None:
    from rich.table import Table

    from vigie.editions import zoning_words as words

    definition = observatory.indicator(done.rule.indicator or "")
    near = done.zones.filter(done.zones["borderline"])
    count = near.height
    zones = plural(count, say("zone limite", "borderline zone"), say("zones limites", "borderline zones"), LANG)
    title = say(
        f"\n{number(count, LANG)} {zones} sur {number(done.zones.height, LANG)} (à 5\u202f% d'un seuil ou moins)",
        f"\n{number(count, LANG)} {zones} of {number(done.zones.height, LANG)} (within 5% of a threshold)",
    )
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column(say("zone", "zone"))
    table.add_column(say("classe", "class"))
    for heading in (
        say("valeur", "value"),
        say("seuil", "threshold"),
        say("ETP", "FTE"),
        say("stabilité", "stability"),
    ):
        table.add_column(heading, justify="right")
    for row in near.head(_LISTED).to_dicts():
        fte = "–" if row["fte"] is None else _signed(row["fte"])
        steady = "–" if row["stability"] is None else percent(100 * row["stability"], LANG, 0)
        table.add_row(
            f"{row['name']} ({row['zone']}){' *' if row['large'] else ''}",
            words.class_title(done.rule, row["class"], LANG),
            words.own_value(definition, row, LANG),
            words.value(definition, row["threshold"], LANG),
            fte,
            steady,
        )
    screen = console()
    screen.print(table)
    if any(near.head(_LISTED)["large"]):
        screen.print(
            say(
                "* bassin de vie de plus de 50\u202f000 habitants, que le territoire de vie-santé découpe.",
                "* bassin de vie over 50,000 inhabitants, which the territoire de vie-santé splits.",
            ),
            style="dim",
        )
    if count > _LISTED:
        screen.print(
            say(f"{_LISTED} montrées ; toutes : --json ou --output zones.csv.",
                f"{_LISTED} shown; all of them: --json or --output zones.csv."), style="dim"
        )  # fmt: skip


def _signed(amount: float) -> str:
    return ("+" if amount > 0 else "") + number(amount, LANG, 1 if abs(amount) >= 0.05 else 2)


# A territory ----------------------------------------------------------------------------------------------------------


def _of_territory(observatory: Observatory, asked: _Asked, territory: Territory, as_json: bool) -> None:
    from rich.markup import escape

    from vigie.editions import zoning_words as words
    from vigie.editions.zoning import zones_of_territory

    done = asked.applied(observatory)
    own = zones_of_territory(observatory, done, territory)
    definition = observatory.indicator(done.rule.indicator or "")
    if as_json:
        print_json(
            {
                "edition": observatory.id,
                "territory": asdict(territory),
                "rule": done.rule.model_dump(mode="json"),
                "period": done.period,
                "mesh": done.mesh,
                "zones": [{**row, "why": words.why(done.rule, row, definition, LANG)} for row in own.to_dicts()],
                "neighbourhoods": _neighbourhoods(observatory, done, territory),
            }
        )
        return
    _print_rule(observatory, done)
    screen = console()
    screen.print(f"\n[bold]{escape(territory.name)}[/] ({territory.key})")
    for row in own.head(_LISTED).to_dicts():
        title = words.class_title(done.rule, row["class"], LANG)
        people = number(row["population"], LANG)
        screen.print(
            f"\n[bold]{escape(row['name'])}[/] ({row['zone']}, {people} {say('habitants', 'people')}, "
            f"{row['communes']} {plural(row['communes'], 'commune', 'communes', LANG)}){say(chr(0x202F), '')}: "
            f"[bold]{title}[/]"
        )
        for sentence in words.why(done.rule, row, definition, LANG):
            screen.print(f"  {sentence}", soft_wrap=True)
    _print_pairs(observatory, done, own["zone"].to_list())
    _print_neighbourhoods(observatory, done, territory)
    if own.height > _LISTED:
        screen.print(
            say(f"{_LISTED} zones montrées sur {own.height} ; toutes : --json.",
                f"{_LISTED} zones shown of {own.height}; all of them: --json."), style="dim"
        )  # fmt: skip


def _print_pairs(observatory: Observatory, done: Applied, zones: list[str]) -> None:
    """The under-dense zones within an hour of these dense ones, or the dense ones within an hour of these."""
    from vigie.editions.zoning import pairs_of

    found = pairs_of(observatory, done, zones)
    if found.is_empty():
        return
    screen = console()
    heading = say("Zones denses et sous-denses à moins d'une heure", "Dense and under-dense zones within an hour")
    screen.print(f"\n[bold]{heading}[/]")
    for row in found.head(_LISTED).to_dicts():
        practitioners = f"{_heads(row['dense_practitioners'])} / {_heads(row['under_practitioners'])}"
        screen.print(
            f"{row['dense_name']} → {row['under_name']}{say(chr(0x202F), '')}: {number(row['minutes'], LANG)} min, "
            f"{say('praticiens', 'practitioners')} {practitioners}"
        )
    screen.print(
        say(
            "Temps estimés de mairie à mairie (vol d'oiseau × 1,3, vitesses par densité) ; praticiens : effectifs.",
            "Times estimated from town hall to town hall (straight line × 1.3, speeds by density); practitioners: "
            "head counts.",
        ),
        style="dim",
    )


def _heads(count: float | None) -> str:
    return "–" if count is None else number(count, LANG)


# Comparisons ----------------------------------------------------------------------------------------------------------


def _compare(
    observatory: Observatory,
    asked: _Asked,
    compare: str | None,
    listed: Path | None,
    territory: Territory | None,
    output: Path | None,
    as_json: bool,
) -> None:
    from vigie.editions import zoning_compare as comparing

    zoning, field = asked.zoning(observatory, *comparing.rules_of(observatory, compare))
    other = (
        comparing.with_rule(observatory, zoning, field, compare)
        if compare is not None
        else comparing.with_list(zoning, field, listed or Path())
    )
    found = comparing.compared(observatory, zoning, other, field, territory)
    if output is not None:
        comparing.write(observatory, found, output)
    elif as_json:
        print_json(comparing.as_json(observatory, found))
    else:
        _print_compared(found)


def _keep(observatory: Observatory, asked: _Asked, file: Path) -> None:
    from vigie.editions.zoning_lists import bring

    zoning, field = asked.zoning(observatory)
    kept = bring(home(), zoning, field, file)
    address = f"/zonage/comparer?avant={kept.rule}&apres={kept.id}"
    console().print(say(f"Gardée : {kept.path.name}. À voir : {address}", f"Kept: {kept.path.name}. See: {address}"),
                    soft_wrap=True)  # fmt: skip


def _keep_regions(observatory: Observatory, asked: _Asked, file: Path) -> None:
    """Keep what an arrêté gives région by région, and say what the rule does with it."""
    from vigie.editions.zoning import region_codes
    from vigie.editions.zoning_regions import bring

    rule = bring(home(), asked.found(observatory), file, region_codes(observatory))
    parts = [(one.id, len(one.regions)) for one in rule.classes if one.regions]
    parts += [(one.id, len(one.regions)) for one in rule.moves if one.regions]
    told = ", ".join(
        f"{name} ({count} {plural(count, say('région', 'région'), say('régions', 'régions'), LANG)})"
        for name, count in parts
    )
    console().print(
        say(
            f"Gardé pour {rule.id} : {told}. Employé dès maintenant : vigie zone {rule.id}\n"
            "Les pages des territoires et l'API l'emploient après vigie build.",
            f"Kept for {rule.id}: {told}. Used from now on: vigie zone {rule.id}\n"
            "Pages of territories and the API use it after vigie build.",
        ),
        soft_wrap=True,
    )  # fmt: skip


def _keep_neighbourhoods(observatory: Observatory, file: Path) -> None:
    """Keep the list of priority neighbourhoods, and say which rules use it."""
    from vigie.editions.zoning import edition_rules
    from vigie.editions.zoning_neighbourhoods import bring, place_codes

    listed = bring(home(), file, set(place_codes(observatory)))
    quarters = listed.unique("neighbourhood")
    count, people = quarters.height, quarters["people"].drop_nulls()
    rules = ", ".join(one.id for one in edition_rules(observatory).values() if one.neighbourhoods is not None)
    told = say("avec leur population", "with their people") if len(people) else say("sans population", "without people")
    word = plural(
        count, say("quartier prioritaire", "priority neighbourhood"),
        say("quartiers prioritaires", "priority neighbourhoods"), LANG,
    )  # fmt: skip
    console().print(
        say(f"Gardée : {number(count, LANG)} {word}, {told}. Règles qui les emploient : {rules}.",
            f"Kept: {number(count, LANG)} {word}, {told}. Rules that use them: {rules}."),
        soft_wrap=True,
    )  # fmt: skip


def _print_compared(found: Any) -> None:
    from rich.table import Table

    from vigie.editions import zoning_words as words

    screen = console()
    screen.print(f"[bold]{found.title(LANG)}[/]")
    if found.territory is not None:
        screen.print(f"{found.territory.name} ({found.territory.key})")
    table = Table(box=None, pad_edge=False)
    for heading in (say("avant", "before"), say("après", "after"), say("effet", "effect")):
        table.add_column(heading)
    for heading in (say("communes", "communes"), say("habitants", "people")):
        table.add_column(heading, justify="right")
    for row in found.changes.to_dicts():
        table.add_row(
            found.class_title("before", row["before"], LANG),
            found.class_title("after", row["after"], LANG),
            words.CHANGES[row["change"]].of(LANG),
            number(row["communes"], LANG),
            number(row["population"], LANG),
        )
    screen.print(table)
    for change in ("gains", "loses"):
        rows = found.communes.filter(found.communes["change"] == change).sort("population", descending=True)
        if rows.height:
            names = ", ".join(f"{row['name']} ({row['code']})" for row in rows.head(8).to_dicts())
            more = say(" et d'autres", " and others") if rows.height > 8 else ""
            verb = say("Gagnent", "Gain") if change == "gains" else say("Perdent", "Lose")
            screen.print(f"{verb}{say(chr(0x202F), '')}: {names}{more}.", soft_wrap=True)


# Files ----------------------------------------------------------------------------------------------------------------


def _export(observatory: Observatory, asked: _Asked, output: Path) -> None:
    from vigie.editions.zoning_files import write_zones

    write_zones(observatory, asked.applied(observatory), output, LANG)
    console().print(say(f"Écrit : {output}", f"Written: {output}"), soft_wrap=True)


def _write_dossier(observatory: Observatory, asked: _Asked, place: Territory | None, output: Path | None) -> None:
    from vigie.editions.zoning_dossier import dossier, write_dossier
    from vigie.reports.desk import Desk
    from vigie.reports.making import write
    from vigie.reports.press import pdf
    from vigie.reports.zone_dossier import report

    if place is None:
        raise typer.BadParameter(
            say("un dossier porte sur un territoire.", "a dossier is on a territory."), param_hint="--territory"
        )
    zoning, field = asked.zoning(observatory)
    blocks = dossier(observatory, zoning, field, place, LANG)
    paths = write_dossier(blocks, f"zonage-{zoning.rule.id}-{place.level}-{place.code}", output or Path(), LANG)
    paths.append(paths[0].with_suffix(".pdf"))
    write(paths[-1], pdf(report(Desk(observatory), place, blocks, LANG)))
    for path in paths:
        console().print(say(f"Écrit : {path}", f"Written: {path}"), soft_wrap=True)
