"""The build hook: compiles the message catalogues and adds templates, static files
and the handbook to the wheel.

As a program (``python .ci/hatch_build.py``) it only compiles the catalogues that are older than
their source.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "templates": "signoff/_templates",
    "static": "signoff/_static",
    "docs/handbuch": "signoff/_handbuch",
    "deploy/nginx.conf": "signoff/_deploy/nginx.conf",
}  # and their places in the wheel
SUMMARY = "accessibility/summary.json"  # written into build/ by `make accessibility`
VENDOR_FOLDER = "static/vendor"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NPM_MISSING = (
    "Signoff's fonts and stylesheet (static/vendor) come from npm, which was not found: "
    "run 'make install' in the checkout first, or install npm and try again."
)


class BuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises ``SystemExit`` if the third-party assets are missing and cannot be made."""
        root = Path(self.root)
        compile_catalogues(root)
        if version == "editable":
            return
        make_assets(root)
        if self.target_name == "wheel":
            for folder, place in FOLDERS.items():
                build_data["force_include"][str(root / folder)] = place
            summary = root / "build" / SUMMARY
            if is_of_this_commit(summary):
                build_data["force_include"][str(summary)] = f"signoff/_{SUMMARY}"


def is_of_this_commit(summary: Path) -> bool:
    """Whether the summary is there and was written from tests of what is being built."""
    if not summary.exists():
        return False
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    built = subprocess.run(describe, cwd=summary.parent, capture_output=True, text=True)  # noqa: S607
    return json.loads(summary.read_text("utf-8"))["commit"] == built.stdout.strip()


def compile_catalogues(root: Path) -> None:
    for source in sorted(root.glob("signoff/translations/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parts[-3])
        with target.open("wb") as compiled:
            write_mo(compiled, catalogue, use_fuzzy=False)


def make_assets(root: Path) -> None:
    """Make ``static/vendor`` where it is missing, as .ci/setup.sh does: npm brings the packages."""
    if (root / VENDOR_FOLDER).is_dir():
        return
    if not (root / "node_modules").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(NPM_MISSING)
        environment = dict(os.environ)
        if SYSTEM_CERTIFICATES.exists():  # Node brings its own; behind a proxy the system's count
            environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
        subprocess.run([npm, "ci", "--no-progress"], cwd=root, env=environment, check=True)
    subprocess.run([sys.executable, root / ".ci/vendor_assets.py"], check=True)


if __name__ == "__main__":
    compile_catalogues(ROOT)
