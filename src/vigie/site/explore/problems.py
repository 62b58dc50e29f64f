"""What the Explore API answers to a wrong request: a code and a message, as Opendatasoft writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from fastapi import Request
from fastapi.responses import Response

from vigie.site.explore.tokens import OdsqlError

PREFIX = "/api/explore/v2.1"


class ExploreError(Exception):
    """A request that does not hold: the status, the code and the message of its answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep the three."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


async def refused(_: Request, fault: Exception) -> Response:
    """The answer to an ExploreError or an OdsqlError."""
    if isinstance(fault, ExploreError):
        return problem(fault.status, fault.code, fault.message)
    if isinstance(fault, OdsqlError):
        return problem(400, "ODSQLError", str(fault))
    raise fault


def invalid(wrong: Sequence[Mapping[str, str]]) -> Response:
    """The answer to parameters out of their bounds."""
    said = "; ".join(f"{one['parameter']}: {one['detail']}" for one in wrong)
    return problem(400, "InvalidRESTParameterError", said or "Invalid parameter.")


def problem(status: int, code: str, message: str) -> Response:
    """A fault as the Explore API writes it."""
    return Response(problem_body(code, message), status, media_type="application/json")


def problem_body(code: str, message: str) -> bytes:
    """The body of a fault."""
    return orjson.dumps({"error_code": code, "message": message})
