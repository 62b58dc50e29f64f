"""``make faults``: what is killed, doubled, cut short and damaged at random, many times; a fixed part is in the tests.

Each round kills a command with SIGKILL at a random moment of its life, then looks: every edition is as its manifest
says, one is served and answers, snapshots are those that were received. At the end each command is run once to its end
and nothing half done may be left. Then files of the edition and of the snapshots are damaged one by one: each damage
must be told by its file, and mended by what the message says. ``artefacts/faults.md`` has the counts.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
from processes import another, launched, left, linked, served, started

from vigie.editions.compare import verify
from vigie.editions.inputs import EMBEDDED, gather
from vigie.editions.observatory import Observatory
from vigie.editions.steps import checksum
from vigie.editions.store import current_folder, default_home, editions
from vigie.errors import VigieError
from vigie.sources.snapshots import Snapshots

SOURCE = "emergency_times_2019"
_KEPT = 4  # editions: what more there is goes, to keep the disk of the machine
_SHARES = {"build": 4, "fetch": 3, "rollback": 3, "embed": 2, "prune": 2, "publish": 1}  # of fifteen kills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home(), help="a home with an edition and its kept steps")
    parser.add_argument("--kills", type=int, default=210)
    parser.add_argument("--damages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=Path("artefacts/faults.md"))
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="vigie-faults-") as name:
        scratch = Path(name)
        home = linked(asked.home, scratch / "home", steps=True)
        with server(times()) as address:
            world = World(home, scratch, address)
            counts = [
                world.kill(chance, asked.kills),
                world.doubled(chance, 6),
                closed(home),
                damage_edition(home, chance, asked.damages),
                damage_snapshots(home, chance, 30, address),
            ]
    text = told(*counts)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)


def times() -> bytes:
    """The access times that are embedded, one minute more, in the format of the official copy."""
    table = pl.read_parquet(EMBEDDED / f"{SOURCE}.parquet").select(
        code_commune="code", temps_acces_urgences_min_2019=pl.col("minutes") + 1
    )
    return gzip.compress(table.write_csv().encode(), mtime=0)


@contextmanager
def server(body: bytes) -> Iterator[str]:
    """A server of one file, which sends it in pieces so that a download may be killed on its way."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/gzip")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                for start in range(0, len(body), 1 << 14):
                    self.wfile.write(body[start : start + (1 << 14)])
                    time.sleep(0.01)
            except OSError:
                pass  # the client was killed
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}/times"
    made.shutdown()
    made.server_close()


