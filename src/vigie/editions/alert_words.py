"""What an alert says, in sentences made from its figures and nothing else: for the screen, the page and the feed."""

from __future__ import annotations

from datetime import date

from vigie.editions.observatory import Alert
from vigie.errors import Lang
from vigie.indicators import Definition
from vigie.indicators.alerts import Rule, Step
from vigie.language import NBSP, NNBSP, Text, number, plural

VOLETS = {
    "soins_programmes": Text("soins programmés", "planned care"),
    "soins_non_programmes": Text("soins non programmés", "unplanned care"),
    "aller_vers": Text("aller-vers", "reaching out"),
    "geographie": Text("accès géographique", "geographical access"),
}
SEVERITIES = {"moderate": Text("alerte", "alert"), "high": Text("alerte forte", "severe alert")}
STATUSES = {
    "official": Text("seuil officiel", "official threshold"),
    "official_elsewhere": Text(
        "seuil officiel, appliqué hors de son texte", "official threshold, applied outside its text"
    ),
    "ours": Text("seuil choisi par Vigie", "threshold chosen by Vigie"),
}
# INSEE's grid of density in seven levels, and all of them.
SPACES = {
    "all": Text("Ensemble", "All"),
    "1": Text("Grands centres urbains", "Large urban centres"),
    "2": Text("Centres urbains intermédiaires", "Intermediate urban centres"),
    "3": Text("Petites villes", "Small towns"),
    "4": Text("Ceintures urbaines", "Urban belts"),
    "5": Text("Bourgs ruraux", "Rural towns"),
    "6": Text("Rural à habitat dispersé", "Dispersed rural"),
    "7": Text("Rural à habitat très dispersé", "Very dispersed rural"),
}
_BEYOND = {
    "below": Text("sous le", "under"),
    "at_most": Text("au niveau ou sous le", "at or under"),
    "above": Text("au-dessus du", "over"),
    "at_least": Text("au niveau ou au-dessus du", "at or over"),
}
CHANGES = {
    "appeared": Text("apparue", "appeared"),
    "worsened": Text("aggravée", "worsened"),
    "eased": Text("atténuée", "eased"),
    "gone": Text("levée", "lifted"),
}


def size(alert: Alert, rule: Rule, definition: Definition) -> Text:
    """The value, what it is compared with and by how much it is beyond."""
    both = [_size(alert, rule, definition, lang) for lang in ("fr", "en")]
    return Text(*both)


def _size(alert: Alert, rule: Rule, definition: Definition, lang: Lang) -> str:
    value, when = _value(alert.value, definition, lang), period(alert.period, lang)
    colon = f"{NNBSP}: " if lang == "fr" else ": "
    start = f"{definition.short.of(lang)}{colon}{value} ({when})"
    if rule.kind == "threshold":
        limit = _value(alert.threshold, definition, lang)
        beyond = _BEYOND[alert.direction].of(lang)
        return (
            f"{start}, {beyond} seuil de {limit}." if lang == "fr" else f"{start}, {beyond} the threshold of {limit}."
        )
    base = f"{_value(alert.reference or 0, definition, lang)} ({period(alert.reference_period or '', lang)})"
    if rule.kind == "against_france":
        gap, limit = _points(alert.measure, definition, lang), _points(alert.threshold, definition, lang)
        if lang == "fr":
            return f"{start}, {gap} par rapport à la France, {base}{NNBSP}; alerte à partir de {limit}."
        return f"{start}, {gap} against France, {base}; an alert from {limit} on."
    if rule.kind == "difference":
        gap, limit = _points(alert.measure, definition, lang), _points(alert.threshold, definition, lang)
    else:
        gap, limit = (f"{_signed(one, 1, lang)}{_percent(lang)}" for one in (alert.measure, alert.threshold))
    if lang == "fr":
        return f"{start}, soit {gap} depuis {base}{NNBSP}; alerte à partir de {limit}."
    return f"{start}, that is {gap} since {base}; an alert from {limit} on."


def lasting(alert: Alert) -> Text:
    """Since when, as far as the measures at hand tell."""
    first = [period(alert.since, lang) for lang in ("fr", "en")]
    if alert.periods == 1 and alert.from_first:
        return Text("Une seule mesure à disposition.", "Only one measure at hand.")
    if alert.from_first:
        return Text(
            f"À chaque mesure depuis {first[0]}, la première de cette série ({alert.periods} mesures).",
            f"At every measure since {first[1]}, the first of this series ({alert.periods} measures).",
        )
    if alert.periods == 1:
        return Text(
            f"Nouvelle{NNBSP}: ce n'était pas le cas à la mesure précédente.", "New: not so at the former measure."
        )
    return Text(
        f"Depuis {first[0]} ({alert.periods} mesures de suite).",
        f"Since {first[1]} ({alert.periods} measures running).",
    )


def people(alert: Alert) -> Text:
    """How many people it concerns, or how many live there; empty where it is not known."""
    if alert.people is None:
        return Text("", "")
    count = round(alert.people)
    fr, en = (
        f"{number(count, 'fr')} {plural(count, 'habitant', 'habitants', 'fr')}",
        f"{number(count, 'en')} {plural(count, 'inhabitant', 'inhabitants', 'en')}",
    )
    if alert.people_share is None:
        return Text(f"{fr} dans le territoire.", f"{en} in the territory.")
    shares = [
        number(alert.people_share, lang, 0 if alert.people_share >= 10 else 1) + _percent(lang) for lang in ("fr", "en")
    ]
    concerned = plural(count, "concerné", "concernés", "fr")
    return Text(f"{fr} {concerned} ({shares[0]} de la population).", f"{en} concerned ({shares[1]} of the population).")


def step(alert: Alert, rule: Rule) -> Step:
    """The step of the rule that the alert has reached, with the source of its threshold."""
    return next(one for one in rule.steps if one.severity == alert.severity)


def period(text: str, lang: Lang) -> str:
    """``2022-09-30`` as ``30 septembre 2022``; a year stays a year."""
    from babel.dates import format_date

    try:
        return format_date(date.fromisoformat(text), "long", locale="fr_FR" if lang == "fr" else "en_GB")
    except ValueError:
        return text


def _value(value: float, definition: Definition, lang: Lang) -> str:
    text = number(value, lang, definition.decimals)
    return text + (_percent(lang) if definition.unit.fr.startswith("%") else "")


def _points(value: float, definition: Definition, lang: Lang) -> str:
    unit = plural(abs(value), "point", "points", lang) if definition.unit.fr.startswith(("%", "point")) else ""
    return f"{_signed(value, definition.decimals, lang)}{NBSP}{unit}".rstrip(NBSP)


def _signed(value: float, decimals: int, lang: Lang) -> str:
    return ("+" if value > 0 else "") + number(value, lang, decimals)


def _percent(lang: Lang) -> str:
    return f"{NNBSP}%" if lang == "fr" else "%"
