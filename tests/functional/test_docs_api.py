"""The requests of docs/api.md are asked and their answers compared: ``http`` blocks, each with an output block.

``VIGIE_UPDATE_DOCS=1`` writes the answers into the document, as for the other documents.
"""

from __future__ import annotations

import json
import os
import re
from urllib.parse import quote

from processes import Client
from test_docs import ROOT, clean

DOCUMENT = ROOT / "docs/api.md"
_PAIR = re.compile(
    r"```http\nGET (?P<address>[^\n]+)\n```\n```(?P<kind>json|text) output\n(?P<shown>.*?)```", re.DOTALL
)
_CURSOR = re.compile(r'"next": "[\w-]+"')


def shown(client: Client, address: str, kind: str) -> str:
    answer = client.get(quote(address, safe="/?&=,:()[]'*+-."))
    text = json.dumps(answer.json(), ensure_ascii=False, indent=1) if kind == "json" else answer.text
    return _CURSOR.sub('"next": "…"', clean(text.removeprefix("\ufeff").replace("\r\n", "\n"))) + "\n"


def test_the_answers_shown_are_those_given(site: Client) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    pairs = list(_PAIR.finditer(text))
    assert len(pairs) == text.count("```http") > 5
    given = {pair["address"]: shown(site, pair["address"], pair["kind"]) for pair in pairs}
    if os.environ.get("VIGIE_UPDATE_DOCS"):
        for pair in reversed(pairs):
            text = text[: pair.start("shown")] + given[pair["address"]] + text[pair.end("shown") :]
        DOCUMENT.write_text(text, encoding="utf-8")
    for pair in pairs:
        assert os.environ.get("VIGIE_UPDATE_DOCS") or pair["shown"] == given[pair["address"]], pair["address"]
