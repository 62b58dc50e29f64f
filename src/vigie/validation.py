"""Definition files: TOML read, validated by its model, and what is wrong told in both languages.

Every room that reads a ``.toml`` (sources, indicators, rules, levers, hypotheses, targets) reads it here, so that a
person is told the same way everywhere: the file, the line or the key, the value, what was expected, where it is told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from vigie.errors import InputError, Where
from vigie.language import Text, plural

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

# What tomllib finds, by the beginning of its words.
_TOML = {
    "Invalid value": "valeur illisible",
    "Expected '='": "«\u00a0=\u00a0» attendu après la clé",
    "Cannot overwrite a value": "clé donnée deux fois",
    "Cannot declare": "table déclarée deux fois",
    "Cannot redefine": "table déclarée deux fois",
    "Expected newline": "fin de ligne attendue après la valeur",
    "Illegal character": "caractère interdit",
    "Unclosed array": "liste qui n'est pas fermée par «\u00a0]\u00a0»",
    "Unclosed inline table": "table qui n'est pas fermée par «\u00a0}\u00a0»",
    "Unterminated string": "texte qui n'est pas fermé par un guillemet",
    'Expected "\'"': "texte qui n'est pas fermé par un guillemet",
    "Invalid statement": "une clé et sa valeur, ou [une table], étaient attendues",
    "Expected ']": "«\u00a0]\u00a0» attendu à la fin de la ligne",
}

# What Pydantic finds, with the limits that it gives.
_FAULTS = {
    "missing": Text("clé obligatoire absente", "required key missing"),
    "extra_forbidden": Text("clé inconnue", "unknown key"),
    "string_type": Text("un texte entre guillemets est attendu", "a quoted text is expected"),
    "int_type": Text("un nombre entier est attendu", "a whole number is expected"),
    "int_parsing": Text("un nombre entier est attendu", "a whole number is expected"),
    "int_from_float": Text("un nombre entier est attendu", "a whole number is expected"),
    "float_type": Text("un nombre est attendu", "a number is expected"),
    "float_parsing": Text("un nombre est attendu", "a number is expected"),
    "finite_number": Text("un nombre fini est attendu", "a finite number is expected"),
    "bool_type": Text("true ou false est attendu", "true or false is expected"),
    "bool_parsing": Text("true ou false est attendu", "true or false is expected"),
    "list_type": Text("une liste [ ] est attendue", "a list [ ] is expected"),
    "tuple_type": Text("une liste [ ] est attendue", "a list [ ] is expected"),
    "dict_type": Text("une table est attendue", "a table is expected"),
    "mapping_type": Text("une table est attendue", "a table is expected"),
    "model_type": Text("une table est attendue", "a table is expected"),
    "model_attributes_type": Text("une table est attendue", "a table is expected"),
    "date_type": Text("une date est attendue (2026-01-31)", "a date is expected (2026-01-31)"),
    "date_parsing": Text("une date est attendue (2026-01-31)", "a date is expected (2026-01-31)"),
    "date_from_datetime_parsing": Text("une date est attendue (2026-01-31)", "a date is expected (2026-01-31)"),
    "greater_than": Text("plus de {gt} est attendu", "more than {gt} is expected"),
    "greater_than_equal": Text("{ge} au moins est attendu", "{ge} at least is expected"),
    "less_than": Text("moins de {lt} est attendu", "less than {lt} is expected"),
    "less_than_equal": Text("{le} au plus est attendu", "{le} at most is expected"),
    "too_short": Text("liste trop courte, {min_length} au moins", "list too short, {min_length} at least"),
    "too_long": Text("liste trop longue, {max_length} au plus", "list too long, {max_length} at most"),
    "string_too_short": Text("texte trop court, {min_length} signes au moins", "text too short, {min_length} at least"),
    "string_too_long": Text("texte trop long, {max_length} signes au plus", "text too long, {max_length} at most"),
    "string_pattern_mismatch": Text("la forme {pattern} est attendue", "the form {pattern} is expected"),
    "literal_error": Text("l'un de {expected} est attendu", "one of {expected} is expected"),
    "enum": Text("l'un de {expected} est attendu", "one of {expected} is expected"),
    "union_tag_invalid": Text("l'un de {expected_tags} est attendu", "one of {expected_tags} is expected"),
    "union_tag_not_found": Text("la clé {discriminator} est attendue", "the key {discriminator} is expected"),
    "url_scheme": Text("une adresse {expected_schemes} est attendue", "an address in {expected_schemes} is expected"),
}


class RefusedError(ValueError):
    """What a model refuses of itself, in both languages: raised in its validators, told by :func:`told`."""

    def __init__(self, fr: str, en: str) -> None:
        """Both languages, without a final stop; ``str`` is the English."""
        self.text = Text(fr, en)
        super().__init__(en)


def toml_file(path: Path) -> dict[str, Any]:
    """What the TOML file at ``path`` says. Raises InputError naming the file, and the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("le fichier n'existe pas.", "the file does not exist.", where=Where(file=path)) from None
    except UnicodeDecodeError as fault:
        raise InputError(
            "le fichier n'est pas en UTF-8.",
            "the file is not in UTF-8.",
            remedy_fr="Enregistrez-le en UTF-8.",
            remedy_en="Save it as UTF-8.",
            where=Where(file=path, row=fault.object.count(b"\n", 0, fault.start) + 1),
        ) from None
    except OSError as fault:
        told = fault.strerror or str(fault)
        raise InputError(f"lecture impossible ({told}).", f"cannot be read ({told}).", where=Where(path)) from None
    return toml(text, path)


