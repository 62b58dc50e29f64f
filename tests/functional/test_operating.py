"""What docs/operate.md says of running Vigie, done: backup and restore, a read-only system, hardening."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from processes import COMMAND, environment, linked, served, vigie

from vigie.sources import source
from vigie.sources.snapshots import Snapshots

pytestmark = pytest.mark.timeout(900)
DEPLOY = Path(__file__).parents[2] / "deploy"


def test_a_backup_is_restored_by_a_copy_and_told_when_it_is_not_whole(edition_home: Path, tmp_path: Path) -> None:
    home, backup, again = tmp_path / "home", tmp_path / "backup", tmp_path / "again"
    linked(edition_home, home)
    store = Snapshots(home / "snapshots")
    store.add(source("bpe_2021"), _file(tmp_path, b"a,b\n"), "bpe.csv", address="here")
    (home / "editions" / ".building-cut").mkdir()  # a copy taken while a build runs

    # As the document says: everything but what is made again.
    shutil.copytree(home, backup, symlinks=True, ignore=shutil.ignore_patterns("steps", "tiles"))
    shutil.rmtree(home)
    shutil.copytree(backup, again, symlinks=True)

    said = vigie("check", home=again)
    assert said.code == 0, said.err
    assert f"{served(again)}: " in said.out and "files intact" in said.out
    assert Snapshots(again / "snapshots").verify() == 1
    assert vigie("show", "departement:48", "--indicator", "apl_mg", home=again).code == 0

    table = again / "editions" / served(again) / "tables" / "alerts.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    vigie("check", home=again).refused("is damaged", "tables/alerts.parquet", "vigie rollback")


def _file(folder: Path, body: bytes) -> Path:
    path = folder / "received.csv"
    path.write_bytes(body)
    return path


def test_it_serves_on_a_read_only_system_without_any_right(edition_home: Path) -> None:
    """As deploy/Containerfile runs it: an unprivileged user, no capability, nothing to write to but /tmp."""
    if not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("no unshare or setpriv here")
    base, packages, project = Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), Path(__file__).parents[2]
    private = Path.home().resolve()  # where nobody else reads
    server = " ".join([*COMMAND, "--lang", "en", "--home", "/mnt/home", "serve", "--port", "8791"])
    code = (
        "import os,time,sys\nfrom urllib.request import urlopen\n"
        "print('uid', os.getuid())\n"
        "for path in ('/', '/mnt/home/x', sys.prefix + '/x'):\n"
        "    try: open(path + '/x' if path == '/' else path, 'w'); print('WRITTEN', path)\n"
        "    except OSError as fault: print('closed', path)\n"
        "for _ in range(400):\n"
        "    try: print('answers', urlopen('http://127.0.0.1:8791/healthz', timeout=5).status); break\n"
        "    except OSError: time.sleep(0.5)\n"
        "print('page', len(urlopen('http://127.0.0.1:8791/territoire/departement/48', timeout=200).read()) > 20000)\n"
    )
    script = f"""set -e
    ip link set lo up 2>/dev/null || python3 -c 'import socket,fcntl,struct
s=socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack("16sh14s", b"lo", 0x49, b""))' || exit 99
    mkdir -p /mnt && mount -t tmpfs tmpfs /mnt || exit 99
    mkdir /mnt/home /mnt/base /mnt/project
    mount --bind {edition_home} /mnt/home
    case {base} in {private}/*) mount --bind {base} /mnt/base; mount -t tmpfs -o mode=755 tmpfs {private}
        mkdir -p {base}; mount --bind /mnt/base {base};; esac
    case {project} in /tmp/*) mount --bind {project} /mnt/project; mount -t tmpfs -o mode=1777 tmpfs /tmp
        mkdir -p {project}; mount --bind /mnt/project {project};;
    *) mount -t tmpfs -o mode=1777 tmpfs /tmp;; esac
    mount -o remount,ro,bind /mnt/home; mount -o remount,ro,bind /; mount -o remount,ro /mnt
    cat > /tmp/look.py <<'END'
{code}
END
    run="setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all env"
    $run {packages}/bin/python -c 'import vigie' || exit 99
    run="$run HOME=/tmp NUMBA_CACHE_DIR=/tmp/numba PYTHONDONTWRITEBYTECODE=1"
    $run {server} > /tmp/out 2>&1 & pid=$!
    $run {packages}/bin/python /tmp/look.py || (cat /tmp/out; exit 1)
    kill $pid"""
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--propagation", "private", "bash", "-c",
         script], env=environment(), capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip(f"name spaces are not allowed here: {done.stderr.strip()}")
    told = done.stdout
    assert done.returncode == 0, told + done.stderr
    assert "uid 10001" in told
    assert "WRITTEN" not in told and told.count("closed") == 3, told
    assert "answers 200" in told and "page True" in told, told


def test_the_unit_of_systemd_is_sound_and_closed() -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    unit = DEPLOY / "vigie.service"
    said = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False, timeout=300)
    faults = [line for line in said.stderr.splitlines() if "vigie" in line and "is not executable" not in line]
    assert faults == []
    said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                          capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
    last = said.stdout.strip().splitlines()[-1]
    assert float(last.split(":")[1].split()[0]) <= 1.4, last  # of 10: the lower the more closed


def test_every_file_of_the_package_is_installed() -> None:
    """What deploy/Containerfile installs is no folder of sources: a file of no known kind would be left out."""
    project = Path(__file__).parents[2]
    told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = told["tool"]["setuptools"]["package-data"]["vigie"]
    kinds = {"".join(Path(one).suffixes) or one for one in patterns} | {".py"}
    package = project / "src" / "vigie"
    left_out = [
        path
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not {path.suffix, path.name} & kinds
    ]
    assert left_out == []


def test_the_container_runs_without_rights() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert "USER 10001" in lines
    assert any("--require-hashes" in line for line in lines)
    assert not any(word in line for line in lines for word in ("--privileged", "sudo", "chmod 777"))
