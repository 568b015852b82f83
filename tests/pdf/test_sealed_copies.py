"""Receipts and certificates are sealed, and none of them can be taken for a released edition."""

from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signoff.domain.documents import Ground, VerificationReport
from signoff.exports import verify_signoff
from signoff.i18n.verification import describe_ground
from signoff.pdf import keys
from signoff.pdf.copies import recognise_copy
from signoff.pdf.signature import COPY_KIND, seal_pdf
from signoff.pdf.verify import verify_pdf
from signoff.services import build_sealing
from tests.factories import FORUM, MAYOR, sign
from tests.pdf import reader
from tests.pdf.verapdf import missing, validate_file
from tests.world import DEADLINE, World

pytestmark = pytest.mark.slow


@pytest.fixture
def answered(world: World) -> World:
    """Musterhausen has signed; the instance has a key of its own for its seal."""
    world.settings.own_seal.write_bytes(keys.generate_key("Verband"))
    world.opened()
    world.answer(MAYOR, sign())
    return world


def client(world: World) -> FlaskClient:
    """The web application with the real seal; files are examined without limits of time."""
    sealing = build_sealing(world.settings)
    return world.build_app(sealing=sealing, examine=examine).test_client()


def examine(content: bytes, pem: bytes) -> VerificationReport:
    return verify_pdf(content, keys.parse_pem(pem))


def download(world: World, path: str) -> bytes:
    address = f"/s/{world.links()[MAYOR]}/{path}"
    with client(world).get(address, base_url=world.settings.base_url) as answer:
        assert answer.status_code == 200
        return bytes(answer.data)


def add_kind(content: bytes, kind: str) -> bytes:
    """The file with an update that says to be another kind of copy."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    writer.root[COPY_KIND] = pdf_name(f"/{kind}")
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_receipt_and_a_certificate_are_sealed_and_named(answered: World, tmp_path: Path) -> None:
    files = {"receipt": download(answered, "receipt.pdf")}
    assert download(answered, "receipt.pdf") == files["receipt"]
    answered.now = DEADLINE
    answered.closed()
    files["certificate"] = download(answered, "certificate.pdf")
    (page,) = reader.pages(files["certificate"])
    assert "Verfahren geschlossen" in page, "what happened stands in a line"
    pem = build_sealing(answered.settings).export_certificates(FORUM.name)
    names = {"receipt": "eine Empfangsbestätigung", "certificate": "eine Verlaufsbescheinigung"}
    for kind, content in files.items():
        report = verify_pdf(content, keys.parse_pem(pem))
        assert (report.ground, report.kind, report.genuine) == (Ground.SEALED_COPY, kind, False)
        offline = verify_signoff.check(content, verify_signoff.Trust(pem))
        said = offline.describe("de")
        assert (offline.verdict, said["seal"]["kind"]) == ("genuine", kind)
        sentence = describe_ground(report.ground, report, "de")
        assert said["reasons"] == [sentence]
        assert names[kind] in sentence
        assert "nicht das veröffentlichte Papier" in sentence
        page = client(answered).post(
            "/verify",
            data={"file": (BytesIO(content), "a.pdf")},
            base_url=answered.settings.base_url,
        )
        assert sentence in " ".join(unescape(page.text).split())

        # Only the key of this instance counts, and nothing can be added.
        foreign = keys.format_pem(keys.load_key(keys.generate_key("Verband")).certificate)
        assert verify_pdf(content, keys.parse_pem(foreign)).ground is Ground.OTHER_KEY
        assert verify_signoff.check(content, verify_signoff.Trust(foreign)).verdict == "cannot_tell"
        for altered in (content + b"\n", content.replace(b"(Siegel)", b"(Segeil)"), content[:-1]):
            check_is_forged(altered, pem)
        for other in (*files, "final"):
            check_is_forged(add_kind(content, other), pem)
    path = tmp_path / "receipt.pdf"
    path.write_bytes(files["receipt"])
    assert not missing()
    assert [verdict.broken for verdict in validate_file(path) if not verdict.passed] == []


def check_is_forged(content: bytes, pem: bytes) -> None:
    assert verify_pdf(content, keys.parse_pem(pem)).ground is Ground.CHECK_FAILED
    assert verify_signoff.check(content, verify_signoff.Trust(pem)).verdict == "not_genuine"


def test_a_sealed_receipt_that_says_no_kind_is_no_edition(answered: World) -> None:
    """What is sealed without a kind has to be an edition, with its list and evidence."""
    content = download(answered, "receipt.pdf")
    plain = content[: content.index(b"%%EOF\n") + 6]
    key = keys.load_key(answered.settings.own_seal.read_bytes())
    pem = keys.format_pem(key.certificate)
    for kind in ("", "final", "edition"):
        check_is_forged(seal_pdf(plain, key, kind=kind).content, pem)


def test_without_a_usable_key_an_answer_is_confirmed_and_recognised(answered: World) -> None:
    answered.settings.own_seal.write_bytes(b"broken")
    content = download(answered, "receipt.pdf")
    assert recognise_copy(content, answered.settings.keys.links).startswith("Empfangsbestätigung")

    # It is sealed as soon as the key is there again.
    answered.settings.own_seal.write_bytes(keys.generate_key("Verband"))
    assert b"/SignoffKind" in download(answered, "receipt.pdf")
