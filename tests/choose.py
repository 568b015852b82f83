"""Prints the test files of what differs from a branch: ``python -m tests.choose main``, for ``make check``.

A file that differs has the tests of its subject and of its folder. All are chosen if one has none.
"""

import re
import subprocess
import sys
from pathlib import Path

from tests.test_architecture import ROOT, subjects

ALWAYS = [Path(f"tests/test_{name}.py") for name in ("architecture", "docs", "messages", "words")]
TESTS = [path.relative_to(ROOT) for path in ROOT.glob("tests/**/test_*.py")]
SUBJECTS = [
    {module.split("/")[-1] for modules in layers.values() for module in modules}
    for subject, layers in subjects().items()
    if subject != "shared"
]
LAYERS = {"signoff", "domain", "store", "actions", "web", "office", "templates", "macros", "tests"}


def list_changes(branch: str) -> list[Path]:
    """What differs from where HEAD has left ``branch``, committed or not."""
    fork = ["git", "diff", "--name-only", "--no-renames", "--merge-base", branch]
    new = ["git", "ls-files", "--others", "--exclude-standard"]
    found = [subprocess.check_output(each, cwd=ROOT, text=True) for each in (fork, new)]
    return [Path(name) for name in "".join(found).splitlines()]


def list_tests(changed: Path) -> set[Path]:
    """The tests of the subjects and folders that the path of a file names."""
    parts = (*changed.parts[:-1], "docs" if changed.suffix == ".md" else changed.stem)
    names = {re.sub("^test_|_browser$", "", part) for part in parts} - LAYERS
    names |= set().union(*(words for words in SUBJECTS if words & names))
    named = "|".join(map(re.escape, names)) or "$"
    pattern = re.compile(rf"/({named})/|/test_({named})[_.]")
    return {path for path in TESTS if pattern.search(path.as_posix())}


def choose(changes: list[Path]) -> list[Path]:
    chosen = [list_tests(each) for each in changes]
    return sorted({*ALWAYS, *set().union(*chosen)}) if all(chosen) else [Path("tests")]


if __name__ == "__main__":
    print(*choose(list_changes(sys.argv[1])))
