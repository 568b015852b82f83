"""What ``deploy/`` gives: units, maintainer scripts, bill of materials."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signoff.cli.machine import BACKUPS, INSTANCES

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SCRIPTS = [*DEPLOY.glob("debian/p*"), *DEPLOY.glob("*.sh"), DEPLOY / "debian/signoff"]
SERVICE, SOCKET = DEPLOY / "signoff@.service", DEPLOY / "signoff@.socket"
STANDBY = DEPLOY / "standby"
UNITS = [SERVICE, SOCKET, *STANDBY.glob("signoff-*")]
LANDLOCK = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")

sys.path.insert(0, str(DEPLOY))
import sbom  # noqa: E402


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_of_the_package_are_shell(script: Path) -> None:
    assert script.read_text("utf-8").splitlines()[0] == "#!/bin/sh"
    subprocess.run(["sh", "-n", script], check=True)


@systemd
def test_the_service_is_exposed_by_at_most_two() -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager"]
    done = subprocess.run([*command, SERVICE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_understands_each_line(unit: Path, tmp_path: Path) -> None:
    for each in UNITS:
        text = each.read_text("utf-8")
        text = re.sub(r"/usr/\S+/(python|litestream|rclone)\b", sys.executable, text)
        (tmp_path / each.name.replace("@", "@x")).write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", tmp_path / unit.name.replace("@", "@x")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_service_lets_the_printer_close_its_sandbox() -> None:
    """systemd 252 (Debian 12) has Landlock in none of its sets: whoever calls it would be killed."""
    allowed = re.findall(r"^SystemCallFilter=([^~].*)", SERVICE.read_text("utf-8"), re.MULTILINE)
    assert set(" ".join(allowed).split()) >= LANDLOCK


def test_units_scripts_and_setup_name_the_same_folders() -> None:
    service = SERVICE.read_text("utf-8")
    assert f"BindPaths=/{INSTANCES}/%i /{BACKUPS}/%i" in service
    assert f"SIGNOFF_INSTANCE=/{INSTANCES}/%i" in service
    assert "ListenStream=/run/signoff/%i.sock" in SOCKET.read_text("utf-8")
    copier, archive = (
        (STANDBY / f"signoff-{name}@.service").read_text("utf-8")
        for name in ("litestream", "archive")
    )
    config = (STANDBY / "litestream.yml").read_text("utf-8")
    assert f"BindPaths=/{INSTANCES}/%i\n" in copier
    assert "Before=signoff@%i.service" in copier
    assert "SIGNOFF_NAME=%i" in copier
    assert f"path: /{INSTANCES}/$SIGNOFF_NAME/signoff.sqlite" in config
    assert "RuntimeDirectory=signoff-litestream/%i" in copier
    assert "path: /run/signoff-litestream/$SIGNOFF_NAME/socket" in config
    assert f'/rclone sync --max-delete 50 --exclude ".*" /{INSTANCES}/%i/archive ' in archive
    assert f'/rclone copy --exclude ".*" /{BACKUPS}/%i ' in archive
    command = re.search(r"^ExecStart=(\S+)/litestream ", copier, re.MULTILINE)
    assert command
    assert f':{command[1]}"' in (DEPLOY / "debian/signoff").read_text("utf-8")
    for name in ("postinst", "prerm"):
        assert "signoff-litestream@" in (DEPLOY / "debian" / name).read_text("utf-8")
    assert f"/{INSTANCES} /{BACKUPS}" in (DEPLOY / "debian/postinst").read_text("utf-8")


def test_programs_of_the_package_import_nothing_from_the_folder_they_are_called_in() -> None:
    texts = [path.read_text("utf-8") for path in (*SCRIPTS, SERVICE)]
    calls = [call for text in texts for call in re.findall(r"bin/python\"? (.+)", text)]
    modules = [call for call in calls if re.search(r"-m (signoff|compileall)", call)]
    assert len(modules) == 4
    assert all(call.startswith("-P ") for call in modules), modules


# The maintainer script, on a folder of its own: what it does with the databases.

POSTINST = (DEPLOY / "debian/postinst").read_text("utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Two instances, and programs that belong to root alone as ones that do nothing."""
    for name, content in (("a.example", "one"), ("b.example", "two")):
        folder = tmp_path / "var/lib/signoff" / name
        folder.mkdir(parents=True)
        (folder / "keys.json").touch()
        (folder / "signoff.sqlite").write_text(content, "utf-8")
        (folder / "signoff.sqlite-wal").write_text(f"{content} wal", "utf-8")
    (tmp_path / "program/0.2/lib").mkdir(parents=True)
    (tmp_path / "program/0.1").mkdir()
    (tmp_path / "program/current").symlink_to("0.1")
    return tmp_path


