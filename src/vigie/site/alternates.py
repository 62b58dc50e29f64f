"""The same page in the other language, told in a header: an absolute address, which a kept page cannot hold."""

from __future__ import annotations

import os
import re

from starlette.types import Scope

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:]{2,45}\](:\d{1,5})?")
_PLAIN = re.compile(r"[A-Za-z0-9._~:/?&=%,;@!$()*+'-]*")


def link_header(scope: Scope) -> bytes | None:
    """The ``Link`` header of a page: its French and its English address; None where the host is not one."""
    told = os.environ.get("VIGIE_URL", "").rstrip("/")
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    if not told and not _HOST.fullmatch(host):
        return None
    base = told or f"{scope.get('scheme', 'http')}://{host}"
    path = scope["path"]
    plain = path.removeprefix("/en") if path == "/en" or path.startswith("/en/") else path
    query = scope["query_string"].decode("latin-1")
    rest = (plain or "/") + (f"?{query}" if query else "")
    if not _PLAIN.fullmatch(rest):
        return None
    return f'<{base}{rest}>; rel="alternate"; hreflang="fr", <{base}/en{rest}>; rel="alternate"; hreflang="en"'.encode()
