"""What the codes of the producers mean, in both languages."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from vigie.language import Text


@cache
def facility_types() -> Mapping[str, Text]:
    """The types of facility of the BPE by column name: ``d201`` is the GPs."""
    file = resources.files("vigie.sources").joinpath("bpe_types.csv")
    with file.open(encoding="utf-8") as stream:
        return MappingProxyType({row["code"]: Text(row["fr"], row["en"]) for row in csv.DictReader(stream)})