def configure(machine: Path, program: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script; ``program`` is what the new version does for an instance, in shell."""
    python = machine / "program/0.2/bin/python"
    python.parent.mkdir(exist_ok=True)
    python.write_text(f"#!/bin/sh\nset -e\ncd / && case $* in\n{program}\n*) ;; esac\n", "utf-8")
    python.chmod(0o755)
    text = POSTINST.replace("@VERSION@", "0.2").replace(
        "/usr/lib/signoff", str(machine / "program")
    )
    text = text.replace("/var/lib/signoff", str(machine / "var/lib/signoff"))
    text = text.replace("/run/systemd/system", str(machine / "no-systemd"))
    text = text.replace("-o signoff -g signoff ", "").replace("-g signoff ", "")
    text = text.replace("setpriv --reuid=signoff --regid=signoff --init-groups -- ", "")
    text = text.replace("adduser ", ": ").replace("set -eu\n", f"set -eu\n{before}\n", 1)
    return subprocess.run(
        ["sh", "-c", text, "postinst", "configure"], capture_output=True, text=True
    )


def read_databases(machine: Path) -> dict[str, str]:
    folder = machine / "var/lib/signoff"
    paths = sorted(folder.glob("*/signoff.sqlite*"))
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}


CHANGE = '*" migrate") echo new >$SIGNOFF_INSTANCE/signoff.sqlite; rm $SIGNOFF_INSTANCE/*-wal;;'


def test_an_upgrade_that_fails_puts_the_databases_back(machine: Path) -> None:
    before = read_databases(machine)
    done = configure(machine, f"{CHANGE}\n*verify) exit 1;;")
    assert (done.returncode, "as before" in done.stderr) == (1, True), done.stderr
    assert read_databases(machine) == before
    assert (machine / "program/current").readlink() == Path("0.1")
    done = configure(machine, CHANGE)
    assert done.returncode == 0, done.stderr
    assert set(read_databases(machine).values()) == {"new\n"}
    assert (machine / "program/current").readlink() == Path("0.2")
    assert list((machine / "var/lib/signoff").glob(".*")) == []


def test_an_upgrade_interrupted_while_it_puts_back_loses_nothing(machine: Path) -> None:
    before = read_databases(machine)
    kept = machine / "var/lib/signoff/.upgrade"
    # The disk fails with the first file that is put back.
    full = 'cp() { case $2 in */.upgrade/*) return 1;; *) command cp "$@";; esac; }'
    done = configure(machine, f"{CHANGE}\n*verify) exit 1;;", full)
    assert (done.returncode, str(kept) in done.stderr) == (1, True), done.stderr
    changed = read_databases(machine)
    assert len(changed) == 2, "no database is missing"
    for _ in range(2):
        done = configure(machine, CHANGE)
        assert (done.returncode, "was interrupted" in done.stderr) == (1, True)
        assert read_databases(machine) == changed
        contents = {str(p.relative_to(kept)): p.read_text("utf-8") for p in kept.glob("*/*")}
        assert contents == before


def test_an_upgrade_without_room_for_copies_changes_nothing(machine: Path) -> None:
    before = read_databases(machine)
    done = configure(machine, CHANGE, "cp() { return 1; }")
    assert (done.returncode, "running again" in done.stderr) == (1, True), done.stderr
    assert read_databases(machine) == before
    assert list((machine / "var/lib/signoff").glob(".*")) == []


def test_the_bill_of_materials_names_each_locked_library() -> None:
    (folder,) = (ROOT / ".venv/lib").glob("python3.*/site-packages")
    document = sbom.build(folder, ROOT / "package-lock.json")
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "signoff"
    purls = {component["purl"] for component in document["components"]}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    here = "\n".join(line for line in lock.splitlines() if "!= 'CPython'" not in line)
    locked = re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", here, re.MULTILINE)
    assert len(locked) > 80
    wanted = {f"pkg:pypi/{name.replace('.', '-')}@{number}" for name, number in locked}
    assert wanted - purls == set()
    assert len({each["bom-ref"] for each in document["components"]}) == len(document["components"])
    assert any(purl.startswith("pkg:npm/%40kern-ux/native@") for purl in purls)
