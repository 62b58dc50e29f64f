"""Supply: from practitioners to what a site offers in a year.

In DREES's APL a practitioner counts for the acts of the year within a floor and a cap (3,600 and 6,000 for a GP, by
practice: DGOS 2018), shared between the places of practice, up to an age limit (65 or less for the zoning). The floor
shows in the published table: on islands with one GP, P*·APL = 3,600 to the rounding (Houat, Sein, Ouessant, Aix).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vigie.access.arrays import Floats, Integers, Mask, quantities, sums
from vigie.errors import InputError, Where

GP_FLOOR, GP_CAP = 3600.0, 6000.0  # acts a year and practice (DGOS FAQ 2018)
CONSULTATIONS_PER_ETP = 5400.0  # of the older series (ARS Bourgogne-Franche-Comté)


def bounded_activity(acts: npt.ArrayLike, floor: float = GP_FLOOR, cap: float = GP_CAP) -> Floats:
    """Acts a year brought up to ``floor`` and down to ``cap``; no act at all stays 0: the practice is not active.

    Raises InputError if the bounds are out of order, or an activity is missing or negative.
    """
    if not 0 <= floor <= cap:
        raise InputError(
            f"plancher {floor:g} et plafond {cap:g} : 0 ≤ plancher ≤ plafond attendu.",
            f"floor {floor:g} and cap {cap:g}: 0 ≤ floor ≤ cap expected.",
            where=Where(column="floor, cap"),
        )
    activity = quantities(acts, "acts")
    return np.where(activity > 0, np.clip(activity, floor, cap), 0.0)


def at_most_age(ages: npt.ArrayLike, limit: float) -> Mask:
    """The practitioners of ``limit`` years or less (≤). Raises InputError for an age missing or negative."""
    return quantities(ages, "age") <= limit


def shares_of_time(practitioner: npt.ArrayLike, time: npt.ArrayLike) -> Floats:
    """The share of each practice in its practitioner's time: one row per practice, adding up to 1 by practitioner.

    ``practitioner`` identifies whose practice it is; ``time`` is days, hours or acts, in any unit. A practitioner whose
    times are all 0 is split evenly. Raises InputError for a time missing or negative.
    """
    _, who = np.unique(np.asarray(practitioner), return_inverse=True)
    spent = quantities(time, "time", who.size)
    total = sums(who, spent, who.max(initial=-1) + 1)[who]
    places = np.bincount(who)[who]
    return np.where(total > 0, spent / np.where(total > 0, total, 1.0), 1.0 / places)


def supply_by_site(site: npt.ArrayLike, sites: int, amount: npt.ArrayLike, share: npt.ArrayLike = 1.0) -> Floats:
    """S_j for sites numbered 0 to ``sites`` − 1: Σ of ``amount`` × ``share`` over the practices at each.

    Raises InputError for a site out of range, an amount missing or negative, a share out of 0–1.
    """
    where: Integers = np.asarray(site, dtype=np.int64)
    if ((where < 0) | (where >= sites)).any():
        raise InputError(
            f"un cabinet est à un site hors de 0–{sites - 1}.",
            f"a practice is at a site out of 0–{sites - 1}.",
            where=Where(column="site"),
        )
    amounts = quantities(amount, "amount", where.size)
    shares = quantities(np.broadcast_to(np.asarray(share, dtype=np.float64), where.shape), "share", where.size)
    if (shares > 1).any():
        raise InputError("une part de temps dépasse 1.", "a share of time exceeds 1.", where=Where(column="share"))
    return sums(where, amounts * shares, sites)
