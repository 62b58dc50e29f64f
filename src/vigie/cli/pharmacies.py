"""The command about pharmacies: quota, last one of a commune, what its closing does, communes to take together."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.words import LANG, console, home, print_json, say
from vigie.language import NBSP, NNBSP, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigie.editions.observatory import Observatory, Territory
    from vigie.editions.pharmacy_words import Commune
    from vigie.zoning.pharmacies import Rule


class Only(StrEnum):
    """Which communes to list."""

    LAST = "last"
    ROOM = "room"
    FRAGILE = "fragile"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    help_ = say(
        "Pharmacies : quota, dernière de la commune, territoires fragiles.",
        "Pharmacies: quota, last of the commune, fragile territories.",
    )
    app.command("pharmacies", help=help_)(pharmacies)


def pharmacies(
    territory: Annotated[
        str | None,
        typer.Argument(
            metavar=say("[TERRITOIRE]", "[TERRITORY]"),
            help=say("Commune, EPCI, département, région… (sinon France).", "Commune, EPCI, région… (else France)."),
        ),
    ] = None,
    only: Annotated[
        Only | None,
        typer.Option(
            help=say(
                "Les communes à lister : dernière pharmacie, place sous le quota, territoire fragile.",
                "The communes to list: last pharmacy, room under the quota, fragile territory.",
            )
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help=say("Lignes à montrer.", "Rows to show."))] = 15,
    as_json: Annotated[bool, typer.Option("--json", help=say("En JSON.", "As JSON."))] = False,
) -> None:
    """Print the quota of pharmacies, what is there, what losing the last one does, and what may be grouped."""
    from vigie.editions import pharmacy_words as words
    from vigie.editions.observatory import open_edition
    from vigie.zoning.pharmacies import rule

    with open_edition(home()) as observatory:
        where = observatory.territory(territory or "france")
        found = _communes(observatory, where)
        if as_json:
            kept = _listed(found, only) if only else found
            print_json({"edition": observatory.id, "rule": rule().model_dump(mode="json"),
                        "communes": [asdict(one) for one in kept]})  # fmt: skip
            return
        names = words.commune_names(observatory)
        if where.level == "commune" and len(found) == 1 and only is None:
            _print_commune(found[0], rule(), names)
        else:
            console().print(f"[bold]{where.name}[/] ({where.key}). {say('Édition', 'Edition')} {observatory.id}.")
            if only is None:
                whole = where.level == "france"
                _print_summary(words.summary(observatory, "region") if whole else [_total(where, found)])
            _print_list(_listed(found, only or Only.LAST), only or Only.LAST, names, top)
        _print_rule(rule())


def _communes(observatory: Observatory, where: Territory) -> list[Commune]:
    """The communes of a territory; for an arrondissement, its whole city, the commune that the law counts."""
    from vigie.editions.pharmacy_words import read

    if where.level == "france":
        return read(observatory)
    inside = """p.code IN (SELECT coalesce(places.city, places.code) FROM memberships JOIN places
        ON places.code = memberships.place WHERE memberships.level = ? AND memberships.code = ?)"""
    return read(observatory, inside, [where.level, where.code])


def _listed(found: Sequence[Commune], only: Only) -> list[Commune]:
    """Those asked for, the ones that concern most people first."""
    if only is Only.LAST:
        last = [one for one in found if one.last and one.without_10 is not None]
        return sorted(last, key=lambda one: (-(one.without_20 or 0), -(one.without_10 or 0), one.code))
    if only is Only.ROOM:
        room = [one for one in found if one.situation == "room"]
        return sorted(room, key=lambda one: (-(one.population or 0), one.code))
    return sorted((one for one in found if one.groups), key=lambda one: (-one.kept[0].people, one.code))


def _total(where: Territory, found: Sequence[Commune]) -> dict[str, Any]:
    from vigie.editions.pharmacy_words import SITUATIONS

    counts = {name: sum(one.situation == name for one in found) for name in SITUATIONS}
    return {
        "code": where.code,
        "name": where.name,
        "communes": len(found),
        **counts,
        "present": sum(one.present or 0 for one in found),
        "last": sum(bool(one.last) for one in found),
        "without_10": sum(one.without_10 or 0 for one in found),
        "without_20": sum(one.without_20 or 0 for one in found),
        "anchors": sum(bool(one.groups) for one in found),
    }


def _print_commune(one: Commune, rule: Rule, names: Mapping[str, str]) -> None:
    from vigie.editions.pharmacy_words import sentences

    console().print(f"[bold]{one.name}[/] (commune:{one.code})")
    for sentence in sentences(one, rule, names):
        console().print(f"  {sentence.of(LANG)}", markup=False, soft_wrap=True)
    if one.kept:
        _print_groups(one, names)


def _print_groups(one: Commune, names: Mapping[str, str]) -> None:
    shown = [
        (
            " + ".join(names.get(code, code) for code in group.members),
            number(group.people, LANG),
            number(group.threshold, LANG),
            number(group.quota, LANG),
        )
        for group in one.kept
    ]
    title = say("Communes à compter ensemble", "Communes to count together")
    headings = (title, say("habitants", "inhabitants"), say("seuil", "threshold"), say("quota", "quota"))
    _print_table(headings, shown)
    more = (one.groups or 0) - len(one.kept)
    if more > 0:
        console().print(say(f"  et {more} autres groupes.", f"  and {more} more groups."), style="dim")


def _print_summary(rows: Sequence[Mapping[str, Any]]) -> None:
    names = ("present", "room", "full", "over", "last", "without_10", "without_20", "anchors")
    headings = (
        *(say("territoire", "territory"), say("pharmacies", "pharmacies"), say("sous quota", "under")),
        *(say("au quota", "at quota"), say("au-dessus", "above"), say("dernières", "last ones")),
        *(say("10 min", "10 min"), say("20 min", "20 min"), say("fragiles", "fragile")),
    )
    cells = [(row["name"], *("–" if row[name] is None else number(row[name], LANG) for name in names)) for row in rows]
    _print_table(headings, cells)
    console().print(
        say(
            "Communes sous, à ou au-dessus du quota ; communes qui n'ont qu'une pharmacie ; personnes qui n'en "
            "auraient plus à 10 ou 20 minutes si celle-ci fermait ; communes qui peuvent porter un territoire fragile.",
            "Communes under, at or above the quota; communes with a single pharmacy; people who would have none within "
            "10 or 20 minutes were it to close; communes that may carry a fragile territory.",
        ).replace(" ;", f"{NNBSP};"),
        style="dim",
    )


def _print_list(found: Sequence[Commune], only: Only, names: Mapping[str, str], top: int) -> None:
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    if only is Only.LAST:
        title = say("dernière pharmacie", "last pharmacy")
        headings = (title, say("habitants", "inhabitants"), say("sans, à 10 min", "without, 10 min"),
                    say("à 20 min", "20 min"), say("suivante", "next one"))  # fmt: skip
        rows = [
            (one.name, _or_dash(one.population), _or_dash(one.without_10), _or_dash(one.without_20), _next(one, names))
            for one in found[:top]
        ]
    elif only is Only.ROOM:
        headings = (say("place sous le quota", "room under the quota"), say("habitants", "inhabitants"),
                    say("quota", "quota"), say("présentes", "present"))  # fmt: skip
        rows = [(one.name, _or_dash(one.population), _or_dash(one.quota), _or_dash(one.present)) for one in found[:top]]
    else:
        headings = (say("territoire fragile possible", "possible fragile territory"),
                    say("habitants", "inhabitants"), say("communes", "communes"), say("groupes", "groups"))  # fmt: skip
        rows = [
            (
                " + ".join(names.get(code, code) for code in one.kept[0].members),
                _or_dash(one.kept[0].people),
                _or_dash(one.group_communes),
                _or_dash(one.groups),
            )
            for one in found[:top]
        ]
    if not rows:
        console().print(say("Aucune commune dans ce cas ici.", "No commune in that case here."))
        return
    _print_table(headings, rows)
    if len(found) > top:
        told = number(len(found), LANG)
        console().print(say(f"{top} communes sur {told} (--top).", f"{top} communes of {told} (--top)."), style="dim")


def _next(one: Commune, names: Mapping[str, str]) -> str:
    if one.next_code is None or one.next_minutes is None:
        return "–"
    return f"{names.get(one.next_code, one.next_code)}, {number(one.next_minutes, LANG)}{NBSP}min"


def _or_dash(value: float | None) -> str:
    return "–" if value is None else number(value, LANG)


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        left = place == 0 or heading in ("suivante", "next one")
        table.add_column(heading, justify="left" if left else "right", no_wrap=place == 0)
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _print_rule(rule: Rule) -> None:
    from vigie.editions.pharmacy_words import STATUSES

    colon = say(f"{NNBSP}:", ":")
    told = [*(one.source for one in rule.regimes), rule.reopening.source, rule.grouping.source, rule.travel.source]
    for source in told:
        console().print(
            f"{STATUSES[source.status].of(LANG)}{colon} {source.of(LANG)}.", style="dim", markup=False, soft_wrap=True
        )
    for one in rule.grouping.assumptions:
        console().print(
            f"{STATUSES['ours'].of(LANG)}{colon} {one.of(LANG)}.", style="dim", markup=False, soft_wrap=True
        )
