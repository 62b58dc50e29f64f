"""Outlook: the supply of practitioners and the access it gives, year by year to 2035.

Stock by age, departures, entries, moves and where entrants go, drawn many times; hypotheses are data (``model.toml``,
``paths``, ``variants``, ``demands``). Pure: arrays in, arrays out::

    plan = make_plan(ground, model(), variant("central"))
    found = outlook(ground, plan, model(), groups, draws=1000)

The other modules are imported by their name: ``reference`` (slow and plain), ``backtest``, ``losing``. Numba is loaded
by the functions that need it, not here.
"""

from vigie.outlook.draws import Groups, Outlook, Range, outlook
from vigie.outlook.ground import Ground, Plan, make_plan
from vigie.outlook.hypotheses import Variant, demands, model, paths, variant, variants

__all__ = [
    "Ground",
    "Groups",
    "Outlook",
    "Plan",
    "Range",
    "Variant",
    "demands",
    "make_plan",
    "model",
    "outlook",
    "paths",
    "variant",
    "variants",
]
