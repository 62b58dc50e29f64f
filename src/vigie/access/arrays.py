"""What every module of the room asks of the arrays it is given: their types, and checks that name the offender."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vigie.errors import InputError, Where

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_EXAMPLES = 3


def examples(positions: npt.NDArray[np.integer], ids: Sequence[str] | npt.NDArray[np.str_] | None) -> str:
    """The first few offenders, by their id where there is one: ``01001, 01002, 01004…``."""
    shown = [str(p) if ids is None else str(ids[int(p)]) for p in positions[:_EXAMPLES]]
    return ", ".join(shown) + ("…" if positions.size > _EXAMPLES else "")


def quantities(
    values: npt.ArrayLike, what: str, size: int | None = None, ids: Sequence[str] | npt.NDArray[np.str_] | None = None
) -> Floats:
    """``values`` as float64, one per place, finite and not negative.

    ``what`` is the column's name, for the message; ``size`` the number expected; ``ids`` name the offenders.
    Raises InputError for another shape, NaN, an infinity or a negative number.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or (size is not None and array.size != size):
        raise InputError(
            f"{array.shape} valeurs, {size} attendues.",
            f"{array.shape} values, {size} expected.",
            remedy_fr="Donnez une valeur par lieu, dans l'ordre des lieux.",
            remedy_en="Give one value per place, in the order of the places.",
            where=Where(column=what),
        )
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"valeurs absentes ou infinies\u202f: {bad.size} ({examples(bad, ids)}).",
            f"values missing or infinite: {bad.size} ({examples(bad, ids)}).",
            remedy_fr="Retirez ces lieux ou donnez-leur une valeur.",
            remedy_en="Drop these places or give them a value.",
            where=Where(column=what),
        )
    bad = np.flatnonzero(array < 0)
    if bad.size:
        raise InputError(
            f"valeurs négatives\u202f: {bad.size} ({examples(bad, ids)}).",
            f"negative values: {bad.size} ({examples(bad, ids)}).",
            remedy_fr="Une quantité est nulle ou positive.",
            remedy_en="A quantity is zero or positive.",
            where=Where(column=what, value=float(array[bad[0]])),
        )
    return array


def sums(groups: npt.NDArray[np.integer], values: Floats, size: int) -> Floats:
    """Σ of ``values`` by group number, for groups 0 to ``size`` − 1."""
    return np.bincount(groups, weights=values, minlength=size).astype(np.float64, copy=False)


def unique_ids(ids: Sequence[str] | npt.NDArray[np.str_], what: str) -> npt.NDArray[np.str_]:
    """``ids`` as an array of text. Raises InputError if one is empty or occurs twice."""
    array = np.asarray(ids, dtype=np.str_)
    different = set(array.tolist())
    if len(different) == array.size and "" not in different:
        return array
    values, counts = np.unique(array, return_counts=True)
    twice = np.flatnonzero(counts > 1)
    if twice.size:
        raise InputError(
            f"identifiants en double\u202f: {twice.size} ({examples(twice, values)}).",
            f"ids given twice: {twice.size} ({examples(twice, values)}).",
            remedy_fr="Chaque lieu doit avoir une seule ligne.",
            remedy_en="Each place must have a single row.",
            where=Where(column=what, value=str(values[twice[0]])),
        )
    raise InputError(
        "un identifiant est vide.",
        "an id is empty.",
        remedy_fr="Donnez un identifiant à chaque lieu.",
        remedy_en="Give every place an id.",
        where=Where(column=what),
    )
