"""Documents about the paper of the cast, with as many signatories as a test asks for."""

import io
from base64 import b64encode
from dataclasses import replace
from datetime import date
from functools import cache

from PIL import Image, ImageDraw

from signoff.domain.answers import Basis
from signoff.domain.documents import Document
from signoff.domain.log import (
    Checkpoint,
    LogEvidence,
    LogKind,
    MerkleTree,
    build_statement,
    commit_list,
    describe_terms,
    hash_statement,
)
from signoff.domain.papers import Picture, Text
from signoff.domain.releases import PrintKind, SealIdentity
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Round
from signoff.domain.text import canonical_digest, canonical_json
from signoff.exports.attachments import build_attachments
from signoff.importers.uploads import read_logo, read_picture
from signoff.signing import LogKey
from tests.factories import DEADLINE, EDITION, FORUM, OPENED, PAPER

KEY = LogKey(b"g" * 32)
SALT = b"s" * 16
ROUND = Round(1, 1, opened_at=OPENED, deadline=DEADLINE, closed_at=DEADLINE)
STATES = (
    ("Baden-Württemberg", "Ulmingen"), ("Bayern", "Augsfeld"), ("Brandenburg", "Potsau"), ("Hessen", "Groß-Gerau"),
    ("Niedersachsen", "Göttweiler"), ("Nordrhein-Westfalen", "Gelsenheim"), ("Rheinland-Pfalz", "Mainzach"),
    ("Sachsen", "Leipzach"), ("Sachsen-Anhalt", "Hallstedt"),
    ("Schleswig-Holstein", "Kielau"), ("Thüringen", "Erfurtal"),
)  # fmt: skip
KINDS = ("Stadt", "Landeshauptstadt", "Hanse- und Universitätsstadt", "Gemeinde", "Markt")
BASES = (Basis.COUNCIL, Basis.HEAD, Basis.COUNCIL, Basis.BOTH, Basis.URGENT)


@cache
def signatories(count: int) -> tuple[Signatory, ...]:
    """``count`` invented municipalities of all Länder, every name used once, some persons unnamed, some with notes."""
    return tuple(signatory(number) for number in range(count))


def signatory(number: int) -> Signatory:
    state, root = STATES[number % len(STATES)]
    name = f"{root} {number} Süd"
    basis = BASES[number % len(BASES)]
    decided = basis is not Basis.HEAD
    named = number % 4 != 3
    return Signatory(
        name=f"{KINDS[number % 5]} {name}",
        sort_name=name,
        key=f"{number:08d}",
        kind="Stadt",
        state=state,
        country="DE",
        signer=f"Vorname{number} Nachname{number}" if named else "",
        function=("Oberbürgermeisterin", "Bürgermeister")[number % 2] if named else "",
        basis=basis,
        decision_body="Rat der Stadt" if decided else "",
        decided_on=date(2027, 1, 14) if decided else None,
        note=f"Die Stadt {name} versteht Leitgedanke 4 im Rahmen ihrer Haushaltsmittel."
        if number % 17 == 5
        else "",
    )


def bare_signatories(count: int) -> tuple[Signatory, ...]:
    """The same, where nothing but the names is published."""
    return tuple(
        replace(
            item, signer="", function="", basis=None, decision_body="", decided_on=None, note=""
        )
        for item in signatories(count)
    )


def logo() -> str:
    """A logo with transparent corners, as a document carries it."""
    picture, png = Image.new("RGBA", (800, 300)), io.BytesIO()
    ImageDraw.Draw(picture).ellipse((0, 0, 800, 300), fill=(31, 63, 166, 255))
    picture.save(png, "PNG")
    return b64encode(read_logo(png.getvalue()).png).decode()


def picture() -> Picture:
    """A picture of a text."""
    source, png = Image.new("RGB", (1200, 500), (31, 63, 166)), io.BytesIO()
    source.save(png, "PNG")
    return read_picture(png.getvalue())


def document(
    count: int = 0, text: Text = PAPER, timestamp: bool = False, **changed: object
) -> Document:
    """The final paper with ``count`` signatories; any field may be another."""
    final = Document(
        kind=PrintKind.FINAL,
        association=FORUM,
        edition=replace(EDITION, text=text, digest=text.digest),
        deadline=DEADLINE,
        as_of=DEADLINE,
        address="https://mitzeichnung.staedteforum.example/papers/leitgedanken",
        verify_address="https://mitzeichnung.staedteforum.example/verify",
        signatories=signatories(count),
        sealer=SealIdentity(FORUM.name, FORUM.name, True, timestamp, "5e" * 32),
    )
    document = replace(final, **changed)  # type: ignore[arg-type]
    if document.kind is PrintKind.DRAFT:
        return document
    return attached(document)


def attached(document: Document) -> Document:
    """The document with its statement in the log, and its attachments."""
    document = replace(document, log=log_evidence(document))
    return replace(document, attachments=build_attachments(document))


def log_evidence(document: Document) -> LogEvidence:
    """The statement about the document among 400 leaves."""
    is_later = document.kind.is_later
    statement = build_statement(
        LogKind(document.kind) if is_later else LogKind.CLOSING,
        ROUND,
        document.edition,
        "a" * 64,
        DEADLINE,
        list=commit_list(SALT, document.signatories, document.withdrawals),
        terms=canonical_digest(describe_terms(ROUND)),
        **({"number": document.number} if is_later else {}),
    )
    leaves = [number.to_bytes(32, "big") for number in range(400)]
    leaves[7] = hash_statement(statement)
    tree, written = MerkleTree(leaves), canonical_json(statement).decode()
    checkpoint = Checkpoint(400, tree.root, LogKind.CLOSING, 1, 1, DEADLINE, written, SALT)
    return LogEvidence(
        key=KEY.verifier_key,
        key_digest=KEY.digest,
        statement=written,
        list_salt=SALT.hex(),
        terms=canonical_json(describe_terms(ROUND)).decode(),
        index=7,
        path=tuple(step.hex() for step in tree.build_path(7)),
        root=tree.root.hex(),
        checkpoint=KEY.sign_checkpoint(checkpoint),
    )


def draft(**changed: object) -> Document:
    """The same paper put to the members."""
    return document(kind=PrintKind.DRAFT, as_of=OPENED, sealer=None, **changed)