class World:
    """A home, the commands that change it, and what must hold of it whatever they go through."""

    def __init__(self, home: Path, scratch: Path, address: str) -> None:
        self.home, self.copy, self.embedded = home, scratch / "copy", scratch / "package" / "embedded"
        shutil.copytree(EMBEDDED, self.embedded)
        self.commands: dict[str, Sequence[str | Path]] = {
            "build": ("build",),
            "fetch": ("fetch", SOURCE, "--address", address),
            "rollback": ("rollback",),
            "prune": ("editions", "--prune", "--keep", "2"),
            "publish": ("publish", "--static", self.copy, "--only", "commune:48095", "--jobs", "1"),
        }
        official = Path(os.environ.get("VIGIE_SHARED", Path(__file__).parents[3] / "shared")) / "data"
        if official.is_dir():
            self.commands["embed"] = ("embed", "--from", official, "--target", self.embedded)
        self.sums = {path.name: checksum(path) for path in self.embedded.glob("*.parquet")}
        self.verified: dict[tuple[str, int, int], bool] = {}

    def prepare(self) -> None:
        """Give a build something to do, a rollback somewhere to go, and the disk its place back."""
        another(self.home)
        known = editions(self.home)
        for old in [one for one in known if not one.current][:-_KEPT]:
            shutil.rmtree(old.folder)

    def whole(self) -> None:
        """Every edition is as its manifest says, the one served answers, snapshots and embedded tables are whole."""
        for one in editions(self.home):
            state = [path.stat() for path in sorted(one.folder.rglob("*")) if path.is_file()]
            key = (one.id, sum(each.st_size for each in state), max(each.st_mtime_ns for each in state))
            self.verified[key] = self.verified.get(key) or bool(verify(one.folder))
        with Observatory(current_folder(self.home)) as observatory:
            rows = observatory.rows("SELECT value FROM observations WHERE indicator = 'apl_mg' AND code = '48'")
            assert rows and served(self.home) == observatory.folder.name
        Snapshots(self.home / "snapshots").verify()
        assert {path.name: checksum(path) for path in self.embedded.glob("*.parquet")}.keys() >= self.sums.keys()

    def kill(self, chance: random.Random, times_: int) -> Counter[str]:
        """Kill commands; counts what was killed under way and what had ended already. Raises at the first loss."""
        longest = {}
        for name, arguments in self.commands.items():
            self.prepare()
            done = launched(*arguments, home=self.home, timeout=3600)  # the first keeps the steps of the others
            assert done.code == 0, (name, done.err)
            self.prepare()
            start = time.perf_counter()
            assert launched(*arguments, home=self.home, timeout=3600).code == 0
            longest[name] = time.perf_counter() - start
        counts: Counter[str] = Counter()
        names = [name for name, share in _SHARES.items() for _ in range(share) if name in self.commands]
        for number in range(times_):
            name = names[number % len(names)]
            self.prepare()
            start = time.perf_counter()
            process = started(*self.commands[name], home=self.home)
            try:
                # Half of them late: that is when files move.
                low = 0.0 if number % 2 else 0.6
                process.communicate(timeout=chance.uniform(low, 1.0) * longest[name])
                counts[f"{name}, ended before"] += 1
                longest[name] = time.perf_counter() - start
            except subprocess.TimeoutExpired:
                counts[f"{name}, killed under way"] += 1
                longest[name] *= 1.02  # a machine that others use takes longer at times
            finally:
                with suppress(ProcessLookupError):  # it had ended, with all its children
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            self.whole()
            if number % 10 == 9:
                print(f"{number + 1} kills", flush=True)
        self.tidy()
        return counts

    def tidy(self) -> None:
        """Each command to its end: what was killed is repaired, and nothing is left of it."""
        for name, arguments in self.commands.items():
            self.prepare()
            done = launched(*arguments, home=self.home, timeout=900)
            assert done.code == 0, (name, done.err)
        assert left(self.home) == [], left(self.home)
        found = [path for path in self.home.rglob(".*") if path.name not in (".lock", ".partial")]
        assert [path for path in found if ".partial" not in path.parts] == [], found
        assert [path.name for path in (self.copy / ".vigie").iterdir() if path.name.startswith("tmp-")] == []
        assert [path.name for path in self.embedded.parent.iterdir()] == ["embedded"]

    def doubled(self, chance: random.Random, times_: int) -> Counter[str]:
        """Two builds at once: one is told to wait, one edition comes of it."""
        counts: Counter[str] = Counter()
        for _ in range(times_):
            self.prepare()
            both = [started("build", home=self.home)]
            time.sleep(chance.uniform(0, 1.5))
            both.append(started("build", home=self.home))
            ends = [process.communicate()[1].decode() for process in both]
            codes = sorted(process.returncode for process in both)
            assert codes in ([0, 0], [0, 6]), (codes, ends)
            if codes == [0, 6]:
                assert any("another build is under way" in " ".join(end.split()) for end in ends), ends
            self.whole()
            counts["two builds at once, one refused in words" if codes[1] else "two builds, one after the other"] += 1
        return counts


