"""What a sealed print says about its list, its text and the journal, in three places that must agree."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pikepdf

from signoff.domain.canonical import digest
from signoff.domain.evidence import Inclusion
from signoff.pdf import reading
from signoff.pdf.fonts import respelled
from signoff.pdf.reading import Element

FILES = {"signatories.json", "signatories.csv", "evidence.json"}


@dataclass(frozen=True, slots=True)
class Contents:
    """Whether the three agree, and what they say."""

    list_agrees: bool
    text_agrees: bool
    checkpoint_holds: bool
    earlier_agree: bool | None  # the digests of what was released before; ``None``: it names none
    count: int
    edition_digest: str
    entry: int
    root: str
    kind: str = "final"
    number: int = 1


def contents(content: bytes) -> Contents:
    """Compares attachments, evidence and print. Raises ``ValueError`` where the file is not one of ours."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if sorted(pdf.attachments) != sorted(FILES):
                raise ValueError("other attachments")
            files = {name: pdf.attachments[name].get_file().read_bytes() for name in FILES}
            printed = reading.structure(pdf)
        return compared(files, printed)
    except (pikepdf.PdfError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as wrong:
        raise ValueError(str(wrong)) from wrong


def compared(files: dict[str, bytes], printed: Element) -> Contents:
    evidence, data = json.loads(files["evidence.json"]), json.loads(files["signatories.json"])
    said, checkpoint, proof = evidence["signatories"], evidence["checkpoint"], evidence["inclusion"]
    list_agrees = (
        sha256(files["signatories.json"]).hexdigest() == said["json_sha256"]
        and sha256(files["signatories.csv"]).hexdigest() == said["csv_sha256"]
        and len(data["signatories"]) == data["count"] == said["count"]
        and tabled(files["signatories.csv"]) == [(each["key"], each["name"]) for each in data["signatories"]]
        and listed(printed, data["signatories"], data.get("withdrawals", []))
        and data.get("issue") == evidence.get("issue")
    )
    last = letters(last_section(printed))
    inclusion = Inclusion(proof["entry"], proof["commitment"], tuple(proof["path"]), checkpoint["root"])
    return Contents(
        list_agrees=list_agrees,
        text_agrees=digest(evidence["text"]) == evidence["edition_digest"] == data["edition_digest"]
        and evidence["edition_digest"] in last
        and evidence["text"]["title"] == data["title"],
        checkpoint_holds=inclusion.holds
        and proof["leaf"] == inclusion.leaf
        and checkpoint["entry"] == proof["entry"]
        and checkpoint["root"] in last,
        earlier_agree=named(evidence, last),
        count=data["count"],
        edition_digest=evidence["edition_digest"],
        entry=checkpoint["entry"],
        root=checkpoint["root"],
        **evidence.get("issue", {}),
    )


def named(evidence: dict[str, Any], last: str) -> bool | None:
    """Whether every document that was released before is printed with the digest the evidence gives."""
    if "issue" not in evidence:
        return None
    before = evidence["earlier"]
    return bool(before) and all(len(each["sha256"]) == 64 and each["sha256"] in last for each in before)


def tabled(content: bytes) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    # The apostrophe keeps a spreadsheet from computing.
    return [(row["key"].removeprefix("'"), row["name"].removeprefix("'")) for row in rows]


def listed(printed: Element, signatories: list[dict[str, Any]], withdrawals: list[dict[str, Any]]) -> bool:
    """Whether exactly ``signatories`` stand in the printed list, each with its name, signer and function.

    ``withdrawals`` have a section of their own between the list and the last one.
    """
    if len(headings(printed)) < 2 + bool(withdrawals):
        return False
    if withdrawals:
        *_rest, first, gone, last = headings(printed)
        if not matched(entries(between(printed, gone, last), has_notes=False), withdrawals):
            return False
    else:
        *_rest, first, gone = headings(printed)
    section = between(printed, first, gone)
    notes = [letters(each["note"]) for each in signatories if each.get("note")]
    everything = letters(texts(section)) if notes else ""
    if not all(note in everything for note in notes):
        return False
    return matched(entries(section, bool(notes)), signatories)


def matched(rows: list[tuple[str, str]], signatories: list[dict[str, Any]]) -> bool:
    """Whether the printed ``rows`` are those of ``signatories``, one each."""
    expected = Counter(letters(each["name"]) for each in signatories)
    by_name = {letters(each["name"]): each for each in signatories}
    if len(rows) != len(signatories):
        return False
    for name, row in rows:
        found = name if name in by_name else next((row[:end] for end in ends(row) if row[:end] in by_name), "")
        facts = by_name.get(found, {})
        if not expected[found] or any(letters(facts.get(fact, "")) not in row for fact in ("signer", "function")):
            return False
        expected[found] -= 1
    return True


def entries(section: list[Element], has_notes: bool) -> list[tuple[str, str]]:
    """Each printed line: the name where it stands alone (in tables), and all of it."""
    tables = [each for each in section if each.kind == "TR"]
    if tables:
        heads = [(row, next((cell for cell in row.walk() if cell.scope == "Row"), None)) for row in tables]
        return [(letters(head.text("Link")), letters(row.text("Link"))) for row, head in heads if head]
    lists = [each for each in section if each.kind == "L"]
    if has_notes:
        start = next(at for at in range(len(section) - 1, -1, -1) if section[at].kind == "H3")
        lists = [each for each in section[:start] if each.kind == "L"]
    return [("", letters(item.text("Link"))) for each in lists for item in each.walk() if item.kind == "LI"]


def ends(row: str) -> range:
    """Where a name may end, the longest first."""
    return range(len(row), 0, -1)


def headings(printed: Element) -> list[Element]:
    return [each for each in printed.walk() if each.kind == "H2"]


def between(printed: Element, first: Element, last: Element) -> list[Element]:
    every = list(printed.walk())
    starts = [at for at, each in enumerate(every) if each is first or each is last]
    return every[starts[0] + 1 : starts[1]]


def last_section(printed: Element) -> str:
    every = list(printed.walk())
    start = max(at for at, each in enumerate(every) if each.kind == "H2")
    return texts(every[start:])


def texts(elements: list[Element]) -> str:
    return "".join(piece for each in elements for piece in each.inside if isinstance(piece, str))


def letters(text: str) -> str:
    """``text`` without white space, soft hyphens and breaks, as it was respelled for print."""
    return "".join(respelled(str(text)).replace("\u00ad", "").split())
