"""The report of a calibration: in words (Markdown), as data (JSON), its residuals (CSV) and their maps (SVG)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from vigie.editions.calibrating import LOCAL, NATIONAL, Outcome, activity, models, residuals
from vigie.errors import Lang
from vigie.language import NNBSP, Text, number
from vigie.territories.geometry import inset

# Colours from too low to too high, readable without telling red from green, and what each stands for.
_COLOURS = ("#2166ac", "#92c5de", "#e0e0e0", "#f4a582", "#b2182b")
_CUTS = (-0.75, -0.25, 0.25, 0.75)  # in spreads of the published APL
_SHEET = 1000.0
FEWEST = 30  # places under which a correlation is not shown
# The correlation that Vigie aims at where the published figure was hidden; none is set for midwives.
AIMS = {"mg": 0.90, "infirmiers": 0.95, "kines": 0.95, "dentistes": 0.95}

_WHY = Text(
    """Ce qui manque pour s'approcher davantage :

- **les routes** : les temps sont des lignes droites à une vitesse locale ; rivières, estuaires, massifs et autoroutes
  n'y sont que par ce que l'APL des communes voisines en laisse deviner ;
- **l'activité** : la BPE compte des têtes ; la Drees compte des actes, avec un plancher et un plafond, et les
  remplaçants, les cabinets secondaires et les centres de santé, que la BPE ne dit pas ;
- **les poids** : la Drees ne publie pas ceux de ses décroissances ; les nôtres sont calés, par paliers de 5 minutes ;
- **l'arrondi des paliers** : deux communes voisines de part et d'autre d'un palier ont des APL très différentes, que
  seul le temps de trajet exact départage.

« Rien de caché » n'est pas une qualité de prévision : le modèle local y a vu les valeurs qu'il reproduit.""",
    """What is missing to come nearer:

- **roads**: times are straight lines at a local speed; rivers, estuaries, mountains and motorways are there only as far
  as the APL of neighbouring communes betrays them;
- **activity**: the BPE counts heads; DREES counts acts, with a floor and a cap, and locums, secondary practices and
  health centres, of which the BPE says nothing;
- **weights**: DREES does not publish those of its decays; ours are fitted, in steps of 5 minutes;
- **edges of the steps**: two neighbouring communes on either side of an edge have very different APLs, which only the
  exact travel time tells apart.

