"""Links of a page made to hold among files: relative, so that the copy may be served from any folder of any host.

A link to what the copy does not hold loses its address; a form that only the service answers is set aside, with a note.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from vigie.errors import Lang
from vigie.site.publication.addresses import asked, depth, file_of, link_of

_LINK = re.compile(r' (href|src|action|data-add)="(/[^"]*)"')
_LANGUAGE = re.compile(r'<a class="language".*?</a>\s*|<link rel="alternate" hreflang=[^>]*>\s*', re.DOTALL)
_FORM = re.compile(r'<form (?=[^>]*action="(?!(?:/en)?/recherche")[^"]*")')
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
_NOTE = {
    "fr": "Cette copie est faite de fichiers\u202f: ce formulaire demande le service Vigie.",
    "en": "This copy is made of files: this form needs the service Vigie.",
}

Known = Callable[[str], bool]
"""Whether the copy holds an address given by ``asked``."""


def links(page: str) -> set[str]:
    """The addresses of the site that a page names."""
    return {asked(html.unescape(address)) for _, address in _LINK.findall(page)}


def rewritten(page: str, address: str, lang: Lang, known: Known, bilingual: bool) -> str:
    """The page of ``address`` as a file of the copy."""
    root = depth(file_of(address))
    if not bilingual:
        page = _LANGUAGE.sub("", page)
    page = _FORM.sub(f'<p class="note">{_NOTE[lang]}</p><form inert ', page)

    def link(found: re.Match[str]) -> str:
        name, target = found.group(1), html.unescape(found.group(2))
        if target.startswith("/static/"):
            return f' {name}="{root}{target}"'
        if not known(asked(target)):
            return "" if name == "href" else f' {name}="{root}/"'
        _, hash_, fragment = target.partition("#")
        return f' {name}="{root}/{link_of(target)}{hash_}{fragment}"'

    page = _LINK.sub(link, page)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    page = page.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{policy}', 1)
    return page.replace("<html ", f'<html data-root="{root}" ', 1)
