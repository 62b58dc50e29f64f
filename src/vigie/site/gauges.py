"""What the service tells of itself: counts and times for Prometheus, a line a request for a log. No personal data.

Neither the address asked, nor its words, nor who asks is kept: only the kind of address, the status and the time.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

METRICS_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15)
_KINDS = {
    "api": "api", "static": "static", "territoire": "territory", "territoires": "feed", "carte": "map",
    "recherche": "search", "donnees": "data", "healthz": "probe", "readyz": "probe", "metrics": "probe",
}  # fmt: skip
_log = logging.getLogger("vigie.requests")


class Gauges:
    """The counts of one server."""

    def __init__(self) -> None:
        """Everything at zero."""
        self._registry = CollectorRegistry()
        here = self._registry
        self._answers = Counter("vigie_requests", "Answers sent", ["kind", "status"], registry=here)
        self._times = Histogram("vigie_request_seconds", "Time to answer", ["kind"], buckets=_SECONDS, registry=here)
        self._now = Gauge("vigie_requests_in_flight", "Requests being answered", registry=here)
        self._refused = Counter("vigie_requests_refused", "Requests refused above capacity", registry=here)
        self._edition = Info("vigie_edition", "The edition served", registry=here)

    @contextmanager
    def request(self, path: str) -> Iterator[list[int]]:
        """Count a request and its time; the block puts the status of its answer in the list."""
        status: list[int] = []
        start = time.perf_counter()
        self._now.inc()
        try:
            yield status
        finally:
            self._now.dec()
            seconds, name, code = time.perf_counter() - start, kind(path), status[-1] if status else 499
            self._answers.labels(name, str(code)).inc()
            self._times.labels(name).observe(seconds)
            if _log.isEnabledFor(logging.INFO):
                _log.info("", extra={"request": {"kind": name, "status": code, "ms": round(1000 * seconds, 1)}})

    def refused(self) -> None:
        """Count a refusal above capacity."""
        self._refused.inc()

    def exposition(self, edition: str) -> bytes:
        """The counts in Prometheus' text format."""
        self._edition.info({"id": edition})
        text: bytes = generate_latest(self._registry)
        return text


def kind(path: str) -> str:
    """What sort of address this is; ``page`` for any that is none of the others, so that there are few in all."""
    parts = path.removeprefix("/en").split("/", 2)
    return _KINDS.get(parts[1] if len(parts) > 1 else "", "page")


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, and the figures of a request."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        told = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if message := record.getMessage():
            told["message"] = message
        if record.exc_info:
            told["fault"] = self.formatException(record.exc_info)
        return orjson.dumps(told | getattr(record, "request", {})).decode()


def log_as_asked() -> None:
    """Write faults, and with ``VIGIE_LOG=requests`` a line a request, as JSON lines on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    own = logging.getLogger("vigie")
    own.handlers[:] = [handler]
    own.propagate = False
    own.setLevel(logging.INFO if os.environ.get("VIGIE_LOG") == "requests" else logging.WARNING)
