"""Calibrate on a published APL: fit, judge on what was hidden, and write the report and the fitted preset.

Two models are fitted (:mod:`vigie.access.fitting`): ``national``, whose few parameters are the same everywhere, and
``local``. The local one is judged three times on what it was not shown: one profession of each place, all of them in
places drawn at random, all of them in whole squares of 50 km.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vigie.access import fitting
from vigie.access.calibration import (
    Calibration,
    Published,
    Spreads,
    calibrate,
    hide_blocks,
    hide_one_each,
    hide_places,
    scores,
    soft_bands,
)
from vigie.editions.country import NEEDED, PROFESSIONS, Country, country, place_measures
from vigie.editions.inputs import gather, require
from vigie.editions.store import storage_errors
from vigie.editions.tables import reference_tables
from vigie.errors import UnknownNameError
from vigie.language import Text

Progress = Callable[[Text], None]

# Chosen by the scores on places and blocks hidden whole (docs/methods-access.md, "How the spreads were chosen").
NATIONAL = Spreads(
    speed=0,
    class_speed=0.02,
    area_speed=0,
    class_activity=0.3,
    area_activity=0,
    activity=0,
    together=0,
    misfit=0.2,
    unseen=0,
)
LOCAL = Spreads()
BANDS = soft_bands()

HIDDEN_SHARE = 0.2
BLOCK_KM = 50.0
SEED = 1


@dataclass(frozen=True)
class Test:
    """One way to judge a model: ``model``, the ``id`` of what it was not shown, and that in words."""

    id: str
    model: str
    title: Text


ONE_PROFESSION = "one_profession"
TESTS = (
    Test("national", "national", Text("modèle national, toutes les communes", "national model, every commune")),
    Test("seen", "local", Text("modèle local, rien de caché", "local model, nothing hidden")),
    Test(
        ONE_PROFESSION,
        "local",
        Text("modèle local, une profession cachée par commune", "local model, one profession hidden in each commune"),
    ),
    Test(
        "places",
        "local",
        Text(
            "modèle local, tout caché dans un cinquième des communes",
            "local model, everything hidden in a fifth of the communes",
        ),
    ),
    Test(
        "blocks",
        "local",
        Text(
            "modèle local, tout caché dans un cinquième des carrés de 50 km",
            "local model, everything hidden in a fifth of the squares of 50 km",
        ),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What a calibration gave: the two models, the supply by head count, and the scores of every test.

    ``scores`` has the columns of :func:`vigie.access.calibration.scores` and ``test``, ``model``.
    """

    country: Country
    calibrations: dict[str, Calibration]
    heads: dict[str, np.typing.NDArray[np.float64]]
    scores: pl.DataFrame
    iterations: int

    @property
    def tests(self) -> list[Test]:
        """The tests that were run, in order: with one profession, hiding one in each commune would leave nothing."""
        return [test for test in TESTS if test.id in self.scores["test"]]

    def correlations(self, test: str, group: str = "all", fewest: int = 2) -> dict[str, float | None]:
        """The correlation of each profession in a test, over a group of at least ``fewest`` places; None: undefined."""
        rows = self.scores.filter((pl.col("test") == test) & (pl.col("group") == group) & (pl.col("places") >= fewest))
        return dict(rows.select("profession", "correlation").iter_rows())


