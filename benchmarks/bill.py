"""``make sbom`` and ``make licences``: what Vigie is made of, from the pins and from what is installed.

The bill follows CycloneDX 1.6: each pinned package is a component, with version, licence and SHA-256 of its files.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "artefacts"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# What may be shipped beside code under the EUPL-1.2: permissive licences, and weak copyleft used as libraries.
ACCEPTED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Python-2|MPL|Mozilla|Unlicense|Zlib|zlib|HPND|0BSD|CC0|"
    r"LGPL|Lesser General|EUPL|OFL|Public Domain|WTFPL|Artistic",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A pinned package: its licence as it tells it, empty where it is not installed or tells none."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str
    kind: str


def parts() -> list[Part]:
    """Every package pinned in Python and, for the site's islands, in Node."""
    found = {}
    for pins in ("run", "dev"):
        for name, version, hashes in _pins((ROOT / f"requirements/{pins}.txt").read_text(encoding="utf-8")):
            found.setdefault(name.lower(), Part(name, version, hashes, _licence(name), pins))
    return [*found.values(), *_node()]


def _pins(text: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    starts = list(_PIN.finditer(text))
    for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)], strict=True):
        yield start[1], start[2], tuple(_HASH.findall(text[start.start() : end]))


def _licence(name: str) -> str:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classifiers = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if one.startswith("License")]
    plain = (told.get("License") or "").strip().splitlines()
    return told.get("License-Expression") or ", ".join(classifiers) or (plain[0][:80] if plain else "")


def _node() -> list[Part]:
    locked = json.loads((ROOT / "web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [
        Part(place.rpartition("node_modules/")[2], one["version"], (), str(one.get("license", "")), "web")
        for place, one in sorted(locked.items())
        if place
    ]


def bill(found: list[Part]) -> dict[str, object]:
    """The bill of materials; the same pins give the same bill."""
    components = [
        {
            "type": "library",
            "name": one.name,
            "version": one.version,
            "bom-ref": _purl(one),
            "purl": _purl(one),
            "scope": "required" if one.kind == "run" else "excluded",
            **({"licenses": [{"license": {"name": one.licence}}]} if one.licence else {}),
            **({"hashes": [{"alg": "SHA-256", "content": one} for one in one.hashes]} if one.hashes else {}),
        }
        for one in sorted(found, key=_purl)
    ]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "vigie", "licenses": [{"license": {"id": "EUPL-1.2"}}]}
        },
        "components": components,
    }


def _purl(part: Part) -> str:
    kind = "npm" if part.kind == "web" else "pypi"
    return f"pkg:{kind}/{part.name.replace('@', '%40')}@{part.version}"


def refused(found: list[Part]) -> list[Part]:
    """The packages that ship with Vigie (those of ``run`` and of the islands) whose licence is not one we accept."""
    return [one for one in found if one.kind != "dev" and not ACCEPTED.search(one.licence)]


def main(what: str) -> int:
    OUT.mkdir(exist_ok=True)
    found = parts()
    if what == "sbom":
        (OUT / "sbom.cdx.json").write_text(json.dumps(bill(found), indent=1, ensure_ascii=False), encoding="utf-8")
        print(f"{len(found)} components: {OUT.name}/sbom.cdx.json")
        return 0
    rows = [f"| {one.name} | {one.version} | {one.licence or 'not told'} | {one.kind} |" for one in found]
    text = "| package | version | licence | for |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    (OUT / "licences.md").write_text(text, encoding="utf-8")
    left = refused(found)
    for one in left:
        print(f"to look at: {one.name} {one.version}: {one.licence or 'no licence told'}")
    print(f"{len(found)} packages, {len(left)} to look at: {OUT.name}/licences.md")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
