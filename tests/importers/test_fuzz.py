"""Damaged files: an importer reads them, or refuses with its documented error, in bounded time and memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.soak

RUNS = 1000


@pytest.mark.parametrize("kind", ["docx", "md", "csv", "xlsx", "ods", "picture", "mail"])
def test_damaged_files_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    program = [sys.executable, "-W", "ignore", "-m", "tests.importers.fuzz_files"]
    done = subprocess.run(
        [*program, kind, tmp_path, str(RUNS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr
    print(kind, next(line for line in done.stderr.splitlines() if "DONE" in line))