def from_inputs(
    folders: Sequence[Path],
    snapshots: Path | None,
    year: int,
    professions: Sequence[str] = (),
    regions: Sequence[str] = (),
    iterations: int = 70,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Gather the inputs as a build does (:func:`vigie.editions.inputs.gather`) and :func:`fit`.

    All professions and régions when none is named. Raises InputError for a year without a published APL or inputs that
    are absent or not what they promise, UnknownNameError for a profession or a région that does not exist.
    """
    strangers = [name for name in professions if name not in PROFESSIONS]
    if strangers:
        known = ", ".join(PROFESSIONS)
        raise UnknownNameError(
            f"profession inconnue : {', '.join(strangers)}. Professions : {known}.",
            f"unknown profession: {', '.join(strangers)}. Professions: {known}.",
        )
    progress(Text("Lecture des entrées", "Reading the inputs"))
    inputs = gather(folders, snapshots)
    require(inputs, NEEDED)
    reference, _ = reference_tables(inputs)
    whole = country(inputs, reference, place_measures(inputs, reference), year, regions)
    # In the order of the country, each once: the order that they are named in changes nothing.
    chosen = [name for name in PROFESSIONS if name in professions or not professions]
    return fit(whole, chosen, iterations, progress)


def fit(
    whole: Country,
    professions: Sequence[str],
    iterations: int = 70,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Fit both models to the professions of ``whole`` and judge them. Deterministic: what is hidden has a seed.

    Raises InputError for a profession with fewer than two published values.
    """
    published = [whole.published[name] for name in professions]
    nothing = [np.zeros(whole.places.height, dtype=bool)] * len(published)
    everything = [~mask for mask in nothing]
    found, frames = {}, []
    for test in TESTS if len(published) > 1 else [one for one in TESTS if one.id != ONE_PROFESSION]:
        hidden = _hidden(test.id, whole, len(published)) or nothing
        spreads = NATIONAL if test.model == "national" else LOCAL
        calibration = _fitted(whole, published, hidden, spreads, iterations, test.title, progress)
        judged = everything if hidden is nothing else hidden
        frames.append(_scores(whole, published, calibration.apl, judged, test))
        if hidden is nothing:
            found[test.model] = calibration
    heads = {each.name: each.heads * _activity(each) for each in published}
    return Outcome(whole, found, heads, pl.concat(frames), iterations)


def _hidden(test: str, whole: Country, professions: int) -> list[np.typing.NDArray[np.bool_]] | None:
    if test == ONE_PROFESSION:
        return hide_one_each(whole.places.height, professions, SEED)
    if test == "places":
        return hide_places(whole.places.height, professions, HIDDEN_SHARE, SEED)
    if test == "blocks":
        return hide_blocks(whole.points, professions, HIDDEN_SHARE, BLOCK_KM, SEED)
    return None


def _fitted(
    whole: Country,
    published: Sequence[Published],
    hidden: Sequence[np.typing.NDArray[np.bool_]],
    spreads: Spreads,
    iterations: int,
    title: Text,
    progress: Progress,
) -> Calibration:
    def tell(done: int) -> None:
        if done % 10 == 0:
            counted = f"{done}/{iterations}"
            progress(Text(f"{title.fr} ({counted})", f"{title.en} ({counted})"))

    progress(title)
    return calibrate(
        whole.points,
        whole.classes,
        published,
        hidden,
        areas=whole.areas,
        spreads=spreads,
        shape=BANDS,
        iterations=iterations,
        progress=tell,
    )


def _scores(
    whole: Country,
    published: Sequence[Published],
    model: dict[str, np.typing.NDArray[np.float64]],
    judged: Sequence[np.typing.NDArray[np.bool_]],
    test: Test,
) -> pl.DataFrame:
    density = np.char.add("density ", (whole.classes + 1).astype(np.str_))
    overseas = whole.places["departement"].str.starts_with("97").to_numpy()
    ground = np.where(overseas, "overseas", "mainland")
    both = [scores(published, model, judged, groups) for groups in (density, ground)]
    frame = pl.concat([both[0], both[1].filter(pl.col("group") != "all")])
    return frame.select(pl.lit(test.id).alias("test"), pl.lit(test.model).alias("model"), pl.all())


def residuals(outcome: Outcome) -> pl.DataFrame:
    """A row per place and profession: published, and for each model its value and model − published (null: unknown)."""
    places = outcome.country.places.select(
        "code", "name", "departement", "region", "bassin_de_vie", density=outcome.country.classes + 1
    )
    frames = []
    for name in outcome.heads:
        wanted = outcome.country.published[name].apl
        columns: dict[str, Any] = {"profession": pl.lit(name), "published": wanted}
        for model, calibration in outcome.calibrations.items():
            columns[model] = calibration.apl[name]
            columns[f"residual_{model}"] = calibration.apl[name] - wanted
        frames.append(places.with_columns(**columns))
    return pl.concat(frames).with_columns(pl.col(pl.Float64).round(4).fill_nan(None)).sort("profession", "code")


def preset_files(outcome: Outcome) -> dict[str, bytes]:
    """The files of the fitted preset, by name: what :func:`vigie.access.fitting.read` takes."""
    table = fitting.parquet(fitting.places_table(outcome.calibrations, outcome.heads))
    return {
        fitting.PRESET: _preset_toml(outcome, hashlib.sha256(table).hexdigest()).encode("utf-8"),
        fitting.PLACES: table,
    }


def models(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The parameters of each model: how freely it was fitted, and what came out for all France."""
    return {
        name: {
            "spreads": asdict(NATIONAL if name == "national" else LOCAL),
            "access_minutes": float(one.points.access[0]),
            "class_speed_kmh": one.class_speed.round(2).tolist(),
            "decays": {each: fitting.decay_table(decay) for each, decay in one.decays.items()},
        }
        for name, one in outcome.calibrations.items()
    }


def activity(outcome: Outcome) -> dict[str, float]:
    """What a head counts for on average, by profession, in the unit of the APL's numerator."""
    return {name: _activity(outcome.country.published[name]) for name in outcome.heads}


def _activity(published: Published) -> float:
    """Σ P*·APL / Σ heads: what the published APL makes of a head, over the places that have one."""
    seen = np.isfinite(published.apl)
    return float(published.demand[seen] @ published.apl[seen] / published.heads[seen].sum())


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files, each at once under its own name. Raises StorageError for a disk that is full or closed."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            aside = folder / f".{name}.part"
            aside.write_bytes(content)
            aside.replace(folder / name)


def _preset_toml(outcome: Outcome, checksum: str) -> str:
    whole = outcome.country
    head = {
        "id": f"apl-{whole.year}",
        "title_fr": f"Calage de Vigie sur l'APL {whole.year}",
        "title_en": f"Vigie's calibration on the APL of {whole.year}",
        "status": "ours",
        "note_fr": "Rien ici n'est officiel : la Drees ne publie ni ses temps de trajet, ni ses poids, ni l'activité. "
        "Les minutes calées ne sont pas des minutes de conduite.",
        "note_en": "Nothing here is official: DREES publishes neither its travel times, nor its weights, nor activity. "
        "Fitted minutes are not minutes of driving.",
        "year": whole.year,
        "snapshots": list(whole.snapshots),
        "iterations": outcome.iterations,
        "places_sha256": checksum,
    }
    parts = ["# Written by `vigie calibrate`: make it anew rather than edit it (docs/methods-access.md).", _toml(head)]
    for name, one in models(outcome).items():
        parts.append(
            f"\n[models.{name}]\n"
            + _toml({"access": round(one["access_minutes"], 4), "class_speed": one["class_speed_kmh"]})
        )
        parts.append(f"\n[models.{name}.spreads]\n" + _toml(one["spreads"]))
        parts += [f"\n[models.{name}.decays.{each}]\n{_toml(decay)}" for each, decay in one["decays"].items()]
    parts.append("\n[activity_per_head]\n" + _toml({k: round(v, 2) for k, v in activity(outcome).items()}))
    for row in outcome.scores.filter(pl.col("group") == "all").iter_rows(named=True):
        kept = {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items() if v is not None and k != "group"}
        parts.append("\n[[scores]]\n" + _toml(kept))
    return "".join(parts[:1]) + "\n" + "".join(parts[1:])


def _toml(values: Mapping[str, object]) -> str:
    """Keys with numbers, texts and lists of them: JSON writes these as TOML does."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
