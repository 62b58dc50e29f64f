"""The page « Qualité »: the checks of the edition served, what its figures are worth, and the proof of the software."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from vigie.editions.quality import quality_report
from vigie.indicators.reconciliation import quantities
from vigie.site import corrections, revision_log
from vigie.site.evidence import Evidence, Figure, evidence
from vigie.site.room import Room
from vigie.site.words import Speaker

_GROUPS = {"all": ("toutes les communes", "all communes"), "departement": ("départements", "départements"),
           "epci": ("EPCI", "EPCIs"), "france": ("France", "France")}  # fmt: skip
_CADENCES = {
    "yearly": ("chaque année", "every year"),
    "quarterly": ("chaque trimestre", "every quarter"),
    "monthly": ("chaque mois", "every month"),
    "irregular": ("sans régularité", "irregular"),
    "once": ("une fois", "once"),
}
_TWO = re.compile(r"([^\W\d]+) / ([^\W\d]+)")  # what a check found is written once: écart / gap 0
_KNOWN_LEVELS = ("commune", "epci", "departement")


def context(room: Room, speaker: Speaker) -> dict[str, Any]:
    """What the template of the page shows."""
    report = report_of(room)
    failed = [one for one in report["checks"] if not one["passed"]]
    return {
        "checks": [_check(speaker, one) for one in [*failed, *(one for one in report["checks"] if one["passed"])]],
        "passed": report["passed"],
        "failed": len(failed),
        "agreement": [_agreement(room, speaker, one) for one in report["agreement"]],
        "coverage": _coverage(room, speaker, report["coverage"]),
        "backtest": [_backtest(speaker, one) for one in report["backtest"] if _shown(one)],
        "reconciliation": [_reconciled(speaker, one) for one in report["reconciliation"]],
        "transcription": report["transcription"],
        "releases": [_release(speaker, one) for one in report["releases"]],
        "corrections": corrections.listed(speaker),
        "revisions": [_revision(room, speaker, one) for one in revision_log.revisions(room)],
        "evidence": [_evidence(speaker, one) for one in evidence()],
    }


def report_of(room: Room) -> dict[str, Any]:
    """The report of the edition, made once."""
    return room.once("quality", lambda: quality_report(room.observatory))


def _check(speaker: Speaker, row: dict[str, Any]) -> dict[str, Any]:
    found = _TWO.sub(r"\1" if speaker.lang == "fr" else r"\2", row["found"])
    failure = speaker.tr("échec", "failed") if row["severity"] == "error" else speaker.tr("doute", "doubt")
    result = speaker.tr("passé", "passed") if row["passed"] else failure
    title = speaker.tr(row["title_fr"], row["title_en"])
    return {"title": title, "passed": row["passed"], "result": result, "found": speaker.tr(found, found)}


def _agreement(room: Room, speaker: Speaker, row: dict[str, Any]) -> dict[str, str]:
    definition = room.indicators[row["indicator"]]
    return {
        "title": speaker.of(definition.title),
        "indicator": row["indicator"],
        "unit": speaker.of(definition.unit),
        "level": speaker.level(row["level"], many=True),
        "territories": speaker.number(row["territories"]),
        "correlation": speaker.number(row["correlation"], 2),
        "error": speaker.number(row["error"], 2),
        "mean": speaker.number(row["mean"], 2),
        "within": _share(speaker, row["within"]),
    }


def _coverage(room: Room, speaker: Speaker, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line an indicator known by commune, EPCI or département, with the share known at each."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["level"] in _KNOWN_LEVELS and row["indicator"] in room.indicators:
            found.setdefault(row["indicator"], {})[row["level"]] = row
    return [
        {
            "indicator": one.id,
            "title": speaker.of(one.title),
            "period": speaker.period(max(row["period"] for row in found[one.id].values())),
            "levels": [_known(speaker, found[one.id].get(level)) for level in _KNOWN_LEVELS],
        }
        for one in room.definitions
        if one.id in found
    ]


def _known(speaker: Speaker, row: dict[str, Any] | None) -> str:
    return "–" if row is None else f"{speaker.number(row['known'])} / {speaker.number(row['territories'])}"


def _shown(row: dict[str, Any]) -> bool:
    return row["group"] in _GROUPS and row["spread"] in ("used", "earlier")


def _backtest(speaker: Speaker, row: dict[str, Any]) -> dict[str, str]:
    used = row["spread"] == "used"
    return {
        "span": f"{row['base']} → {row['year']}",
        "group": speaker.tr(*_GROUPS[row["group"]]),
        "spread": speaker.tr("étalement retenu", "spread retained") if used
        else speaker.tr("étalement calé avant", "spread fitted before"),
        "territories": speaker.number(row["territories"]),
        "error": speaker.number(row["error"], 3),
        "kept": speaker.number(row["kept"], 3),
        "coverage": _share(speaker, row["coverage"]),
    }  # fmt: skip


def _reconciled(speaker: Speaker, row: dict[str, Any]) -> dict[str, str]:
    quantity = quantities().get(row["quantity"])
    shorts = {} if quantity is None else {one.id: speaker.of(one.short) for one in quantity.counts}
    return {
        "title": row["quantity"] if quantity is None else speaker.of(quantity.title),
        "level": speaker.level(row["level"], many=True),
        "pair": " / ".join(shorts.get(row[side], row[side]) for side in ("first", "second")),
        "territories": speaker.number(row["territories"]),
        "difference": _share(speaker, row["difference"]),
        "explained": speaker.number(row["explained"]),
    }


def _release(speaker: Speaker, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": speaker.tr(row["title_fr"], row["title_en"]),
        "producer": speaker.tr(row["producer"], row["producer"]),
        "landing": row["landing"],
        "period": _day(speaker, row["period_end"])
        if row["at_hand"]
        else speaker.tr("absent de l’édition", "not in it"),
        "months": "–" if row["months"] is None else speaker.number(row["months"]),
        "cadence": speaker.tr(*_CADENCES[row["cadence"]]),
        "expected": _day(speaker, row["expected"]),
        "basis": {
            "announced": speaker.tr("annoncée", "announced"),
            "cadence": speaker.tr("calculée", "reckoned"),
            "none": speaker.tr("inconnue", "unknown"),
        }[row["basis"]],
        "announced_at": row["announced_at"],
        "late": _late(speaker, row),
    }


def _late(speaker: Speaker, row: dict[str, Any]) -> str:
    if row["late"] is None:
        return ""
    if not row["late"]:
        return speaker.tr("à jour", "up to date")
    return speaker.tr("attendue depuis ", "due for ") + speaker.count(row["late"], *speaker_months(speaker))


def speaker_months(speaker: Speaker) -> tuple[str, str]:
    """``mois`` does not change in French."""
    return ("mois", "mois") if speaker.lang == "fr" else ("month", "months")


def _day(speaker: Speaker, day: date | None) -> str:
    return "–" if day is None else speaker.date(day)


def _revision(room: Room, speaker: Speaker, row: dict[str, Any]) -> dict[str, str]:
    definition = room.indicators.get(row["indicator"])
    return {
        "edition": row["edition"],
        "before": row["before"],
        "indicator": row["indicator"] if definition else "",
        "title": row["indicator"] if definition is None else speaker.of(definition.title),
        "level": speaker.level(row["level"]),
        **{name: speaker.number(row[name]) for name in ("added", "removed", "changed")},
        "why": speaker.tr(row["why_fr"], row["why_en"]),
    }


def _evidence(speaker: Speaker, one: Evidence) -> dict[str, Any]:
    return {
        "title": speaker.of(one.title),
        "what": speaker.of(one.what),
        "command": one.command,
        "date": "" if one.date is None else speaker.date(one.date),
        "machine": "" if one.machine is None else speaker.of(one.machine),
        "commit": one.commit or "",
        "figures": [_figure(speaker, figure) for figure in one.figures],
        "note": "" if one.note is None else speaker.of(one.note),
        "missing": "" if one.missing is None else speaker.of(one.missing),
    }


def _figure(speaker: Speaker, one: Figure) -> dict[str, str]:
    unit = "" if one.unit is None else speaker.of(one.unit)
    return {
        "label": speaker.of(one.label),
        "value": speaker.tr(*(f"{speaker.number(one.value, one.decimals)} {unit}".strip(),) * 2),
        "target": "" if one.target is None else speaker.of(one.target),
    }


def _share(speaker: Speaker, value: float | None) -> str:
    if value is None:
        return "–"
    return speaker.tr(*(f"{speaker.number(100 * value, 1)}" + (" %" if speaker.lang == "fr" else "%"),) * 2)
