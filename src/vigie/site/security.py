"""What every answer says to the browser about what a page may do."""

from __future__ import annotations

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)

HEADERS: tuple[tuple[bytes, bytes], ...] = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "camera=(), geolocation=(self), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }.items()
)

EMBEDDED = ("/carte/embed", "/en/carte/embed")
"""The addresses that another site may show in a frame."""

_EMBEDDED_HEADERS = tuple(
    (name, value.replace(b"frame-ancestors 'none'", b"frame-ancestors *").replace(b"same-origin", b"cross-origin"))
    if name in (b"content-security-policy", b"cross-origin-resource-policy")
    else (name, value)
    for name, value in HEADERS
    if name != b"x-frame-options"
)


def headers(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of the answer at ``path``: only an embedded page may stand in another site's frame."""
    return _EMBEDDED_HEADERS if path in EMBEDDED else HEADERS


# What any page anywhere may ask of the API from a browser: it is read-only, without a key and without cookies.
_OPEN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Content-Disposition, Retry-After",
    "cross-origin-resource-policy": "cross-origin",
}
API_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    *((name, value) for name, value in HEADERS if name.decode() not in _OPEN),
    *((name.encode(), value.encode()) for name, value in _OPEN.items()),
)
PREFLIGHT: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"*, Authorization"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
)
POSTED = ("/api/v1/scenarios",)
"""The addresses that take a body: they compute an answer from it and keep nothing."""
PREFLIGHT_POSTED: tuple[tuple[bytes, bytes], ...] = tuple(
    (name, value.replace(b"HEAD,", b"HEAD, POST,")) for name, value in PREFLIGHT
)