def toml(text: str, file: Path | str | None) -> dict[str, Any]:
    """What a TOML text says; ``file`` is where it comes from. Raises InputError naming the line that is wrong."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError("TOML trop imbriqué.", "TOML nested too deep.", where=Where(file=file)) from None
    except ValueError as fault:  # tomllib's own, or a number of more digits than Python reads
        place = _PLACE.search(str(fault))
        words = str(fault)[: place.start()] if place else str(fault)
        last = text.count("\n") + (not text.endswith("\n"))
        row = int(place[1]) if place and place[1] else last if place else None
        french = next((fr for start, fr in _TOML.items() if words.startswith(start)), "écriture incorrecte")
        raise InputError(
            f"ce n'est pas du TOML\u202f: {french}.",
            f"this is not TOML: {words[:1].lower()}{words[1:]}.",
            remedy_fr="Corrigez la ligne indiquée.",
            remedy_en="Mend the line named.",
            where=Where(file=file, row=row),
        ) from None


def validated(kind: type[M], raw: object, what: Text, document: str, file: Path | str | None) -> M:
    """``raw`` as a ``kind``. Raises InputError: what is refused, the key, its value, what was expected, the document.

    ``what`` names the thing in both languages, followed by ``refused`` and agreeing with it (« règle refusée »).
    """
    try:
        return kind.model_validate(raw)
    except ValidationError as fault:
        raise refused(fault, what, document, file) from None


def refused(fault: ValidationError, what: Text, document: str, file: Path | str | None = None) -> InputError:
    """The first fault that Pydantic found, as an error for people."""
    found = fault.errors(include_url=False)
    first, others = found[0], len(found) - 1
    said = told(first)
    more_fr = f" ({others} {plural(others, 'autre faute', 'autres fautes', 'fr')})" if others else ""
    more_en = f" ({others} more {plural(others, 'fault', 'faults', 'en')})" if others else ""
    return InputError(
        f"{what.fr}\u202f: {said.fr}{more_fr}.",
        f"{what.en}: {said.en}{more_en}.",
        remedy_fr=f"Voir {document}.",
        remedy_en=f"See {document}.",
        where=Where(file=file, column=key(first), value=_value(first)),
    )


def told(first: ErrorDetails) -> Text:
    """One fault that Pydantic found, in both languages, without a final stop."""
    context: Mapping[str, Any] = first.get("ctx", {})
    own = context.get("error")
    if isinstance(own, RefusedError):
        return own.text
    words = _FAULTS.get(first["type"])
    if words is None:
        english = first["msg"].removeprefix("Value error, ")
        return Text(english, english)
    limits = {name: f"{limit:g}" if isinstance(limit, float) else str(limit) for name, limit in context.items()}
    plain = {name: limit.replace("'", "") for name, limit in limits.items()}
    french = {name: limit.replace(" or ", " ou ").replace(".", ",") for name, limit in plain.items()}
    return Text(words.fr.format(**french), words.en.format(**plain))


def key(first: ErrorDetails) -> str | None:
    """The key that a fault is about, from the top of the file: ``actions.0.amount``; None for the whole of it."""
    return ".".join(str(part) for part in first["loc"]) or None


def _value(first: ErrorDetails) -> str | None:
    given = first.get("ctx", {}).get("tag", first.get("input"))
    if first["type"] == "missing" or not first["loc"] or not isinstance(given, str | int | float):
        return None
    return str(given)[:60]
