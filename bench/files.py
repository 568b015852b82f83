"""How files from outside come in: texts (Word, Markdown) and tables below the named folders.

``python bench/files.py FOLDER …`` prints a Markdown table: taken or refused and why, whether the
text prints, how many words were lost, and how many numbers differ from those that LibreOffice (or
pandoc) shows. ``--no-print`` saves the prints. Nothing is stored, and nothing is fetched.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from signoff.domain.errors import PrintError
from signoff.i18n.errors import describe_import_problem
from signoff.importers.diff import Passage, split_passages
from signoff.importers.errors import FileRefused
from signoff.importers.members import read_members
from signoff.importers.papers import read_text
from signoff.pdf.render import print_document
from tests.factories import PAPER
from tests.pdf import documents

TEXT_EXTENSIONS = {".docx", ".md"}
TABLE_EXTENSIONS = {".csv", ".xlsx", ".ods", ".txt"}
MAX_DETAILS = 3


@dataclass
class Finding:
    """What happened to one file. Counts are ``None`` where there was nothing to compare."""

    name: str
    outcome: str
    printed: str = ""
    words: int | None = None
    lost: int | None = None
    labels: int | None = None
    differing: int | None = None
    details: tuple[str, ...] = ()


# Another reader of Word files.

BATCH_SIZE = 20  # LibreOffice takes seconds to start


def read_elsewhere(files: list[Path]) -> dict[Path, list[str]]:
    """The lines of each file with its numbers, as LibreOffice or else pandoc shows them."""
    if office := shutil.which("soffice") or shutil.which("libreoffice"):
        batches = [files[at : at + BATCH_SIZE] for at in range(0, len(files), BATCH_SIZE)]
        return {
            file: lines
            for batch in batches
            for file, lines in zip(batch, read_by_libreoffice(office, batch), strict=True)
        }
    if pandoc := shutil.which("pandoc"):
        return {file: lines for file in files if (lines := read_by_pandoc(pandoc, file))}
    print("Neither LibreOffice nor pandoc is installed: numbers are not compared.", file=sys.stderr)
    return {}


def read_by_libreoffice(office: str, files: list[Path]) -> list[list[str]]:
    with TemporaryDirectory() as folder:
        copies = [Path(folder, f"{number}.docx") for number in range(len(files))]
        for file, copy in zip(files, copies, strict=True):
            shutil.copyfile(file, copy)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [office, "--headless", profile, "--convert-to", "txt:Text (encoded):UTF8"]
        run([*command, "--outdir", folder, *map(str, copies)])
        texts = [copy.with_suffix(".txt") for copy in copies]
        return [split_lines(text.read_text("utf-8-sig")) if text.exists() else [] for text in texts]


def read_by_pandoc(pandoc: str, file: Path) -> list[str]:
    return split_lines(run([pandoc, "--to=plain", "--wrap=none", str(file)]))


def run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace")


def split_lines(text: str) -> list[str]:
    return [line for line in (normalize(line) for line in text.splitlines()) if line]


def normalize(text: str) -> str:
    return " ".join(text.split())


def count_words(lines: list[str]) -> Counter[str]:
    return Counter(word for line in lines for word in re.findall(r"\w{2,}", line))


def has_label(passage: Passage, lines: set[str], endings: dict[str, list[str]]) -> bool | None:
    """Whether another reader shows the same number; ``None`` if it does not have the passage."""
    if normalize(passage.labelled_text) in lines:
        return True
    return False if endings.get(passage.text[-40:]) else None


# One file.


def examine_text(file: Path, elsewhere: list[str] | None, prints: bool) -> Finding:
    try:
        imported = read_text(file.name, file.read_bytes(), "")
    except FileRefused as refused:
        return Finding(file.name, describe_refusal(refused))
    passages = split_passages(imported.html)
    finding = Finding(file.name, f"taken, {len(imported.notices)} notices")
    if prints:
        finding.printed = try_print(imported.html)
    if elsewhere:
        words = count_words(elsewhere)
        ours = count_words([passage.labelled_text for passage in passages])
        finding.words, finding.lost = words.total(), (words - ours).total()
        compare_labels(passages, elsewhere, finding)
    return finding


def compare_labels(passages: list[Passage], elsewhere: list[str], finding: Finding) -> None:
    lines = set(elsewhere)
    endings: dict[str, list[str]] = {}
    for line in elsewhere:
        endings.setdefault(line[-40:], []).append(line)
    labelled = [
        passage
        for passage in passages
        if passage.text and (passage.label or re.match(r"h\d", passage.tag))
    ]
    differing = [
        passage.labelled_text for passage in labelled if has_label(passage, lines, endings) is False
    ]
    finding.labels, finding.differing = len(labelled), len(differing)
    finding.details = tuple(differing[:MAX_DETAILS])


def try_print(html: str) -> str:
    try:
        print_document(documents.draft(text=replace(PAPER, html=html)))
    except PrintError as error:
        return f"no: {error}"
    return "yes"


def examine_table(file: Path) -> Finding:
    try:
        members = read_members(file.name, file.read_bytes())
    except FileRefused as refused:
        return Finding(file.name, describe_refusal(refused))
    return Finding(file.name, f"taken, {len(members.members)} members")


def describe_refusal(refused: FileRefused) -> str:
    first, *others = refused.problems
    more = f" (and {len(others)} more)" if others else ""
    return f"refused: {describe_import_problem(first)}{more}"


def examine(folders: list[Path], prints: bool) -> Iterator[Finding]:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    elsewhere = read_elsewhere([file for file in files if file.suffix.lower() == ".docx"])
    for file in files:
        if file.suffix.lower() in TEXT_EXTENSIONS:
            yield examine_text(file, elsewhere.get(file), prints)
        elif file.suffix.lower() in TABLE_EXTENSIONS:
            yield examine_table(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--no-print", action="store_true", help="do not print the texts")
    options = parser.parse_args()
    print("| file | outcome | printed | words | lost | numbers | differ |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    for finding in examine(options.folders, not options.no_print):
        numbers = (finding.words, finding.lost, finding.labels, finding.differing)
        cells = [finding.name, finding.outcome, finding.printed]
        cells += ["" if number is None else f"{number:,}" for number in numbers]
        print(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |", flush=True)
        for detail in finding.details:
            print(f"differs in {finding.name}: {detail}", file=sys.stderr)


if __name__ == "__main__":
    main()
