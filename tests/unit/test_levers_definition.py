"""The levers as data: what ships is whole, and a file that is wrong is told by its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from vigie.errors import InputError, UnknownNameError
from vigie.levers.definition import BOUNDS, FOLDER, lever, levers, product, read_lever


def test_every_lever_of_the_issue_ships() -> None:
    expected = {
        "centre_de_sante", "installation", "depart", "cabinet_secondaire", "jours_solidarite",
        "engagement_installation", "assistants_medicaux", "regulation_demande", "teleconsultation", "pharmaciens",
        "infirmiers_pratique_avancee", "infirmiers_sante_publique", "maison_de_sante", "cabinet_mobile",
        "transport_a_la_demande", "liaison", "installation_soignant", "exercice_secondaire",
    }  # fmt: skip
    assert set(levers()) == expected
    assert [one.order for one in levers().values()] == list(range(1, 19))
    assert set(levers()["centre_de_sante"].presets) == {"audite", "liberal", "mixte", "ght"}


@pytest.mark.parametrize("name", levers())
def test_the_worst_bound_never_does_more_than_the_best(name: str) -> None:
    one = lever(name)
    effects = [product(one.mechanism, one.parameters, bound) for bound in BOUNDS]
    assert effects == sorted(effects, reverse=one.mechanism.kind == "departures")  # the worst is to lose more
    for cost in one.costs:
        dear, middle, cheap = (cost.at(bound) for bound in BOUNDS)
        assert all(a >= b >= c for a, b, c in zip(dear, middle, cheap, strict=True))


def test_a_preset_and_a_chosen_value_replace_the_parameter() -> None:
    one = lever("centre_de_sante")
    assert one.settled("audite", {})["consultations_per_hour"].value == 1.6
    chosen = one.settled("audite", {"hours": 1600.0})["hours"]
    assert (chosen.low, chosen.value, chosen.high) == (1600, 1600, 1600)
    with pytest.raises(UnknownNameError, match="audite"):
        one.settled("audité", {})
    with pytest.raises(InputError, match=r"0\.5") as fault:
        one.settled(None, {"consultations_per_hour": 40.0})
    assert "consultations_per_hour" in fault.value.message("en")
    with pytest.raises(InputError):
        one.settled(None, {"hours": float("nan")})


def changed(folder: Path, old: str, new: str, name: str = "installation") -> Path:
    text = (FOLDER / "installation.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / f"{name}.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("low = 3600", "low = 9600", "parameters.consultations"),
        ('kind = "supply"', 'kind = "magic"', "mechanism"),
        ('factors = ["consultations"]', 'factors = ["consultation"]', "not declared"),
        ("shares = [0.7, 1.0, 1.0]", "shares = [0.7, 1.7, 1.0]", "ramp"),
        ("low = [5000, 0, 0, 0]", "low = [50000, 0, 0, 0]", "costs.0"),
        ('status = "published"', 'status = "sure"', "costs.0.source.status"),
        ("order = 2", "order = 2\nsecret = 1", "secret"),
        ('id = "installation"', 'id = "Installation"', "id"),
    ],
)
def test_a_wrong_definition_is_told_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(InputError) as fault:
        read_lever(path)
    said = fault.value.message("en")
    assert "installation.toml" in said
    assert key in said
    assert "docs/methods-levers.md" in said


def test_a_file_is_called_as_its_lever(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="autre"):
        read_lever(changed(tmp_path, "order = 2", "order = 2", "autre"))
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"id = \xff")
    with pytest.raises(InputError, match=r"broken\.toml"):
        read_lever(broken)
