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
@pytest.mark.parametrize("unit", [SERVICE, SOCKET], ids=lambda path: path.suffix)
def test_systemd_understands_each_line(unit: Path, tmp_path: Path) -> None:
    for each in (SERVICE, SOCKET):
        text = each.read_text("utf-8")
        text = text.replace("/usr/lib/signoff/current/bin/python", sys.executable)
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
    assert f"/{INSTANCES} /{BACKUPS}" in (DEPLOY / "debian/postinst").read_text("utf-8")


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
