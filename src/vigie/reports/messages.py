"""The three messages of a report: what its figures support, in plain sentences. Each rule reads figures and no more.

A rule gives a message, or None where the figures that it needs are not there. The first message is always about the
access to GPs; the two others are those of the most weight. Weights are ours: they order what is told, and show nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vigie.editions.figures import KNOWN
from vigie.reports.facts import PROFESSIONS, UNDER_DENSE, VERY_UNDER, Facts, known
from vigie.territories.phrases import phrases, sentence

_COVERED = ("commune", "epci", "bassin_de_vie", "departement", "region", "france")  # where Drees's APL is aggregated
FAR = 30.0  # minutes to an emergency department, the threshold of the alert
_NUMBERS_FR = ("aucune", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")
_NUMBERS_EN = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NAMES = {
    "apl_infirmiers": ("les infirmiers", "nurses"),
    "apl_kines": ("les masseurs-kinésithérapeutes", "physiotherapists"),
    "apl_sages_femmes": ("les sages-femmes", "midwives"),
    "apl_dentistes": ("les chirurgiens-dentistes", "dentists"),
}


@dataclass(frozen=True)
class Message:
    """What a report says first: a title, its sentences, and a tone: low (a difficulty), fair, or none."""

    theme: str
    title: str
    text: str
    tone: str
    weight: float


def three(facts: Facts) -> list[Message]:
    """The access to GPs, then the two other messages of the most weight."""
    others = [found for rule in RULES if (found := rule(facts)) is not None]
    return [access(facts), *sorted(others, key=lambda one: -one.weight)[:2]]


def story(facts: Facts) -> list[Message]:
    """The access to GPs, then the other messages, those of the most weight first; without the comparable territories.

    What it takes is read in no time: quantiles of neighbours are left to those who print them.
    """
    others = [found for rule in RULES if rule is not alike and (found := rule(facts)) is not None]
    return [access(facts), *sorted(others, key=lambda one: -one.weight)]


# The access to GPs ------------------------------------------------------------------------------------------------


def access(facts: Facts) -> Message:
    """How many consultations are within reach, against the département, France and the threshold."""
    tr, last = facts.voice.tr, facts.last("apl_mg")
    if (last is None or last.value is None) and facts.territory.level not in _COVERED:
        title = tr("L'accès aux soignants n'est pas calculé ici", "Access to professionals is not computed here")
        return Message("access", title, _of_unknown_places(facts), "none", 100)
    if facts.territory.population == 0:
        title = tr("Cette commune n'a pas d'habitant", "This commune has no inhabitant")
        said = tr("Aucune accessibilité ne s'y calcule.", "No accessibility is computed there.")
        return Message("access", title, said, "none", 100)
    if last is None or last.value is None:
        why = tr(
            f"Aucune valeur d'accessibilité (APL) n'est publiée {facts.phrases.at} : la Drees ne couvre pas ce "
            "territoire. L'observatoire ne met aucun autre chiffre à la place.",
            f"No accessibility (APL) is published {facts.phrases.at}: Drees does not cover it. The observatory puts no "
            "other figure in its place.",
        )
        title = tr("L'accès aux généralistes n'est pas mesuré", "Access to GPs is not measured")
        return Message("access", title, why, "none", 100)
    value = last.value
    mean = "" if facts.territory.level == "commune" else tr(" en moyenne", " on average")
    text = tr(
        f"{sentence(facts.phrases.at)}, un habitant a accès{mean} à {facts.value(last)} consultations ou visites de "
        f"médecin généraliste par an ({last.period}){_against(facts, last.period)}. Le seuil de sous-densité est de "
        f"2,5.{_since(facts)}",
        f"{sentence(facts.phrases.at)} an inhabitant has access{mean} to {facts.value(last)} GP consultations "
        "or visits "
        f"a year ({last.period}){_against(facts, last.period)}. The under-density threshold is 2.5.{_since(facts)}",
    )
    return Message("access", _heading(facts, value), text, "low" if value < UNDER_DENSE else "fair", 100)


def _of_unknown_places(facts: Facts) -> str:
    return facts.voice.tr(
        "Ce périmètre est connu par des chiffres publiés, non par la liste de ses communes : l'accessibilité "
        "(APL) ne peut "
        "pas y être calculée. Importer cette liste suffirait.",
        "This perimeter is known by published figures, not by the list of its communes: accessibility (APL) cannot be "
        "computed there. Importing that list would be enough.",
    )


def _heading(facts: Facts, value: float) -> str:
    tr = facts.voice.tr
    if value < VERY_UNDER:
        return tr("L'accès aux généralistes est très insuffisant", "Access to GPs is very insufficient")
    if value < UNDER_DENSE:
        return tr("L'accès aux généralistes est sous le seuil de sous-densité", "Access to GPs is under the threshold")
    france = known(facts.france, "apl_mg")
    if facts.territory.level == "france" or france is None or france.value is None:
        return tr("L'accès aux généralistes est au-dessus du seuil", "Access to GPs is above the threshold")
    if value < france.value:
        return tr(
            "L'accès aux généralistes est au-dessus du seuil, mais sous la moyenne nationale",
            "Access to GPs is above the threshold but under the national mean",
        )
    return tr(
        "L'accès aux généralistes est au-dessus de la moyenne nationale", "Access to GPs is above the national mean"
    )


def _against(facts: Facts, period: str) -> str:
    """« , contre 3,01 dans le Loiret et 3,74 en France »; nothing where neither is known for the period."""
    tr, parts = facts.voice.tr, []
    if facts.departement is not None:
        one = known(facts.above, "apl_mg", period)
        if one is not None:
            place = phrases("departement", facts.departement.code, facts.departement.name, facts.lang)
            parts.append(f"{facts.value(one)} {place.at}")
    whole = known(facts.france, "apl_mg", period)
    if facts.territory.level != "france" and whole is not None:
        parts.append(f"{facts.value(whole)} {tr('en France', 'in France')}")
    return tr(", contre ", ", against ") + tr(" et ", " and ").join(parts) if parts else ""


def _since(facts: Facts) -> str:
    """Since when it has been under the threshold, where it has been for several years of one series."""
    definition = facts.desk.indicators["apl_mg"]
    series = [
        one
        for one in facts.own.get("apl_mg", ())
        if one.status in KNOWN and one.value is not None and definition.unbroken(one.period)
    ]
    low = 0
    for one in reversed(series):
        if (one.value or 0) >= UNDER_DENSE:
            break
        low += 1
    if low < 2:
        return ""
    first = series[-low].period
    at_hand = (
        facts.voice.tr(", première année de cette série", ", the first year of this series")
        if low == len(series)
        else ""
    )
    return facts.voice.tr(
        f" Il est sous ce seuil à chaque mesure depuis {first}{at_hand}.",
        f" It has been under it at every measure since {first}{at_hand}.",
    )


# The others -------------------------------------------------------------------------------------------------------


def under(facts: Facts) -> Message | None:
    """The share of people who live in an under-dense commune."""
    share = facts.last("part_pop_apl_mg_inf_2_5")
    if share is None or share.value is None:
        return None
    tr, text = facts.voice.tr, facts.value(share)
    whole = known(facts.france, "part_pop_apl_mg_inf_2_5", share.period)
    france = "" if whole is None or facts.territory.level == "france" else facts.value(whole)
    if share.value < 0.05:
        said = tr(
            f"Toutes les communes sont au-dessus de 2,5 consultations par an et par habitant ({share.period})"
            + (f" ; en France, {france} de la population vit sous ce seuil." if france else "."),
            f"Every commune is above 2.5 consultations a year per inhabitant ({share.period})"
            + (f"; in France {france} of the population lives under that threshold." if france else "."),
        )
        title = tr("Aucun habitant ne vit dans une commune sous-dense", "Nobody lives in an under-dense commune")
        return Message("under", title, said, "fair", 30)
    very, earlier = facts.last("part_pop_apl_mg_inf_2"), facts.earlier(share)
    said = tr(
        f"C'est la part de la population dont la commune offre moins de 2,5 consultations par an et par habitant "
        f"({share.period})" + (f" ; elle est de {france} en France." if france else "."),
        f"This is the share of people whose commune offers fewer than 2.5 consultations a year per inhabitant "
        f"({share.period})" + (f"; it is {france} in France." if france else "."),
    )
    if very is not None and very.value and very.period == share.period:
        said += tr(
            f" Pour {facts.value(very)} des habitants, c'est moins de 2.",
            f" For {facts.value(very)} of inhabitants it is fewer than 2.",
        )
    if earlier is not None:
        said += tr(
            f" La part était de {facts.value(earlier)} en {earlier.period}.",
            f" The share was {facts.value(earlier)} in {earlier.period}.",
        )
    title = tr(
        f"{text} des habitants vivent dans une commune sous-dense",
        f"{text} of inhabitants live in an under-dense commune",
    )
    worse = whole is not None and whole.value is not None and share.value > whole.value
    return Message("under", title, said, "low" if worse or share.value >= 20 else "none", 40 + share.value)


def several(facts: Facts) -> Message | None:
    """How many of the four other professions are among the fifth of territories with the least access."""
    low = [name for name in PROFESSIONS[1:] if _fifth(facts, name) == 1]
    if not low:
        return None
    tr, count = facts.voice.tr, len(low)
    names = _enumerated(facts, [tr(*_NAMES[name]) for name in low])
    figures = (
        facts.voice.semicolon.join(_with_france(facts, name) for name in low)
        if facts.lang == "fr"
        else "; ".join(_with_france(facts, name) for name in low)
    )
    kind = facts.voice.level(facts.territory.level, many=True)
    title = (
        tr(
            f"{sentence(_NUMBERS_FR[count])} autres professions sont, elles aussi, peu accessibles",
            f"{sentence(_NUMBERS_EN[count])} other professions are hard to reach as well",
        )
        if count > 1
        else tr(f"L'accès est faible aussi pour {names}", f"Access is low for {names} as well")
        if (_fifth(facts, "apl_mg") or 5) <= 2
        else tr(f"L'accès est faible pour {names}", f"Access is low for {names}")
    )
    said = tr(
        f"Pour {names}, le territoire est dans le cinquième des {kind} où l'accès est le plus faible : {figures}.",
        f"For {names} the territory is in the fifth of {kind} with the least access: {figures}.",
    )
    return Message("several", title, said, "low", 32 + 13 * count)


def _with_france(facts: Facts, name: str) -> str:
    last = facts.last(name)
    assert last is not None
    whole = known(facts.france, name, last.period)
    france = facts.voice.tr(f" (France : {facts.value(whole)})", f" (France: {facts.value(whole)})") if whole else ""
    return f"{facts.voice.tr(*_NAMES[name]).removeprefix('les ')} {facts.value(last)}{france}"


def _fifth(facts: Facts, name: str) -> int | None:
    last = facts.last(name)
    spread = facts.desk.distributions(facts.territory.level).get((name, last.period)) if last else None
    return spread.fifth(last.value) if spread and last and last.value is not None else None


def _enumerated(facts: Facts, names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + facts.voice.tr(" et ", " and ") + names[-1]


def exposure(facts: Facts) -> Message | None:
    """What part of the access rests on GPs over 62, published for one year: all ages against 62 or less."""
    young = facts.last("apl_mg_62")
    whole = known(facts.own, "apl_mg", young.period) if young else None
    if young is None or whole is None or not whole.value or young.value is None:
        return None
    share, tr = 100 * (1 - young.value / whole.value), facts.voice.tr
    if share < 5:
        return None
    text = facts.voice.tr(*[f"{facts.voice.number(share)} %"] * 2)
    national = _national_exposure(facts, young.period)
    said = tr(
        f"En {young.period}, l'accès était de {facts.value(whole)} consultations par an avec tous les "
        "généralistes et de "
        f"{facts.value(young)} avec ceux de 62 ans ou moins : c'est ce qui resterait si aucun départ n'était remplacé."
        + (f" En France, cette part est de {national}." if national else ""),
        f"In {young.period} access was {facts.value(whole)} consultations a year with all GPs and {facts.value(young)} "
        "with those of 62 or less: what would be left if nobody who leaves were replaced."
        + (f" In France that share is {national}." if national else ""),
    )
    title = tr(
        f"{text} de l'accès aux généralistes repose sur des médecins de plus de 62 ans",
        f"{text} of the access to GPs rests on doctors over 62",
    )
    return Message("exposure", title, said, "low" if share >= 33 else "none", 1.6 * share)


def _national_exposure(facts: Facts, period: str) -> str:
    whole, young = known(facts.france, "apl_mg", period), known(facts.france, "apl_mg_62", period)
    if facts.territory.level == "france" or not whole or not young or not whole.value or young.value is None:
        return ""
    return facts.voice.tr(*[f"{facts.voice.number(100 * (1 - young.value / whole.value))} %"] * 2)


def emergencies(facts: Facts) -> Message | None:
    """The time to the nearest emergency department, or the share of people beyond half an hour."""
    tr, far, minutes = facts.voice.tr, facts.last("part_pop_urgences_30"), facts.last("temps_urgences")
    if far is not None and far.value is not None:
        return _beyond(facts, far.value, facts.voice.period(far.period))
    if minutes is None or minutes.value is None or minutes.value <= 20:
        return None
    time, when = facts.voice.number(minutes.value), facts.voice.period(minutes.period)
    title = tr(f"Les urgences sont à {time} minutes", f"Emergency care is {time} minutes away")
    limit = (
        tr("C'est au-delà du repère de 30 minutes", "That is beyond the mark of 30 minutes")
        if minutes.value > FAR
        else tr("C'est en deçà du repère de 30 minutes", "That is within the mark of 30 minutes")
    )
    said = tr(
        f"{limit} par la route jusqu'au service d'urgences le plus proche ({when}).",
        f"{limit} by road to the nearest emergency department ({when}).",
    )
    return Message("emergencies", title, said, "low" if minutes.value > FAR else "none", 20 + minutes.value)


def _beyond(facts: Facts, share: float, when: str) -> Message | None:
    tr, text = facts.voice.tr, facts.voice.tr(*[f"{facts.voice.number(share, 1)} %"] * 2)
    if share < 1:
        return None
    whole = known(facts.france, "part_pop_urgences_30")
    france = "" if whole is None or facts.territory.level == "france" else facts.value(whole)
    said = tr(
        f"C'est la part des habitants dont la commune est à plus de 30 minutes, par la route, du service d'urgences le "
        f"plus proche ({when})" + (f" ; elle est de {france} en France." if france else "."),
        f"This is the share of inhabitants whose commune is over 30 minutes by road from the nearest emergency "
        f"department ({when})" + (f"; it is {france} in France." if france else "."),
    )
    title = tr(
        f"{text} de la population vit à plus de 30 minutes des urgences",
        f"{text} of the population lives over 30 minutes from emergency care",
    )
    worse = whole is not None and share > (whole.value or 0)
    return Message("emergencies", title, said, "low" if worse else "none", 25 + share)


def movement(facts: Facts) -> Message | None:
    """How much the access to GPs has changed over the longest series with a constant field."""
    series = [
        one for one in facts.own.get("apl_mg_champ_constant", ()) if one.status in KNOWN and one.value is not None
    ]
    if len(series) < 5 or not series[0].value:
        return None
    first, last, tr = series[0], series[-1], facts.voice.tr
    change = 100 * ((last.value or 0) / (first.value or 1) - 1)
    if abs(change) < 5:
        return None
    text = facts.voice.tr(*[f"{facts.voice.number(abs(change))} %"] * 2)
    whole = _change(facts, first.period, last.period)
    title = (
        tr(
            f"L'accès aux généralistes a reculé de {text} depuis {first.period}",
            f"Access to GPs has fallen by {text} since {first.period}",
        )
        if change < 0
        else tr(
            f"L'accès aux généralistes a progressé de {text} depuis {first.period}",
            f"Access to GPs has grown by {text} since {first.period}",
        )
    )
    said = tr(
        f"Il est passé de {facts.value(first)} consultations par an et par habitant en {first.period} à "
        f"{facts.value(last)} en {last.period}, à champ constant{whole}.",
        f"It went from {facts.value(first)} consultations a year per inhabitant in {first.period} to "
        f"{facts.value(last)} "
        f"in {last.period}, over a constant field{whole}.",
    )
    return Message("movement", title, said, "low" if change < 0 else "fair", 25 + 1.2 * abs(change))


def _change(facts: Facts, first: str, last: str) -> str:
    ends = [known(facts.france, "apl_mg_champ_constant", period) for period in (first, last)]
    values = [one.value for one in ends if one is not None and one.value]
    if facts.territory.level == "france" or len(values) < 2:
        return ""
    change = 100 * (values[1] / values[0] - 1)
    text = ("+" if change > 0 else "−") + facts.voice.number(abs(change))
    return facts.voice.tr(f" ; en France, {text} %", f"; in France, {text}%")


def alike(facts: Facts) -> Message | None:
    """Where it stands among the territories most alike in structure."""
    strip = next((one for one in facts.strips if one.indicator == "apl_mg"), None)
    group = next((one for one in strip.groups if one.id == "neighbours"), None) if strip else None
    if strip is None or group is None:
        return None
    tr, cuts = facts.voice.tr, group.spread
    definition = facts.definition("apl_mg")
    middle, own = facts.voice.value(cuts.median, definition), facts.voice.value(strip.value, definition)
    counted = facts.voice.number(cuts.known)
    if strip.value < cuts.q1:
        title, tone, weight = (
            tr("Moins bien desservi que ses comparables", "Less well served than comparable territories"),
            "low",
            48,
        )
    elif strip.value > cuts.q3:
        title, tone, weight = (
            tr("Mieux desservi que ses comparables", "Better served than comparable territories"),
            "fair",
            46,
        )
    else:
        title, tone, weight = (
            tr("Un accès voisin de celui de ses comparables", "Access close to that of comparable territories"),
            "none",
            18,
        )
    said = tr(
        f"Parmi les {counted} territoires les plus proches par la population, l'âge, la densité et les conditions de "
        f"vie, la moitié offrent plus de {middle} consultations par an et par habitant ({strip.period}) ; ici, {own}.",
        f"Among the {counted} territories most alike in population, age, density and living conditions, half "
        "offer more "
        f"than {middle} consultations a year per inhabitant ({strip.period}); here, {own}.",
    )
    return Message("alike", title, said, tone, weight)


def doctors(facts: Facts) -> Message | None:
    """How many GPs practise there: what is told where little else is known."""
    count = facts.last("nombre_mg")
    if count is None or count.value is None:
        return None
    tr = facts.voice.tr
    if not count.value:
        title = tr("Aucun médecin généraliste n'exerce sur place", "No GP practises there")
        if facts.territory.population == 0:
            return None
        said = tr(
            f"La base permanente des équipements de l'Insee n'y en compte aucun ({count.period}) : l'accès dépend de "
            "l'offre des communes voisines.",
            f"Insee's permanent database of facilities counts none there ({count.period}): access depends on what "
            "neighbouring communes offer.",
        )
        last = facts.last("apl_mg")
        if last is not None and last.value == 0:
            said = tr(
                f"La base permanente des équipements de l'Insee n'y en compte aucun ({count.period}), et l'APL n'en "
                "trouve aucun à portée.",
                f"Insee's permanent database of facilities counts none there ({count.period}), and the APL finds none "
                "within reach.",
            )
        return Message("doctors", title, said, "none", 33)
    number = _told(facts, count.value, tr("médecin généraliste", "GP"), tr("médecins généralistes", "GPs"), "un")
    verb = tr("exerce" if count.value < 2 else "exercent", "practises" if count.value == 1 else "practise")
    nurses = facts.last("nombre_infirmiers")
    beside = (
        tr(
            f" On y compte aussi {facts.voice.count(nurses.value, 'infirmier', 'infirmiers')}.",
            f" There are also {facts.voice.count(nurses.value, 'nurse', 'nurses')}.",
        )
        if nurses is not None and nurses.value
        else ""
    )
    said = tr(
        f"Ils sont recensés par la base permanente des équipements de l'Insee ({count.period}).{beside}",
        f"They are counted by Insee's permanent database of facilities ({count.period}).{beside}",
    )
    if count.value < 2:
        said = said.replace("Ils sont recensés", "Il est recensé")
    return Message("doctors", f"{number} {verb} {facts.phrases.at}", said, "none", 14)


def _told(facts: Facts, value: float, one: str, many: str, alone: str) -> str:
    """A count at the beginning of a sentence, in letters up to nine: « Trois pharmacies »."""
    if value > 9 or value != int(value):
        return facts.voice.count(value, one, many)
    letters = facts.voice.tr(_NUMBERS_FR[int(value)] if value > 1 else alone, _NUMBERS_EN[int(value)])
    return f"{sentence(letters)} {one if value == 1 else many}"


def elderly(facts: Facts) -> Message | None:
    """The share of people of 75 or more, who use care the most."""
    share = facts.last("part_75_plus")
    if share is None or share.value is None:
        return None
    tr = facts.voice.tr
    whole = known(facts.france, "part_75_plus")
    france = "" if whole is None or facts.territory.level == "france" else facts.value(whole)
    title = tr(
        f"{facts.value(share)} des habitants ont 75 ans ou plus", f"{facts.value(share)} of inhabitants are 75 or over"
    )
    said = tr(
        f"Ce sont les âges où l'on consulte le plus ({share.period})" + (f" ; en France, {france}." if france else "."),
        f"These are the ages at which people consult most ({share.period})"
        + (f"; in France, {france}." if france else "."),
    )
    return Message("elderly", title, said, "none", 12)


def unplanned(facts: Facts) -> Message | None:
    """The share of emergency visits that needed no act, where it is published for the territory."""
    share = facts.last("ccmu1")
    if share is None or share.value is None or facts.territory.level == "france":
        return None
    tr, whole = facts.voice.tr, known(facts.france, "ccmu1")
    france = f" ; en France, {facts.value(whole)} ({whole.period})" if whole is not None else ""
    english = f"; in France, {facts.value(whole)} ({whole.period})" if whole is not None else ""
    title = tr(
        f"{facts.value(share)} des passages aux urgences sont sans gravité (CCMU 1)",
        f"{facts.value(share)} of emergency visits are without gravity (CCMU 1)",
    )
    said = tr(
        "État stable et sans acte : des passages qu'un médecin de ville aurait pu prendre en charge, selon la "
        f"Cour des comptes ({share.period}){france}.",
        "Stable and without any act: visits that a doctor in town could have seen, after the Cour des comptes "
        f"({share.period}){english}.",
    )
    high = whole is not None and share.value > 1.5 * (whole.value or 0)
    return Message("unplanned", title, said, "low" if high else "none", 15 + share.value)


def attached(facts: Facts) -> Message | None:
    """The share of adults without a médecin traitant, and the gap of those with C2S, where the territory has them."""
    share = facts.last("psmt")
    if share is None or share.value is None or facts.territory.level == "france":
        return None
    tr, when = facts.voice.tr, facts.voice.period(share.period)
    whole = known(facts.france, "psmt", share.period) or known(facts.france, "psmt")
    france, english = "", ""
    if whole is not None:
        other = "" if whole.period == share.period else f", {facts.voice.period(whole.period)}"
        france, english = f" ; en France, {facts.value(whole)}{other}", f"; in France, {facts.value(whole)}{other}"
    title = tr(
        f"{facts.value(share)} des adultes n'ont pas de médecin traitant",
        f"{facts.value(share)} of adults have no médecin traitant",
    )
    said = tr(
        f"Aucun, un médecin qui a cessé, ou un numéro fictif ({when}){france}.",
        f"None, one who stopped, or a fictitious number ({when}){english}.",
    )
    gap = facts.last("ecart_psmt_c2s")
    if gap is not None and gap.value is not None:
        points = facts.voice.number(abs(gap.value), 1)
        more_fr, more_en = ("de plus", "more") if gap.value >= 0 else ("de moins", "less")
        unit = "point" if abs(gap.value) < 2 else "points"
        at = facts.voice.period(gap.period)
        said += tr(
            f" Chez les bénéficiaires de la C2S, {points} {unit} {more_fr} que chez les autres ({at}).",
            f" Among C2S beneficiaries, {points} points {more_en} than among others ({at}).",
        )
    high = whole is not None and share.value > (whole.value or 0)
    return Message("attached", title, said, "low" if high else "none", 25 + 2 * share.value)


def pharmacies(facts: Facts) -> Message | None:
    """How many pharmacies there are: what is told where nearly nothing else is known."""
    count = facts.last("nombre_pharmacies")
    if count is None or count.value is None:
        return None
    tr = facts.voice.tr
    if not count.value:
        title = tr("Il n'y a pas de pharmacie sur place", "There is no pharmacy there")
    else:
        number = _told(facts, count.value, tr("pharmacie", "pharmacy"), tr("pharmacies", "pharmacies"), "une")
        title = tr(f"{number} sur place", f"{number} on the spot")
    said = tr(
        f"Selon la base permanente des équipements de l'Insee ({count.period}).",
        f"According to Insee's permanent database of facilities ({count.period}).",
    )
    return Message("pharmacies", title, said, "none", 5)


RULES: tuple[Callable[[Facts], Message | None], ...] = (
    under,
    several,
    exposure,
    emergencies,
    movement,
    alike,
    doctors,
    elderly,
    attached,
    unplanned,
    pharmacies,
)
