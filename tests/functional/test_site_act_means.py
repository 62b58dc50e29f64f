"""« Où ouvrir », « Répartir », « Jumeler », « Budget », « Comparer » : the pages without JavaScript, and their API."""

from __future__ import annotations

import re
from html import unescape

import pytest
from processes import Client

from vigie.levers.scenario import from_data, token

AVEYRON = "territoire=departement:12"


@pytest.fixture(scope="module")
def client(site: Client) -> Client:
    return site


def text_of(client: Client, address: str) -> str:
    found = client.get(address)
    assert found.status_code == 200, (address, found.status_code)
    return unescape(found.text).replace("\u202f", " ").replace("\u00a0", " ")


def test_every_page_offers_the_departements_and_says_what_is_not_one(client: Client) -> None:
    for page in ("lieux", "repartir", "jumeler", "budget"):
        assert f"/agir/{page}?territoire=departement%3A12" in client.get(f"/agir/{page}").text
        assert 'role="alert"' in client.get(f"/agir/{page}?territoire=nulle-part-du-tout").text
        commune = text_of(client, f"/agir/{page}?territoire=commune:12202")
        assert "Une commune ne se partage pas" in commune, page
        assert "Rodez Agglomération" in commune


def test_places_are_on_the_map_in_tables_and_go_to_the_levers(client: Client) -> None:
    address = f"/agir/lieux?{AVEYRON}&lieux=3&minutes=15&existant=d113&plans=2&imposes=Rieupeyroux (12198)"
    page = text_of(client, address)
    for words in ("Rien de mieux n'existe", "rien, c'est prouvé", "Rieupeyroux", "(imposée)", "Plan 2",
                  "Sous quelles hypothèses", "Insee, BPE 2021"):  # fmt: skip
        assert words.replace("'", "’") in page.replace("'", "’"), words
    assert page.count('class="act-point"') == 3
    assert page.count('class="area ') > 250
    csv = re.findall(r'href="(/api/v1/siting[^"]+format=csv[^"]*)"', page)[0]
    rows = client.get(csv).text.splitlines()
    assert any(row.startswith("12198,") for row in rows)
    levers = re.findall(r'href="(/agir\?territoire[^"]+centre_de_sante-ou[^"]+)"', page)[0]
    assert "habitants y gagneraient" in text_of(client, levers)


def test_posts_and_their_threshold(client: Client) -> None:
    page = text_of(client, f"/agir/lieux?{AVEYRON}&objectif=threshold&lieux=4&seuil=2,5&plans=1")
    for words in ("feraient passer", "passe au-dessus", "consultations par an, à partager"):
        assert words in page, words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lieux=0", "entre 1 et 100"),
        ("lieux=2.5", "nombre entier"),
        ("lieux=4&minutes=abc", "entre 1 et 60"),
        ("lieux=4&exclus=zzzz", "zzzz"),
        ("lieux=2&zone=nulle:part", "nulle"),
        ("lieux=2&imposes=12202&exclus=12202", "imposé et exclu"),
    ],
)
def test_what_cannot_be_chosen_is_said(client: Client, query: str, words: str) -> None:
    fault = re.findall(r'class="act-fault" role="alert">(.*?)</p>', text_of(client, f"/agir/lieux?{AVEYRON}&{query}"))
    assert fault and words in fault[0], fault


def test_four_rules_stand_side_by_side_and_share_the_same_total(client: Client) -> None:
    page = text_of(client, f"/agir/repartir?{AVEYRON}&levier=assistants_medicaux&total=20")
    for words in ("Guichet ouvert", "50 % sur priorité territoriale", "Selon le besoin", "Selon l’effet (optimum)",
                  "Pour le même argent", "recommandation 3", "Saint-Affrique"):  # fmt: skip
        assert words in page, words
    assert page.count('class="map act-sheet small"') == 4
    told = client.get("/api/v1/allocation?lever=assistants_medicaux&total=20&territory=departement:12").json()
    assert [one["rule"] for one in told["rules"]] == ["open", "priority", "need", "effect"]
    for one in told["rules"]:
        assert sum(one["by_degree"]) == pytest.approx(20, abs=0.5)
        assert sum(row[one["rule"]] for row in told["territories"]) == pytest.approx(20, abs=0.5)
    english = text_of(client, f"/en/agir/repartir?{AVEYRON}&levier=maison_de_sante&total=2")
    assert "By effect (optimum)" in english


def test_pairs_are_within_the_time_and_no_origin_falls(client: Client) -> None:
    page = text_of(client, f"/agir/jumeler?{AVEYRON}&minutes=60")
    assert "Aucun territoire d’origine ne tombe sous son seuil" in page
    told = client.get("/api/v1/pairing?to=departement:12").json()
    assert told["pairs"]
    assert all(row["minutes"] <= 60 and row["days"] > 0 for row in told["pairs"])
    assert all(one["after"] >= 4 - 1e-6 for one in told["origins"])
    assert all(one["after"] > one["before"] for one in told["destinations"])
    assert page.count('class="act-line"') == len(told["pairs"])
    near = client.get("/api/v1/pairing?to=departement:12&within=5").json()
    assert sum(row["days"] for row in near["pairs"]) <= told["days"]


