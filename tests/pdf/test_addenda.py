"""Documents after the release: addendum and further editions, read as other programs do."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from signoff.domain.documents import Document, VerificationCheck
from signoff.domain.releases import LateWithdrawal, PrintKind, PriorRelease
from signoff.pdf import keys
from signoff.pdf.keys import Key
from signoff.pdf.process import parse_document, serialize_document
from signoff.pdf.render import print_document
from signoff.pdf.signature import seal_pdf
from signoff.pdf.verify import read_contents, verify_pdf
from tests.factories import DEADLINE, FORUM, PAPER
from tests.pdf import documents, reader, verapdf

pytestmark = pytest.mark.slow

NOW = datetime(2027, 5, 3, 8, 30, tzinfo=UTC)
FIRST = PriorRelease(PrintKind.FINAL, 1, DEADLINE, "ab" * 32)
ADDED = PriorRelease(PrintKind.ADDENDUM, 1, NOW, "cd" * 32)
GONE = LateWithdrawal("Hansestadt Musterhausen", "Musterhausen", "0900", date(2027, 4, 28), 400)
BOTH = (
    GONE,
    LateWithdrawal("Gemeinde Rückzug", "Rückzug", "0901", date(2027, 5, 1), 402, date(2027, 4, 20)),
)
SMALL = PAPER.html[: PAPER.html.index("</p>") + 4]


def late(count: int) -> tuple:
    """Late signatories, with names that differ from the first ones."""
    return tuple(
        replace(signatory, late_on=date(2027, 4, 20))
        for signatory in map(documents.signatory, range(900, 900 + count))
    )


def addendum(count: int = 3, **changed: object) -> Document:
    facts = {"signatories": late(count), "withdrawals": (GONE,), "earlier": (FIRST,), "as_of": NOW}
    return documents.document(kind=PrintKind.ADDENDUM, **(facts | changed))


def edition(first: int = 5, later: int = 2, **changed: object) -> Document:
    signed = (*documents.signatories(first), *late(later))
    facts = {
        "signatories": signed,
        "withdrawals": (GONE,),
        "earlier": (FIRST, ADDED),
        "as_of": NOW,
        "number": 2,
    }
    return documents.document(kind=PrintKind.EDITION, **(facts | changed))


@pytest.fixture(scope="module")
def key() -> Key:
    return keys.rename_key(keys.load_key(keys.generate_key("x")), FORUM.name)


def test_addendum_names_its_edition_and_dated_signatures_and_withdrawals() -> None:
    printed = print_document(addendum(2))
    text = reader.words(printed.content)
    unbroken = reader.strip_spaces(reader.words(printed.content))

    assert printed.pages <= 2
    assert f"{PAPER.title}: 1. Nachtrag" in text
    assert "1. Ausgabe, Stand Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)" in text
    assert "Stand Montag, 3. Mai 2027, 10:30 Uhr (MESZ)" in text
    assert "Nachgezeichnet am" in text
    assert "20.04.2027" in text
    assert "Hansestadt Musterhausen · zurückgenommen am 28. April 2027" in text
    assert FIRST.sha256 in unbroken
    assert PAPER.digest in unbroken
    assert "Präambel" not in text


def test_second_edition_contains_the_text_all_signatories_and_the_withdrawals() -> None:
    content = print_document(edition()).content
    text, unbroken = reader.words(content), reader.strip_spaces(reader.words(content))

    assert "2. Ausgabe" in text
    assert "Präambel" in text
    assert "7 Kommunen" in text
    assert "Davon haben 2 nachgezeichnet." in text
    assert (
        text.index("Süd")
        < text.index("Nachgezeichnet ")
        < text.index("Zurückgenommene Mitzeichnungen")
    )
    assert FIRST.sha256 in unbroken
    assert ADDED.sha256 in unbroken
    marks = reader.bookmarks(reader.opened(content))
    assert marks[-3:] == [
        "    Nachgezeichnet",
        "  Zurückgenommene Mitzeichnungen",
        "  Zur Echtheit dieses Dokuments",
    ]


@pytest.mark.parametrize("layout", ["state", "place"])
@pytest.mark.parametrize(
    "build",
    [
        lambda layout: addendum(3, layout=layout),
        lambda layout: addendum(0, layout=layout, withdrawals=BOTH),
        lambda layout: addendum(20, layout=layout, withdrawals=()),
        lambda layout: edition(20, 20, layout=layout),
        lambda layout: edition(0, 1, layout=layout, withdrawals=()),
        lambda layout: edition(1, 0, layout=layout, withdrawals=BOTH),
    ],
    ids=[
        "both",
        "only-withdrawals",
        "only-later",
        "edition-with-notes",
        "none-but-a-later-one",
        "none-later",
    ],
)
def test_printed_lists_equal_the_embedded_ones(build, layout: str) -> None:
    document = build(layout)
    contents = read_contents(print_document(document).content)

    assert contents.list_agrees
    assert contents.text_agrees
    assert contents.log_holds
    assert contents.prior_releases_agree
    assert (contents.count, contents.kind, contents.number) == (
        len(document.signatories), document.kind, document.number,
    )  # fmt: skip


def test_differences_between_print_and_attachments_are_detected() -> None:
    document = addendum(3)
    for other in (
        replace(document, withdrawals=()),
        replace(document, withdrawals=BOTH),
        replace(document, signatories=late(2)),
        replace(document, withdrawals=(replace(GONE, name="Hansestadt Nirgendwo"),)),
    ):
        lying = replace(other, attachments=document.attachments)
        assert not read_contents(print_document(lying).content).list_agrees
    elsewhere = replace(document, earlier=(replace(FIRST, sha256="ef" * 32),))
    assert not read_contents(print_document(elsewhere).content).prior_releases_agree


def test_attachments_describe_the_document_and_the_earlier_ones() -> None:
    files = {attachment.name: attachment.text for attachment in addendum(1).attachments}
    data, evidence = json.loads(files["signatories.json"]), json.loads(files["evidence.json"])

    assert data["issue"] == evidence["issue"] == {"kind": "addendum", "number": 1}
    assert data["signatories"][0]["late_on"] == "2027-04-20"
    assert data["withdrawals"] == [{"name": GONE.name, "withdrawn_on": "2027-04-28"}]
    assert [release["sha256"] for release in evidence["earlier"]] == [FIRST.sha256]
    assert files["signatories.csv"].splitlines()[0].endswith(";note;late_on")


def test_first_edition_mentions_no_later_documents() -> None:
    files = {attachment.name: attachment.text for attachment in documents.document(2).attachments}

    assert "issue" not in files["evidence.json"]
    assert "late_on" not in files["signatories.json"] + files["signatories.csv"]
    assert read_contents(print_document(documents.document(2)).content).prior_releases_agree is None


def test_the_same_addendum_prints_the_same_bytes() -> None:
    loaded = parse_document(serialize_document(addendum()))
    assert print_document(addendum()).sha256 == print_document(loaded).sha256  # type: ignore[arg-type]


def test_addendum_and_second_edition_meet_the_standards_and_are_genuine(
    tmp_path: Path, key: Key
) -> None:
    files = {}
    for name, document in (("addendum", addendum()), ("edition", edition())):
        content = seal_pdf(print_document(document).content, key).content
        report = verify_pdf(content, [key.certificate])
        assert report.genuine, report
        assert report.checks[VerificationCheck.EARLIER] is True, report
        assert (report.kind, report.count) == (document.kind, len(document.signatories))
        files[name] = tmp_path / f"{name}.pdf"
        files[name].write_bytes(content)
    assert not verapdf.missing(), f"veraPDF needs {verapdf.missing()}: make test installs it"
    for verdicts in verapdf.validate(*files.values()).values():
        assert [verdict.broken for verdict in verdicts] == [(), ()]
        assert all(verdict.passed for verdict in verdicts)
