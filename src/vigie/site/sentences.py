"""Where a territory stands, in plain sentences made from its figures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vigie.editions.figures import KNOWN, before, latest
from vigie.editions.observatory import Observation, Territory
from vigie.indicators import Definition
from vigie.site.words import Speaker

UNDER_DENSE = 2.5
_VERY_UNDER = 2.0


@dataclass(frozen=True)
class Standing:
    """The verdict on the access to GPs: a short heading, its tone (``low``, ``fair``, ``none``) and sentences."""

    heading: str
    tone: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What the sentences are made of."""

    territory: Territory
    indicators: Mapping[str, Definition]
    own: Mapping[str, list[Observation]]
    departement: Territory | None
    departements: Mapping[str, list[Observation]]
    france: Mapping[str, list[Observation]]


def standing(speaker: Speaker, facts: Facts) -> Standing:
    """What the page says first."""
    last = latest(facts.own.get("apl_mg", ()))
    if last is None or last.value is None:
        heading = speaker.tr(
            "L’accès aux médecins généralistes n’est pas mesuré ici", "Access to GPs is not measured here"
        )
        why = speaker.tr(
            "Aucune valeur d’APL n’est publiée pour ce territoire : l’observatoire ne la remplace par aucune autre.",
            "No APL is published for this territory: the observatory does not put another figure in its place.",
        )
        return Standing(heading, "none", (why, *_others(speaker, facts)))
    tone = "low" if last.value < UNDER_DENSE else "fair"
    sentences = (
        _value(speaker, facts, last),
        _since(speaker, facts, last),
        _compared(speaker, facts, last),
        *_others(speaker, facts),
    )
    return Standing(_heading(speaker, last.value), tone, tuple(one for one in sentences if one))


def _heading(speaker: Speaker, value: float) -> str:
    if value < _VERY_UNDER:
        return speaker.tr("Très peu de médecins accessibles", "Very few GPs within reach")
    if value < UNDER_DENSE:
        return speaker.tr("Sous le seuil de sous-densité", "Under the under-density threshold")
    if value < 3:
        return speaker.tr("Juste au-dessus du seuil de sous-densité", "Just above the under-density threshold")
    return speaker.tr("Au-dessus du seuil de sous-densité", "Above the under-density threshold")


def _value(speaker: Speaker, facts: Facts, last: Observation) -> str:
    text = speaker.value(last.value or 0, facts.indicators["apl_mg"])
    place = "ici" if facts.territory.level == "commune" else "en moyenne dans ce territoire"
    area = "here" if facts.territory.level == "commune" else "on average in this territory"
    return speaker.tr(
        f"En {last.period}, un habitant a accès {place} à {text} consultations ou visites de médecin généraliste "
        f"par an (APL). Le seuil de sous-densité est de 2,5.",
        f"In {last.period} an inhabitant has access {area} to {text} GP consultations or visits a year (APL). "
        f"The under-density threshold is 2.5.",
    )


def _since(speaker: Speaker, facts: Facts, last: Observation) -> str:
    """For how long the territory has been on its side of the threshold, in the series that goes on today.

    The years before its break are of another series, which its own name tells: alerts count as this sentence does.
    """
    definition = facts.indicators["apl_mg"]
    known = [one for one in _measured(facts, "apl_mg") if definition.unbroken(one.period)] or [last]
    low = (last.value or 0) < UNDER_DENSE
    same = len(known)
    while same and ((known[same - 1].value or 0) < UNDER_DENSE) == low:
        same -= 1
    first = known[same].period
    if first == last.period:
        return "" if not same else _crossed(speaker, low, known[same - 1])
    fr, en = _longer(facts, low, first) if same == 0 else ("", "")
    if low:
        return speaker.tr(
            f"Le territoire est sous ce seuil chaque année depuis {first}{fr}.",
            f"It has been under this threshold every year since {first}{en}.",
        )
    return speaker.tr(
        f"Il est resté au-dessus de ce seuil depuis {first}{fr}.",
        f"It has stayed above this threshold since {first}{en}.",
    )


def _measured(facts: Facts, indicator: str) -> list[Observation]:
    return [one for one in facts.own.get(indicator, ()) if one.status in KNOWN and one.value is not None]


def _longer(facts: Facts, low: bool, first: str) -> tuple[str, str]:
    """What is said, in both languages, of a stay that began before ``first``, the first year of today's series.

    The series on a constant field goes further back; it is not chained to the other, but named beside it.
    """
    fr, en = ", la première année de cette série", ", the first year of this series"
    constant = _measured(facts, "apl_mg_champ_constant")
    run = len(constant)
    while run and ((constant[run - 1].value or 0) < UNDER_DENSE) == low:
        run -= 1
    if run == len(constant) or constant[run].period >= first:
        return fr, en
    start = constant[run].period
    return f"{fr} (à champ constant, une autre série, depuis {start})", (
        f"{en} (over a constant field, another series, since {start})"
    )


