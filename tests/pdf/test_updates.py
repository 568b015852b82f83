"""No update that a stranger makes is called genuine, by either verifier."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from asn1crypto import algos, cms, core, parser
from cryptography import x509
from pyhanko.sign.timestamps import dummy_client

from signoff.domain.documents import CopyKind, Ground, PrintedDocument
from signoff.exports import verify_signoff
from signoff.exports.verify_signoff import Name, Pdf, read_fields
from signoff.pdf import keys, verify
from signoff.pdf.signature import TimestampAuthority, seal_pdf
from tests.pdf.certificate_authority import authority, stamper
from tests.pdf.updates import Update, Written, forge

pytestmark = pytest.mark.slow

KNOWN, OTHER = "Zeitstempelstelle", "Fremde Zeitstempelstelle"
Judge = Callable[[bytes], str]


@pytest.fixture(scope="module")
def files(final: Callable[..., PrintedDocument]) -> tuple[list[Pdf], Judge]:
    """A sealed file, one with a timestamp, one with an archive timestamp too, and one that says to
    be a receipt; and what both verifiers say of a file.
    """
    key = keys.load_key(keys.generate_key("Verband"))
    plain = seal_pdf(final(1).content, key).content
    receipt = seal_pdf(final(1).content, key, kind=CopyKind.RECEIPT).content
    with authority(holder=KNOWN) as url:
        archived = seal_pdf(final(1, timestamp=True).content, key, TimestampAuthority(url)).content
    end = read_fields(Pdf(archived))[0].end
    known = x509.load_der_x509_certificate(stamper(KNOWN).tsa_cert.dump())
    trusted = [key.certificate, known]
    trust = verify_signoff.Trust(b"".join(map(keys.format_pem, trusted)))

    def judge(content: bytes) -> str:
        ground = verify.verify_pdf(content, trusted).ground
        assert verify_signoff.check(content, trust).find_ground() == ground
        return ground

    return [Pdf(plain), Pdf(archived[:end]), Pdf(archived), Pdf(receipt)], judge


@pytest.mark.parametrize("count", [100, pytest.param(10_000, marks=pytest.mark.soak)])
def test_no_forged_file_is_genuine(
    files: tuple[list[Pdf], Judge], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = cache(dummy_client.serialization.load_der_private_key)
    monkeypatch.setattr(dummy_client.serialization, "load_der_private_key", load)
    bases, judge = files
    genuine = []
    for number in range(count):
        made, content = forge(number, bases, [stamper(KNOWN), stamper(KNOWN), stamper(OTHER)])
        if judge(content) in (Ground.SEALED, Ground.SEALED_COPY):
            genuine.append(made)
    assert genuine == []


def test_a_timestamp_alone_may_follow_a_seal_with_a_timestamp(
    files: tuple[list[Pdf], Judge],
) -> None:
    """The forged files fail for what they change, not for how they are written."""
    bases, judge = files
    grounds = []
    for base in bases:
        update = Update(base)
        update.stamp(stamper(KNOWN))
        update.stamp(stamper(KNOWN))
        grounds.append(judge(update.content))
    assert judge(bases[3].data) == Ground.SEALED_COPY
    failed = Ground.CHECK_FAILED
    assert grounds == [failed, Ground.SEALED, Ground.SEALED, failed]


def beside(**entries: Any) -> Callable[[Update], None]:
    return lambda update: update.trailer.update(entries)


def behind(update: Update) -> None:
    update.behind = b"%d 0 obj\n(UNG)\nendobj\n" % update.pages()[0].number


def unused(update: Update) -> None:
    update.add("UNGÜLTIG")


def another_kind(kind: Any) -> Callable[[Update], None]:
    return lambda update: update.change(update.root, SignoffKind=update.add(kind))


def table(old: bytes, new: bytes) -> Callable[[Update], None]:
    """What the pattern ``old`` finds in the new table is replaced."""

    def rewrite(content: bytes) -> bytes:
        changed, count = re.subn(old, new, content, count=1, flags=re.DOTALL)
        assert count == 1
        return changed

    return lambda update: setattr(update, "rewrite", rewrite)


def row(number: int, entry: bytes) -> Callable[[Update], None]:
    """The table gets a row for ``number`` in front: the pattern ``entry``, or that of the first."""

    def rewrite(content: bytes) -> bytes:
        head, rows = content.split(b"stream\n", 1)
        head = head.replace(b"/Index [", b"/Index [%d 1 " % number)
        length = re.search(rb"/Length (\d+)", head)
        assert length
        head = head.replace(length[0], b"/Length %d" % (int(length[1]) + 7))
        return head + b"stream\n" + (entry or rows[:7]) + rows

    return lambda update: setattr(update, "rewrite", rewrite)


def in_place_of_another(update: Update) -> None:
    """The table takes the number of an object of the print that the verifiers do not read."""

    def rewrite(content: bytes) -> bytes:
        number = int(content.split()[0])
        content = re.sub(rb"\b%d\b" % number, b"%d" % unread(update), content)
        return content.replace(b"/Size %d" % (number + 1), b"/Size %d" % number)

    update.rewrite = rewrite


def unread(update: Update) -> int:
    """The number of a font that only viewers read."""
    return next(
        number
        for number in update.base.entries
        if isinstance(value := update.base.get(number), dict)
        and value.get("Type") == "FontDescriptor"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (behind, {}),
        (unused, {}),
        (another_kind(Name("receipt")), {}),
        (another_kind(Written(b"(")), {}),
        (beside(Fremd=b"UNG"), {}),
        (beside(ID=None), {}),
        (lambda _update: None, {"TU": b"UNG"}),
        (lambda _update: None, {"T": b"UNG"}),
        (lambda _update: None, {"DV": b"UNG"}),
        (lambda _update: None, {"A": {"S": Name("URI"), "URI": b"https://example.org"}}),
        (lambda _update: None, {"F": Written(b"132 %" + b"UNG" * 100_000 + b"\n")}),
        (lambda _update: None, {"F": Written(b"132." + b"0" * 30 + b"857871")}),
        (table(rb"endstream", b"endstream %UNG\n"), {}),
        (beside(DecodeParms={"Hidden": b"UNG"}), {}),
        (beside(DecodeParms={"Predictor": 1, "Columns": 857871}), {}),
        (table(rb"(/ID \[<\w+> )<\w+>", rb"\1[(UNG)]"), {}),
        (table(rb"/Size \d+", b"/Size 857871"), {}),
        (table(rb"/Index \[", b"/Index [857871 0 "), {}),
        (table(rb".{6}\nendstream", b"UNG!\0\0\nendstream"), {}),
        (table(rb".{2}\nendstream", b"UN\nendstream"), {}),
        (row(0, b"\0UNG!!!"), {}),
        (lambda update: row(unread(update), b"")(update), {}),
        (in_place_of_another, {}),
    ],
)
def test_nothing_hides_beside_a_timestamp_of_the_known_authority(
    files: tuple[list[Pdf], Judge], change: Callable[[Update], None], field: dict[str, Any]
) -> None:
    bases, judge = files
    update = Update(bases[2])
    change(update)
    update.stamp(stamper(KNOWN), **field)

    assert judge(update.content) == Ground.CHECK_FAILED


def unsigned(signed: Any) -> None:
    """An attribute that the authority has not signed."""
    hint = {"type": "1.2.3.4", "values": [core.OctetString(b"UNG")]}
    signed["signer_infos"][0]["unsigned_attrs"] = [hint]


def foreign_certificate(signed: Any) -> None:
    signed["certificates"].append(stamper(OTHER).tsa_cert)


def certificate_twice(signed: Any) -> None:
    signed["certificates"].append(stamper(KNOWN).tsa_cert)


def parameters(signed: Any) -> None:
    """RSA has none but null."""
    raw = bytes.fromhex("300f06092a864886f70d0101010402554e")
    algorithm = algos.SignedDigestAlgorithm.load(raw)
    signed["signer_infos"][0]["signature_algorithm"] = algorithm


def beside_the_content(signed: Any) -> None:
    """A second value where there is one (RFC 5652, 5.2)."""
    kind, content = (
        signed["encap_content_info"][name].dump() for name in ("content_type", "content")
    )
    more = parser.emit(2, 1, 0, parser.parse(content)[4] + core.OctetString(b"UNG").dump())
    signed["encap_content_info"] = cms.EncapsulatedContentInfo.load(
        parser.emit(0, 1, 16, kind + more)
    )


@pytest.mark.parametrize(
    "change", [unsigned, foreign_certificate, certificate_twice, parameters, beside_the_content]
)
def test_a_timestamp_has_no_room_for_what_nobody_has_signed(
    files: tuple[list[Pdf], Judge], change: Callable[[Any], None]
) -> None:
    """Nothing covers the bytes of the last timestamp but its own signature."""
    bases, judge = files

    def rewrite(token: bytes) -> bytes:
        info = cms.ContentInfo.load(token)
        change(info["content"])
        return bytes(info.dump())

    update = Update(bases[2])
    update.rewrite_token = rewrite
    update.stamp(stamper(KNOWN))

    assert judge(update.content) == Ground.CHECK_FAILED
