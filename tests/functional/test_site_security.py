"""What is sent is a value: never a template, a path, a query, an address to go to, nor markup."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from processes import Client

_TEMPLATES = ("{{7*191}}", "${7*191}", "<%= 7*191 %>", "{% debug %}", "{{s.__class__}}", "#{7*191}")
_MARKUP = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "javascript:alert(1)")
_PATHS = (
    "/static/..%2f..%2fapp.py",
    "/static/%2e%2e/%2e%2e/pyproject.toml",
    "/donnees/tables/..%2fmanifest.json",
    "/donnees/tables/../../manifest.parquet",
    "/donnees/tables/%2fetc%2fpasswd.parquet",
    "/api/v1/tables/..%2f..%2fmanifest/schema",
    "/territoire/commune/..%2f..%2f..%2fetc%2fpasswd",
    "/static/build/assets/%00",
    "/carte/valeurs/apl_mg/commune/..%2f2023.json",
)


@pytest.mark.parametrize("sent", [*_TEMPLATES, *_MARKUP])
def test_a_text_sent_comes_back_escaped_or_not_at_all(site: Client, sent: str) -> None:
    for address in ("/recherche?q=", "/s-orienter?q=", "/comparer?q=", "/api/v1/territories?q="):
        answer = site.get(address + quote(sent))
        assert answer.status_code in (200, 404, 422), (address, answer.status_code)
        assert "1337" not in answer.text, address
        if "html" in answer.headers["content-type"]:
            assert sent not in answer.text or not any(sign in sent for sign in "<>\"'"), address
            assert "<img src=x" not in answer.text and "<script>" not in answer.text, address
            assert 'href="javascript:' not in answer.text, address


@pytest.mark.parametrize("path", _PATHS)
def test_a_path_leads_nowhere_else(site: Client, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code in (404, 422)
    for secret in ("root:", "[project]", "create_app", '"recipe"'):
        assert secret not in answer.text


@pytest.mark.parametrize("target", ["https://example.org", "//example.org", "/\\example.org", "\r\nx-evil: 1"])
def test_a_redirection_stays_here_and_splits_no_header(site: Client, target: str) -> None:
    for address in ("/recherche?q=", "/s-orienter?q=", "/essai/observations?indicator="):
        answer = site.get(address + quote(target))
        place = answer.headers.get("location", "/")
        assert place.startswith("/") and not place.startswith(("//", "/\\")), (address, place)
        assert "x-evil" not in answer.headers


@pytest.mark.parametrize("query", ["q=Rodez&q=<script>", "indicator=apl_mg&indicator=nope", "level=commune&level=../x"])
def test_a_parameter_given_twice_decides_nothing_more_than_one(site: Client, query: str) -> None:
    for path in ("/recherche", "/api/v1/observations", "/api/v1/territories", "/carte"):
        answer = site.get(f"{path}?{query}")
        assert answer.status_code in (200, 303, 307, 404, 422), (path, answer.status_code)
        assert "<script>" not in answer.text.replace("<script ", "") or "json" in answer.headers["content-type"]
        assert "Traceback" not in answer.text