"Nothing hidden" is no quality of prediction: the local model has seen the values that it gives back.""",
)


def files(outcome: Outcome, lang: Lang) -> dict[str, bytes]:
    """The files of the report, by name: report.md, report.json, residuals.csv and a map per profession."""
    rows = residuals(outcome)
    found = {
        "report.md": _markdown(outcome, lang).encode("utf-8"),
        "report.json": (json.dumps(as_data(outcome), ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
        "residuals.csv": rows.write_csv().encode("utf-8"),
    }
    for profession in outcome.heads:
        own = rows.filter(pl.col("profession") == profession)
        found[f"residuals-{profession}.svg"] = _map(outcome, profession, own, lang).encode("utf-8")
    return found


def as_data(outcome: Outcome) -> dict[str, Any]:
    """What it was fitted on, the parameters found, and every score."""
    return {
        "year": outcome.country.year,
        "places": outcome.country.places.height,
        "snapshots": list(outcome.country.snapshots),
        "iterations": outcome.iterations,
        "status": "ours",
        "models": models(outcome),
        "activity_per_head": activity(outcome),
        "tests": {test.id: {"fr": test.title.fr, "en": test.title.en} for test in outcome.tests},
        "scores": outcome.scores.to_dicts(),
    }


def _markdown(outcome: Outcome, lang: Lang) -> str:
    def say(fr: str, en: str) -> str:
        return Text(fr, en).of(lang)

    whole = outcome.country
    parts = [
        say(f"# Calage sur l'APL {whole.year}", f"# Calibration on the APL of {whole.year}"),
        say(
            f"{number(whole.places.height, lang)} lieux ; calcul de Vigie, non de la Drees. "
            f"Sources : {', '.join(whole.snapshots)}.",
            f"{number(whole.places.height, lang)} places; computed by Vigie, not by DREES. "
            f"Sources: {', '.join(whole.snapshots)}.",
        ),
        *([] if whole.year == 2021 else [_OTHER_YEAR.of(lang)]),
        say("## À quel point on s'approche de la Drees", "## How near to DREES"),
        say(
            "Corrélation pondérée par la population standardisée :", "Correlation weighted by standardised population:"
        ),
        _by_test(outcome, "correlation", lang, lambda _, value: number(value, lang, 3)),
        _verdict(outcome, lang),
        say(
            "Erreur absolue moyenne, racine de l'erreur quadratique moyenne et biais (modèle − publié), dans l'unité "
            "de l'APL :",
            "Mean absolute error, root mean square error and bias (model − published), in the unit of the APL:",
        ),
        _errors(outcome, lang),
        say(
            "### Par classe de densité (1 la plus dense) et outre-mer", "### By density class (1 the densest), overseas"
        ),
        _by_group(outcome, lang),
        say("## Pourquoi pas plus près", "## Why not closer"),
        _WHY.of(lang),
        say("## Ce qui a été calé", "## What was fitted"),
        _parameters(outcome, lang),
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    return re.sub(r" ([:;»])", rf"{NNBSP}\1", text) if lang == "fr" else text


_OTHER_YEAR = Text(
    "L'offre (BPE) et les populations standardisées sont celles de 2021, les seules à disposition : l'activité calée "
    "absorbe ce qui a changé depuis.",
    "Supply (BPE) and standardised populations are those of 2021, the only ones at hand: fitted activity takes up what "
    "has changed since.",
)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _by_test(outcome: Outcome, column: str, lang: Lang, shown: Callable[[str, float], str]) -> str:
    rows = []
    for test in outcome.tests:
        own = outcome.scores.filter((pl.col("test") == test.id) & (pl.col("group") == "all"))
        values = dict(own.select("profession", column).iter_rows())
        rows.append([test.title.of(lang), *("–" if values[n] is None else shown(n, values[n]) for n in outcome.heads)])
    return _table([Text("ce qui est jugé", "what is judged").of(lang), *outcome.heads], rows)


def _verdict(outcome: Outcome, lang: Lang) -> str:
    """Which aims are reached on what was hidden, and by how much the others are missed."""
    aims = ", ".join(f"{name} {number(AIMS[name], lang, 2)}" for name in outcome.heads if name in AIMS)
    lines = []
    for test in outcome.tests:
        if test.id in ("national", "seen"):
            continue
        found = outcome.correlations(test.id)
        cells = [_against(name, found.get(name), lang) for name in outcome.heads if name in AIMS]
        lines.append(f"- {test.title.of(lang)} : {', '.join(cells)}".replace(" :", Text(" :", ":").of(lang)))
    head = Text(f"But de Vigie sur ce qui était caché : {aims}.", f"Vigie's aim on what was hidden: {aims}.")
    return "\n\n".join([head.of(lang), "\n".join(lines)]) if aims else ""


def _against(name: str, value: float | None, lang: Lang) -> str:
    if value is None:
        return Text(f"{name} non défini", f"{name} not defined").of(lang)
    missing = AIMS[name] - value
    if missing <= 0:
        return Text(f"{name} atteint", f"{name} reached").of(lang)
    short = number(missing, lang, 3)
    return Text(f"{name} manqué de {short}", f"{name} missed by {short}").of(lang)


def _errors(outcome: Outcome, lang: Lang) -> str:
    rows = []
    for test in outcome.tests:
        own = outcome.scores.filter((pl.col("test") == test.id) & (pl.col("group") == "all"))
        cells = []
        for row in own.iter_rows(named=True):
            three = [row["absolute_error"], row["error"], row["bias"]]
            cells.append(" ; ".join("–" if value is None else number(value, lang, 2) for value in three))
        rows.append([test.title.of(lang), *cells])
    return _table([Text("MAE ; RMSE ; biais", "MAE ; RMSE ; bias").of(lang), *outcome.heads], rows)


def _by_group(outcome: Outcome, lang: Lang) -> str:
    """The correlations of the national model and of the local one on places hidden whole, by group of places."""
    words = {"mainland": Text("métropole", "mainland"), "overseas": Text("outre-mer", "overseas")}
    rows = []
    groups = [group for group in outcome.scores["group"].unique().sort() if group != "all"]
    for test in (one for one in outcome.tests if one.id in ("national", "places")):
        for group in groups:
            found = outcome.correlations(test.id, group, FEWEST)
            if not found:
                continue
            name = (
                words[group].of(lang)
                if group in words
                else group.replace("density", Text("densité", "density").of(lang))
            )
            cells = ["–" if found.get(n) is None else number(found[n] or 0.0, lang, 3) for n in outcome.heads]
            rows.append([f"{test.title.of(lang)}, {name}", *cells])
    return _table([Text("corrélation", "correlation").of(lang), *outcome.heads], rows)


def _parameters(outcome: Outcome, lang: Lang) -> str:
    lines = []
    for name, one in models(outcome).items():
        speeds = ", ".join(number(speed, lang, 0) for speed in one["class_speed_kmh"])
        lines.append(
            Text(
                f"- modèle `{name}` : {number(one['access_minutes'], lang, 2)} min à chaque bout ; vitesses par classe "
                f"de densité (de la plus dense à la plus rurale) {speeds} km/h ;",
                f"- model `{name}`: {number(one['access_minutes'], lang, 2)} min at each end; speeds by density class "
                f"(from the densest) {speeds} km/h;",
            ).of(lang)
        )
        for profession, decay in one["decays"].items():
            knots = ", ".join(f"{start:g} min{NNBSP}: {number(level, lang, 2)}" for start, level in decay["line"])
            lines.append(f"  - {profession}{NNBSP}: {knots}, {decay['limit']:g} min{NNBSP}: 0")
    both = ((key, getattr(NATIONAL, key), getattr(LOCAL, key)) for key in LOCAL.__dataclass_fields__)
    freedom = ", ".join(
        f"`{key}` {number(national, lang, 2)} / {number(local, lang, 2)}" for key, national, local in both
    )
    lines.append(
        Text(f"- libertés (national / local) : {freedom}.", f"- spreads (national / local): {freedom}.").of(lang)
    )
    return "\n".join(lines)


def _map(outcome: Outcome, profession: str, rows: pl.DataFrame, lang: Lang) -> str:
    """The residuals of the national model by bassin de vie: a disc as large as its people, a colour by how far off."""
    areas = _by_area(outcome, profession, rows)
    x, y = inset(areas["lon"].to_numpy(), areas["lat"].to_numpy())
    frame = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    across = 40 + (x - x.min()) / frame * (_SHEET - 80)
    down = 90 + (y.max() - y) / frame * (_SHEET - 80)
    people = areas["people"].to_numpy()
    radius = np.clip(26.0 * np.sqrt(people / max(float(people.max()), 1.0)), 2.5, None)
    colour = np.array(_COLOURS)[np.searchsorted(_CUTS, areas["residual"].to_numpy())]
    title = Text(
        f"APL {outcome.country.year}, {profession} : modèle national − publiée, par bassin de vie",
        f"APL {outcome.country.year}, {profession}: national model − published, by bassin de vie",
    ).of(lang)
    discs = "\n".join(
        f'<circle cx="{left:.1f}" cy="{top:.1f}" r="{r:.1f}" fill="{fill}">'
        f"<title>{_escaped(name)} {gap:+.2f}</title></circle>"
        for left, top, r, fill, name, gap in zip(across, down, radius, colour, areas["name"], areas["gap"], strict=True)
    )
    height = float(down.max()) + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SHEET:.0f} {height:.0f}" '
        f'font-family="sans-serif" role="img" aria-label="{_escaped(title)}">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n<text x="20" y="30" font-size="20">{_escaped(title)}</text>\n'
        f"{_legend(lang)}\n"
        f'<g stroke="#fff" stroke-width="0.4">\n{discs}\n</g>\n</svg>\n'
    )


def _by_area(outcome: Outcome, profession: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Per bassin de vie: the name of its largest place, its people, its mean point, and the gap.

    ``gap`` is in the unit of the APL, ``residual`` in spreads of the published one.
    """
    published = outcome.country.published[profession]
    seen = np.isfinite(published.apl) & (published.demand > 0)
    wanted, people = published.apl[seen], published.demand[seen]
    spread = float(np.sqrt(np.average((wanted - np.average(wanted, weights=people)) ** 2, weights=people))) or 1.0
    points = outcome.country.places.select("code", "lon", "lat", people=published.demand)
    weight = pl.col("people")
    return (
        rows.join(points, on="code")
        .filter(pl.col("residual_national").is_not_null() & (weight > 0))
        .group_by("bassin_de_vie")
        .agg(
            gap=(pl.col("residual_national") * weight).sum() / weight.sum(),
            lon=(pl.col("lon") * weight).sum() / weight.sum(),
            lat=(pl.col("lat") * weight).sum() / weight.sum(),
            name=pl.col("name").sort_by("people").last(),
            people=weight.sum(),
        )
        .with_columns(residual=pl.col("gap") / spread)
        .sort("people", "bassin_de_vie", descending=True)
    )


def _legend(lang: Lang) -> str:
    words = (
        Text("bien trop bas (écart-type < −0,75)", "far too low (< −0.75 standard deviations)"),
        Text("trop bas", "too low"),
        Text("à 0,25 écart-type près", "within 0.25 standard deviations"),
        Text("trop haut", "too high"),
        Text("bien trop haut (> 0,75)", "far too high (> 0.75)"),
    )
    parts = []
    for place, (colour, text) in enumerate(zip(_COLOURS, words, strict=True)):
        left = 20 + 195 * place
        parts.append(f'<circle cx="{left + 6}" cy="56" r="6" fill="{colour}" stroke="#888"/>')
        parts.append(f'<text x="{left + 18}" y="60" font-size="11">{_escaped(text.of(lang))}</text>')
    return "\n".join(parts)


def _escaped(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(text, {'"': "&quot;"})
