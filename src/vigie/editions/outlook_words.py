"""The outlook of a territory in sentences, for its page and for its report."""

from __future__ import annotations

from collections.abc import Sequence

from vigie.editions.outlooks import Year
from vigie.editions.voice import Voice

UNDER_DENSE = 2.5  # consultations a year per inhabitant


def nothing_in_reach(central: Sequence[Year], nobody: Sequence[Year]) -> bool:
    """Whether no GP is within reach in any year, in 80 % of the draws."""
    return not any(round(one.apl_high or 0.0, 2) for one in (*central, *nobody))


def none_comes(speaker: Voice, central: Sequence[Year]) -> str:
    """What there is to say of a place without a GP within reach, now or later."""
    first, last = central[0].year, central[-1].year
    return speaker.tr(
        f"Aucun généraliste n'est à portée en {first}, et aucun ne s'y ajoute d'ici {last} dans 80 % des tirages : "
        "dans ce modèle, une commune sans généraliste n'en reçoit pas (hypothèse de Vigie).",
        f"No GP is within reach in {first}, and none comes by {last} in 80% of the draws: in this model a commune "
        "without a GP receives none (Vigie's hypothesis).",
    )


def if_nobody(speaker: Voice, nobody: Sequence[Year]) -> str:
    """What becomes of the access without any arrival; nothing where there is next to nothing to lose."""
    if not nobody or (nobody[-1].apl or 0.0) >= (nobody[0].apl or 0.0):
        return ""
    end = nobody[-1]
    value = speaker.number(end.apl or 0.0, 2)
    crossing = next((one.year for one in nobody if one.apl is not None and one.apl < UNDER_DENSE), None)
    fr = f"Si personne ne remplaçait ceux qui partent, l'APL serait de {value} en {end.year}"
    en = f"If nobody replaced those who leave, the APL would be {value} in {end.year}"
    if crossing is None:
        fr, en = f"{fr}, toujours au-dessus de 2,5", f"{en}, still above 2.5"
    elif crossing > nobody[0].year:
        fr, en = f"{fr} ; elle passerait sous 2,5 en {crossing}", f"{en}; it would pass under 2.5 in {crossing}"
    return speaker.tr(f"{fr}.", f"{en}.")


def practitioners(speaker: Voice, level: str, found: Sequence[Year]) -> str:
    """How many of the GPs counted here retire by the last year, and the chance that none is left without arrivals."""
    counted = found[0].doctors or 0.0
    if counted < 1:
        return ""
    leaving = sum(one.retired or 0.0 for one in found)
    several = counted >= 2
    decimals = 0 if leaving >= 10 else 1
    gps, gone = speaker.number(round(counted)), speaker.number(leaving, decimals)
    fr = (
        f"Des {gps} généralistes comptés ici, {gone} partiraient en moyenne en retraite d'ici {found[-1].year}"
        if several
        else f"Le généraliste compté ici partirait en retraite d'ici {found[-1].year} dans "
        f"{speaker.number(100 * min(leaving, 1.0))} % des tirages"
    )
    en = (
        f"Of the {gps} GPs counted here, {gone} would retire by {found[-1].year} on average"
        if several
        else f"The one GP counted here would retire by {found[-1].year} in "
        f"{speaker.number(100 * min(leaving, 1.0))}% of the draws"
    )
    none = found[-1].none
    if level == "commune" and several and none is not None and none >= 0.01:
        share = speaker.number(100 * none)
        fr += f" ; sans arrivée, il n'en resterait aucun dans {share} % des tirages"
        en += f"; without arrivals, none would be left in {share}% of the draws"
    return speaker.tr(f"{fr}.", f"{en}.")
