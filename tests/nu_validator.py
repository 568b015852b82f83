"""Validates pages with the Nu Html Checker of the W3C (npm ``vnu-jar``, run by Java)."""

import json
import subprocess
from pathlib import Path

from tests.factories import ROOT

JAR = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"


def validate(folder: Path) -> list[str]:
    """The errors and warnings about all ``*.html`` files below ``folder``, by one process."""
    command = ["java", "-XX:TieredStopAtLevel=1", "-Xss4m", "-jar", str(JAR), "--format", "json"]
    output = subprocess.run(
        [*command, "--exit-zero-always", "--skip-non-html", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    ).stderr
    return [
        f"{Path(each['url']).name}:{each['lastLine']}: {each['message']}"
        for each in json.loads(output)["messages"]
        if each["type"] != "info" or each.get("subType") == "warning"
        if not is_accepted(each["message"], each.get("extract", ""))
    ]


def is_accepted(message: str, extract: str) -> bool:
    """Whether the canonical HTML of a text is as it was signed: its cells have an attribute
    ``align``, and its footnotes no heading.
    """
    return (message.startswith("The “align” attribute on the “t") and "obsolete" in message) or (
        message.startswith("Section lacks heading") and 'class="footnotes"' in extract
    )
