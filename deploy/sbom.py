"""Writes a bill of materials in CycloneDX 1.6 to stdout: ``sbom.py SITE_PACKAGES PACKAGE_LOCK``.

The Python packages of a folder, the npm packages whose files are delivered and, where dpkg knows
some (``--debian``), the Debian packages of this system.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

DELIVERED = ("@kern-ux/native", "@svg-maps/germany", "dejavu-fonts-ttf")  # in static/vendor
Component = dict[str, Any]


def describe(name: str, version: str, purl: str, licence: str = "") -> Component:
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return component | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def list_python(folder: Path) -> Iterator[Component]:
    for each in sorted(distributions(path=[str(folder)]), key=lambda each: each.name.lower()):
        name = each.name.lower().replace("_", "-").replace(".", "-")
        yield describe(
            each.name, each.version, f"pkg:pypi/{name}@{each.version}", find_licence(each)
        )


def find_licence(distribution: Distribution) -> str:
    """As the metadata say it: in an expression, in a classifier, or in one line of their own."""
    data = distribution.metadata
    classifiers = [each for each in data.get_all("Classifier", []) if each.startswith("License ::")]
    own = data.get("License", "")
    return str(
        data.get("License-Expression")
        or ", ".join(each.rpartition(" :: ")[2] for each in classifiers)
        or (own if "\n" not in own else "")
    )


def list_npm(lock: Path) -> Iterator[Component]:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    for name in DELIVERED:
        package = packages[f"node_modules/{name}"]
        purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
        yield describe(name, package["version"], purl, package.get("license", ""))


def list_debian() -> Iterator[Component]:
    form = "${Package} ${Version} ${Architecture}\\n"
    command = ["dpkg-query", "--show", f"--showformat={form}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    for name, version, architecture in map(str.split, output.splitlines()):
        yield describe(name, version, f"pkg:deb/debian/{name}@{version}?arch={architecture}")


def build(folder: Path, lock: Path, debian: bool = False) -> Component:
    components = list(list_python(folder))
    (own,) = [each for each in components if each["name"] == "signoff"]
    others = [each for each in components if each is not own] + list(list_npm(lock))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own | {"type": "application"}},
        "components": others + (list(list_debian()) if debian else []),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--debian", action="store_true")
    print(json.dumps(build(**vars(parser.parse_args())), indent=1, ensure_ascii=False))
