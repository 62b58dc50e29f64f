"""The rest of a territory's story in a few lines: each line says what is known, and is left out where nothing is."""

from __future__ import annotations

from dataclasses import replace

from vigie.editions.observatory import Observation
from vigie.editions.standings import Moved
from vigie.indicators import definitions
from vigie.site import brief
from vigie.site.pledges import Verdict
from vigie.site.words import ENGLISH, FRENCH
from vigie.site.worries import Degree, Shown, Worries

ALERT = Shown("Beaucoup d'adultes", "psmt", "soins programmés", "medium", "", "", "", "", "", "")
NONE = Worries((), None, 6, (), "", ())
MOVED = Moved("apl_mg", "2021", "2023", 3.0, 2.5, "decreasing", "worsening", "short_series", "steady", 3, None)


def lines(speaker=FRENCH, own=None, trends=None, worries=None, verdicts=None):
    made = brief.make(speaker, definitions(), own or {}, trends or {}, worries, None, verdicts)
    return {one.title.replace("\u00a0", " "): one.text.replace("\u202f", " ").replace("\u00a0", " ") for one in made}


def verdict(style: str) -> Verdict:
    return Verdict(style, style, (), None, None)


def test_nothing_known_says_nothing():
    assert lines() == {}


def test_alerts_are_named_then_counted_with_the_degree_of_response():
    assert lines(worries=NONE) == {"Alertes": "aucune, 6 règles vérifiées."}
    degree = Degree("Équilibre à portée", "", (), "", "")
    three = replace(NONE, alerts=(ALERT, replace(ALERT, title="Sous-densité"), ALERT), degree=degree)
    assert lines(worries=three)["3 alertes"] == "Beaucoup d'adultes ; Sous-densité ; 1 autre. Équilibre à portée."


def test_the_trend_says_its_ends_and_its_rule_and_the_longest_series_is_taken():
    said = lines(trends={"apl_mg": MOVED})["Évolution"]
    assert said.endswith("3,00 (2021) → 2,50 (2023), baisse à chacun des 3 points, sans test (dégradation).")
    longer = replace(MOVED, indicator="apl_mg_champ_constant", rule="five_points", points=5)
    said = lines(trends={"apl_mg": MOVED, "apl_mg_champ_constant": longer})["Évolution"]
    assert "significative sur 5 points" in said


def test_adults_without_a_doctor_and_promises():
    one = Observation("psmt", "departement", "23", "2022-09-30", 15.0, None, None, None, None, "ok", "x@1")
    said = lines(own={"psmt": [one]}, verdicts={})
    assert said["Médecin traitant"] == "15,0 % des adultes n’en ont pas (30 septembre 2022)."
    assert said["Engagements"] == "aucun des dix n’est mesuré ici."
    kept = {"a": verdict("on-course"), "b": verdict("late"), "c": verdict("late")}
    assert lines(verdicts=kept)["Engagements"] == "sur les dix, 1 en bonne voie, 2 en retard."
    assert lines(ENGLISH, verdicts=kept)["Commitments"] == "of the ten, 1 on course, 2 late."