def _crossed(speaker: Speaker, low: bool, previous: Observation) -> str:
    if low:
        return speaker.tr(
            f"Il est passé sous ce seuil : en {previous.period} il était encore au-dessus.",
            f"It has gone under this threshold: in {previous.period} it was still above.",
        )
    return speaker.tr(
        f"Il est repassé au-dessus de ce seuil : en {previous.period} il était en dessous.",
        f"It is above this threshold again: in {previous.period} it was under it.",
    )


def _compared(speaker: Speaker, facts: Facts, last: Observation) -> str:
    definition, value = facts.indicators["apl_mg"], last.value or 0
    parts = []
    local = latest(facts.departements.get("apl_mg", ()), last.period)
    if facts.departement is not None and local is not None and local.value is not None:
        text = speaker.value(local.value, definition)
        parts.append(speaker.tr(f"{text} dans le département ({facts.departement.name})",
                                f"{text} in the département ({facts.departement.name})"))  # fmt: skip
    whole = latest(facts.france.get("apl_mg", ()), last.period)
    if facts.territory.level != "france" and whole is not None and whole.value is not None:
        parts.append(speaker.tr(f"{speaker.value(whole.value, definition)} en France",
                                f"{speaker.value(whole.value, definition)} in France"))  # fmt: skip
    compared = speaker.tr("Pour comparer : ", "To compare: ") + speaker.tr(" et ", " and ").join(parts) + "."
    earlier = before(facts.own["apl_mg"], last, definition)
    if earlier is None:
        return compared if parts else ""
    change = speaker.change(value - (earlier.value or 0), definition)
    moved = speaker.tr(f"Évolution depuis {earlier.period} : {change}.", f"Change since {earlier.period}: {change}.")
    return f"{compared} {moved}" if parts else moved


def _others(speaker: Speaker, facts: Facts) -> list[str]:
    return [one for one in (_under(speaker, facts), _emergencies(speaker, facts), _doctors(speaker, facts)) if one]


def _known(facts: Facts, indicator: str) -> Observation | None:
    last = latest(facts.own.get(indicator, ()))
    return last if last is not None and last.value is not None else None


def _when(speaker: Speaker, one: Observation) -> str:
    """The period, and whether the figure is an estimate."""
    estimated = speaker.tr(", estimation", ", estimate") if one.status == "estimated" else ""
    return f"{speaker.period(one.period)}{estimated}"


def _under(speaker: Speaker, facts: Facts) -> str:
    share = _known(facts, "part_pop_apl_mg_inf_2_5")
    if share is None:
        return ""
    text = speaker.value(share.value or 0, facts.indicators["part_pop_apl_mg_inf_2_5"])
    return speaker.tr(
        f"{text} de la population vit dans une commune sous le seuil de 2,5 ({_when(speaker, share)}).",
        f"{text} of the population lives in a commune under the threshold of 2.5 ({_when(speaker, share)}).",
    )


def _emergencies(speaker: Speaker, facts: Facts) -> str:
    far, minutes = _known(facts, "part_pop_urgences_30"), _known(facts, "temps_urgences")
    if far is not None:
        text, when = speaker.value(far.value or 0, facts.indicators["part_pop_urgences_30"]), _when(speaker, far)
        return speaker.tr(
            f"{text} de la population vit à plus de 30 minutes d’un service d’urgences ({when}).",
            f"{text} of the population lives more than 30 minutes from an emergency department ({when}).",
        )
    if minutes is None:
        return ""
    if not minutes.value:
        return speaker.tr(
            f"Un service d’urgences se trouve sur place ({_when(speaker, minutes)}).",
            f"There is an emergency department there ({_when(speaker, minutes)}).",
        )
    time = speaker.value(minutes.value or 0, facts.indicators["temps_urgences"])
    return speaker.tr(
        f"Le service d’urgences le plus proche est à {time} minutes ({_when(speaker, minutes)}).",
        f"The nearest emergency department is {time} minutes away ({_when(speaker, minutes)}).",
    )


def _doctors(speaker: Speaker, facts: Facts) -> str:
    count = _known(facts, "nombre_mg")
    if count is None:
        return ""
    if not count.value:
        return speaker.tr(
            f"Aucun médecin généraliste n’exerce sur place ({count.period}).",
            f"No GP practises there ({count.period}).",
        )
    doctors = speaker.count(
        count.value,
        *(("médecin généraliste", "médecins généralistes") if speaker.lang == "fr" else ("GP", "GPs")),
    )
    verb = "exerce" if count.value < 2 else "exercent"
    there = "practises" if count.value == 1 else "practise"
    return speaker.tr(f"{doctors} {verb} sur place ({count.period}).", f"{doctors} {there} there ({count.period}).")