def closed(home: Path) -> Counter[str]:
    """A file that may not grow (a full disk) and, where not root, folders without the right to write."""
    import resource

    counts: Counter[str] = Counter()
    for size in (40_000, 400_000, 4_000_000, 40_000_000):
        another(home)
        before = served(home)
        done = launched("build", home=home, before=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)))
        done.refused("has not changed", code=6)
        assert served(home) == before and left(home) == []
        counts["no room to write, told"] += 1
    for name in ("editions", "steps", "snapshots"):
        done = _without_rights(home, name)
        if done is None:
            counts["right to write removed: not allowed to try here"] += 1
            continue
        assert "Traceback" not in done
        counts["right to write removed, told"] += 1
    return counts


def _without_rights(home: Path, name: str) -> str | None:
    """A build or a fetch on a folder that is read-only: a private mount, since root may write anywhere."""
    from processes import COMMAND, environment

    command = "fetch" if name == "snapshots" else "build"
    script = f"""set -e
    mount --bind {home / name} {home / name} && mount -o remount,ro,bind {home / name} || exit 99
    code=0; {" ".join(COMMAND)} --lang en --home {home} {command} 2>&1 || code=$?
    echo exit $code"""
    another(home)
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", "-c", script],
                          env=environment(), capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode == 99 or "unshare" in done.stderr:
        return None
    said = " ".join(done.stdout.split())
    assert "exit 0" not in said, said
    return said


def damage_edition(home: Path, chance: random.Random, times_: int) -> Counter[str]:
    """Flip a byte of a file of the edition, or cut it: each must be told by its checksum."""
    folder = current_folder(home)
    files = sorted(path for path in folder.rglob("*.parquet"))
    files += [folder / "observatory.duckdb"]
    return _damaged(files, chance, times_, lambda _: verify(folder), "edition")


def damage_snapshots(home: Path, chance: random.Random, times_: int, address: str) -> Counter[str]:
    """The same of a snapshot; then the same bytes, fetched again, mend it."""
    store = Snapshots(home / "snapshots")
    files = [one.path for one in store.all()]
    assert files
    counts = _damaged(files, chance, times_, lambda _: store.verify(), "snapshot")
    files[0].write_bytes(files[0].read_bytes()[:-10])
    try:
        gather([], home / "snapshots")[SOURCE].table()
    except VigieError as fault:
        assert f"vigie fetch {SOURCE}" in fault.message("en")
    else:
        raise AssertionError("a build would have read a snapshot that is damaged")
    assert launched("fetch", SOURCE, "--address", address, home=home).code == 0
    assert store.verify() == len(files)
    counts["snapshot, refused to a build, mended by a fetch"] += 1
    return counts


def _damaged(
    files: Sequence[Path], chance: random.Random, times_: int, look: Callable[[Path], object], what: str
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for number in range(times_):
        path = chance.choice(files)
        sound = path.with_name(f"{path.name}.sound")
        path.rename(sound)
        body = bytearray(sound.read_bytes())
        at = chance.randrange(len(body))
        how = ("byte flipped", "cut", "emptied")[number % 3]
        if how == "byte flipped":
            body[at] ^= 1 << chance.randrange(8)
        path.write_bytes(body if how == "byte flipped" else body[: at if how == "cut" else 0])
        try:
            look(path)
        except VigieError as fault:
            assert path.name in fault.message("en"), (path, fault.message("en"))
            counts[f"{what}, {how}, told"] += 1
        else:
            raise AssertionError(f"{how} at {at} of {path.name} went unseen")
        finally:
            sound.replace(path)
    look(files[0])
    return counts


def told(*found: Counter[str]) -> str:
    """The counts as a table in Markdown."""
    kills = sum(count for name, count in found[0].items())
    rows = [f"| {name} | {count} |" for counts in found for name, count in sorted(counts.items())]
    head = (
        f"{time.strftime('%Y-%m-%d')}: {kills} SIGKILLs and {sum(sum(one.values()) for one in found[1:])} other faults."
    )
    return "\n".join([head, "", "| fault | times |", "| --- | ---: |", *rows, "",
                      "After each: every edition whole by its checksums, one served and answering, snapshots intact.",
                      "At the end: each command ended well, nothing half done was left.", ""])  # fmt: skip


if __name__ == "__main__":
    main()
