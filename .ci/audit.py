"""Ask OSV for known weaknesses of all pinned libraries: ``python .ci/audit.py [URL]``.

Names each and fails if there are any. Without an answer within a few seconds it says so and passes.
"""

import json
import re
import sys
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
OSV = "https://api.osv.dev/v1/querybatch"
TIMEOUT = 4.0  # seconds
ACCEPTED: dict[str, str] = {}  # identifiers that do not concern us, and why

Pinned = tuple[str, str, str]  # ecosystem, name and version


def iter_pinned(root: Path) -> Iterator[Pinned]:
    """The libraries of every lock, for Python and for Node."""
    for lock in root.glob("requirements*.lock"):
        for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock.read_text("utf-8"), re.M):
            yield "PyPI", name, version
    packages = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    for path, facts in packages.items():
        if path:
            yield "npm", path.rpartition("node_modules/")[2], facts["version"]


def find_weaknesses(pinned: list[Pinned], url: str) -> list[str]:
    """A line for each weakness. Raises an error of several kinds without a whole answer."""
    queries = [
        {"package": {"ecosystem": ecosystem, "name": name}, "version": version}
        for ecosystem, name, version in pinned
    ]
    body = json.dumps({"queries": queries}).encode()
    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 (our own)
    with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
        results = json.load(response)["results"]
    return [
        f"{name} {version}: {weakness['id']}"
        for (_, name, version), result in zip(pinned, results, strict=True)
        for weakness in result.get("vulns", ())
        if weakness["id"] not in ACCEPTED
    ]


def main(url: str = OSV) -> int:
    pinned = sorted(set(iter_pinned(ROOT)))
    try:
        found = find_weaknesses(pinned, url)
    except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
        print(f"· known weaknesses of {len(pinned)} libraries were not looked up: {error}")
        return 0
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