def test_a_budget_gives_its_frontier_and_its_mix_plays(client: Client) -> None:
    page = text_of(client, f"/agir/budget?{AVEYRON}&budget=100000&leviers=assistants_medicaux&leviers=zzz")
    assert "assistants_medicaux" in page
    assert page.count("<circle") == 5
    assert "passeraient au-dessus de 2,5" in page
    shared = re.findall(r'href="(/agir/comparer\?s=[^"]+)"', page)[0]
    assert "Assistants médicaux" in text_of(client, shared)
    told = client.get("/api/v1/portfolio?territory=departement:12&budget=100000&budget=50000"
                      "&lever=assistants_medicaux").json()  # fmt: skip
    assert [plan["budget"] for plan in told["plans"]] == [50_000, 100_000]
    assert told["plans"][0]["people"] <= told["plans"][1]["people"] <= told["plans"][1]["bound"] + 1
    assert all(plan["euros"] <= plan["budget"] for plan in told["plans"])


def test_the_other_professions_have_their_own_thresholds_and_words(client: Client) -> None:
    about = f"{AVEYRON}&profession=dentistes"
    page = text_of(client, f"/agir/repartir?{about}&total=4")
    for words in ("Passent 44,9", "Passent 30,6", "APL sous 30,6", "76,1 et plus", "Coût : données non disponibles"):
        assert words in page, words
    assert f"/agir/lieux?{about}".replace(":", "%3A") in page  # the other pages keep the profession
    paired = text_of(client, f"/agir/jumeler?{about}&minutes=60")
    assert 'value="76.1"' in paired
    posts = text_of(client, f"/agir/lieux?{about}&objectif=threshold&lieux=2&plans=1")
    assert "au-dessus de 44,9" in posts
    assert re.search(r"Un poste apporte [\d,]+ ETP, à partager", posts)
    levers = re.findall(r'href="(/agir\?territoire[^"]+installation_soignant-ou[^"]+)"', posts)[0]
    assert "profession=dentistes" in levers
    assert "habitants y gagneraient" in text_of(client, levers)
    assert "Rien de lu ne donne le coût" in text_of(client, f"/agir/budget?{about}")


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/allocation?lever=zzz&total=2",
        "/api/v1/allocation?lever=pharmaciens&total=2&territory=departement:12",
        "/api/v1/allocation?lever=assistants_medicaux&total=2&mesh=commune",
        "/api/v1/allocation?lever=assistants_medicaux&total=900000&territory=departement:12",
        "/api/v1/pairing?above=2&under=3&to=departement:12",
        "/api/v1/pairing?to=nulle-part",
        "/api/v1/portfolio?territory=departement:12",
        "/api/v1/portfolio?territory=france:FR&budget=1000",
        "/api/v1/portfolio?territory=departement:12&budget=-5",
        "/api/v1/portfolio?territory=departement:12&budget=5&mesh=nothing",
    ],
)
def test_the_api_refuses_what_it_cannot_share(client: Client, address: str) -> None:
    refused = client.get(address)
    assert refused.status_code in (404, 422), (address, refused.status_code, refused.text[:200])
    assert refused.headers["content-type"].startswith("application/problem+json")


ONE = from_data({"territory": "departement:12", "actions": [
    {"lever": "assistants_medicaux", "amount": 10, "places": ["departement:12"]}]})  # fmt: skip
TWO = from_data({"territory": "departement:12", "title": "Deux", "owner": "ARS", "date": "2027-06", "actions": [
    {"lever": "centre_de_sante", "amount": 2, "places": ["commune:12202"]}]})  # fmt: skip


def test_scenarios_are_compared_named_and_kept(client: Client) -> None:
    first, second = token(ONE), token(TWO)
    side = text_of(client, f"/agir/comparer?s={first}&s={second}")
    for words in ("Côte à côte", "Coût, année 3", "Porteur : ARS", "Échéance : juin 2027", "Retirer"):
        assert words in side, words
    alone = text_of(client, f"/agir/comparer?s={first}&titre=Mon plan&porteur=GHT&date=2028")
    assert "Mon plan" in alone
    toml = client.get(re.findall(r'href="(/api/v1/scenarios[^"]+format=toml)"', alone)[0]).text
    assert 'owner = "GHT"' in toml
    assert 'date = "2028"' in toml
    sliders = re.findall(r'href="(/agir\?territoire[^"&]+&[^"]+)"', side)
    assert "habitants y gagneraient" in text_of(client, sliders[0])


def test_a_scenario_is_added_by_the_address_of_its_page(client: Client) -> None:
    plan = "https://vigie.example/agir?territoire=departement%3A12%26installation=2".replace("%26", "%26")
    page = text_of(client, f"/agir/comparer?s={token(TWO)}&ajouter={plan}")
    assert "Installation d’un médecin libéral" in page
    assert "Côte à côte" in page


@pytest.mark.parametrize("query", ["s=v1.AAAA", "ajouter=zzz", "ajouter=https://x/agir?territoire%3Ddepartement:12"])
def test_a_scenario_that_is_none_is_said(client: Client, query: str) -> None:
    assert 'class="act-fault" role="alert"' in client.get(f"/agir/comparer?{query}").text


def test_too_many_scenarios_are_refused(client: Client) -> None:
    words = "&".join(f"s={token(ONE)}" for _ in range(6))
    assert "6 scénarios au plus" in text_of(client, f"/agir/comparer?{words}&ajouter={token(TWO)}")
