"""Compiles the message catalogues and gathers what the wheel carries besides the package: a hatchling build hook.

As a program (``python .ci/catalogues.py``) it only compiles the catalogues, those that are older than their source.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {"templates": "signoff/_templates", "static": "signoff/_static"}


class Catalogues(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises SystemExit where the third-party assets are missing: a wheel without them would look broken."""
        compile_catalogues(Path(self.root))
        if version == "editable" or self.target_name != "wheel":
            return
        if not (Path(self.root) / "static/vendor").is_dir():
            raise SystemExit("static/vendor is missing: run 'make install' first")
        for folder, place in OUTSIDE.items():
            build_data["force_include"][str(Path(self.root) / folder)] = place


def compile_catalogues(root: Path) -> None:
    for source in sorted(root.glob("signoff/translations/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parts[-3])
        with target.open("wb") as compiled:
            write_mo(compiled, catalogue, use_fuzzy=False)


if __name__ == "__main__":
    compile_catalogues(ROOT)
