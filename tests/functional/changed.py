"""What may change an edition, all at once: a source fetched, tables imported, producers' own files, a perimeter.

A build costs most of a minute: one edition of all these serves the tests of each.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import xlsxwriter

from vigie.editions.inputs import EMBEDDED

# A source that is fetched: the minutes of every commune, one more than the embedded ones ----------------------------

SOURCE = "emergency_times_2019"
FILE = "drees_temps_urgences_2019_communes.csv.gz"


def times() -> bytes:
    """The access times of every commune, one minute more than the embedded ones, in the format of the copy."""
    table = pl.read_parquet(EMBEDDED / f"{SOURCE}.parquet").select(
        code_commune="code", temps_acces_urgences_min_2019=pl.col("minutes") + 1
    )
    return gzip.compress(table.write_csv().encode(), mtime=0)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def files_served(folder: Path) -> Iterator[str]:
    """The address of a plain file server of ``folder``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# Tables that an analyst imports: PSMT of the EPCI of Aveyron, aids of its largest communes ---------------------------

WHO = "CPAM de l'Aveyron, essai"
LICENCE = "usage interne"
PSMT_HEADER = "code;periode;adultes;sans_mt;adultes_c2s;sans_mt_c2s;adultes_hors_c2s;sans_mt_hors_c2s"


def _epci_of_aveyron() -> list[str]:
    communes = pl.read_parquet(EMBEDDED / "communes.parquet")
    inside = communes.filter(pl.col("departement") == "12")["epci"].drop_nulls().unique()
    outside = communes.filter(pl.col("departement") != "12")["epci"].drop_nulls().unique()
    return sorted(set(inside) - set(outside))


def _truth() -> dict[str, tuple[int, int, int, int]]:
    """For each EPCI: adults with C2S, without médecin traitant among them, other adults, without among them."""
    known = {}
    for place, code in enumerate(_epci_of_aveyron()):
        c2s, others = 80 + 13 * place, 4000 + 700 * place
        known[code] = (c2s, 4 if place in (2, 5) else 12 + 3 * place, others, 300 + 17 * place)
    return known


TRUTH = _truth()


def _largest_communes() -> list[str]:
    """The twelve communes of Aveyron with the most people; the aids of the fourth go to three doctors."""
    communes = pl.read_parquet(EMBEDDED / "communes.parquet").filter(pl.col("departement") == "12")
    return communes.sort("population", descending=True)["code"].head(12).to_list()


AIDED = _largest_communes()
AMOUNTS = [50_000 - 3_000 * place for place in range(len(AIDED))]


def psmt_table() -> str:
    """The table of the template ``psmt_epci``."""
    lines = ["# PSMT de l'Aveyron, essai", PSMT_HEADER]
    for code, (c2s, without_c2s, others, without) in TRUTH.items():
        counts = (c2s + others, without_c2s + without, c2s, without_c2s, others, without)
        lines.append(";".join([code, "2024-12-31", *map(str, counts)]))
    return "\n".join(lines) + "\n"


def aids_table() -> str:
    """The table of the template ``aides_commune``."""
    rows = [f"{code};2024;{AMOUNTS[place]};{3 if place == 3 else 20 - place}" for place, code in enumerate(AIDED)]
    return "\n".join(["code;periode;aides_demographiques;beneficiaires_demographiques", *rows])


# Files of producers, generated from the documented contracts, with values that give them away -------------------------

WORKBOOK = "indicateur_d_apl_aux_medecins_generalistes.xlsx"
ALD_FILE = "patients-longueduree-annuelle.csv"
HEADER = (
    "Code commune INSEE",
    "Commune",
    "APL aux médecins généralistes",
    "APL aux médecins généralistes de 65 ans et moins",
    "APL aux médecins généralistes de 62 ans et moins",
    "APL aux médecins généralistes de 60 ans et moins",
    "Population standardisée 2021 pour la médecine générale",
    "Population totale 2021",
)
ALD = """annee;region;libelle_region;departement;libelle_departement;taux_patients_ald_sans_mt
2023;99;FRANCE;999;Tout département;4.9
2023;76;Occitanie;999;Tout département;5.5
2023;76;Occitanie;12;Aveyron;6.25
2023;76;Occitanie;46;Lot;NS
"""


def producers_files(folder: Path) -> None:
    """Write the two files into ``folder``."""
    (folder / ALD_FILE).write_text(ALD, encoding="utf-8")
    communes = pl.read_parquet(EMBEDDED / "communes.parquet").filter(~pl.col("code").is_in(["75056", "13055", "69123"]))
    rows = [(f"note {number}",) for number in range(8)] + [HEADER, ("", "", "consultations par an et par habitant")]
    for code, name in communes.select("code", "name").iter_rows():
        if not code.startswith("976"):
            rows.append((code, name, 5.0, 4.0, 3.0, 2.0, 100.0, 110.0))
    with xlsxwriter.Workbook(folder / WORKBOOK, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("APL 2023")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


# A perimeter of one's own --------------------------------------------------------------------------------------------

PERIMETER = "pays.toml"
COMMUNES = ("12202", "12145")


def perimeter_file(folder: Path) -> Path:
    """Write the perimeter of two communes into ``folder``."""
    path = folder / PERIMETER
    codes = ", ".join(f'"{code}"' for code in COMMUNES)
    path.write_text(f'name = "Pays d\'essai"\nslug = "essai"\ncommunes = [{codes}]\n', encoding="utf-8")
    return path
