"""A third language needs its catalogue and its texts, and no change of code or template."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from tests.french_walk import MARK

ROOT = Path(__file__).resolve().parents[1]
NO_SENTENCE = re.compile(r"[dMyE., ]+|%\(time\)s.*|%\(names\)s.*|\S*")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project with French beside German and English: the English texts, each with a mark."""
    folder = tmp_path / "checkout"
    for name in ("signoff", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("docs", "static", "tests"):
        (folder / name).symlink_to(ROOT / name)

    translations = folder / "signoff/translations"
    with (translations / "en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    for message in catalogue:
        if not message.id or NO_SENTENCE.fullmatch(str(message.id)):
            continue
        message.string = (
            tuple(f"{MARK}{text}" for text in message.string)
            if isinstance(message.string, tuple)
            else f"{MARK}{message.string}"
        )
    french = translations / "fr/LC_MESSAGES/messages.po"
    french.parent.mkdir(parents=True)
    with french.open("wb") as file:
        write_po(file, catalogue)
    for path in (folder / "templates/texts").glob("*.en.md"):
        shutil.copyfile(path, path.with_name(path.name.replace(".en.", ".fr.")))
    (folder / ".ci").mkdir()
    shutil.copyfile(ROOT / ".ci/hatch_build.py", folder / ".ci/hatch_build.py")
    subprocess.run([sys.executable, folder / ".ci/hatch_build.py"], check=True)
    return folder


@pytest.mark.slow
def test_third_language_needs_only_a_catalogue_and_texts(checkout: Path, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    environment = os.environ | {"PYTHONPATH": str(checkout), "LC_ALL": "fr_FR.UTF-8"}
    walked = subprocess.run(
        [sys.executable, "-m", "tests.french_walk", instance],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert walked.returncode == 0, walked.stderr[-3000:]
