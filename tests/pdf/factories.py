"""A paper, a round's end and as many signatories as a test asks for."""

import io
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from signoff.domain import audit
from signoff.domain.answers import Basis
from signoff.domain.association import Association
from signoff.domain.audit import InclusionProof
from signoff.domain.documents import Checkpoint, Document
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import PrintKind, SealIdentity
from signoff.domain.round_status import Signatory
from signoff.exports.attachments import build_attachments
from signoff.importers.uploads import read_logo
from tests.merkle import compute_inclusion_path, compute_subtree_root

HERE = Path(__file__).parent
DEADLINE = datetime(2027, 2, 26, 23, tzinfo=UTC)
FORUM = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum",
    address="Musterplatz 1, 12345 Musterstadt",
    email="geschaeftsstelle@staedteforum.example",
    telephone="030 23125 000",
)
TEXT = Text(
    title="Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
    html=(HERE / "leitgedanken.html").read_text("utf-8"),
    adopted_by="27. Mitgliederversammlung",
    adopted_on=date(2026, 11, 12),
    adopted_at="Mannheim",
)
LINES = [audit.hash_leaf(number, f"{number:064x}") for number in range(1, 389)]
PROOF = InclusionProof(
    388,
    f"{388:064x}",
    tuple(each.hex() for each in compute_inclusion_path(LINES, 387)),
    compute_subtree_root(LINES).hex(),
)
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
    place = f"{root} {number} Süd"
    basis = BASES[number % len(BASES)]
    decided = basis is not Basis.HEAD
    named = number % 4 != 3
    return Signatory(
        name=f"{KINDS[number % 5]} {place}",
        sort_name=place,
        key=f"{number:08d}",
        kind="Stadt",
        state=state,
        country="DE",
        signer=f"Vorname{number} Nachname{number}" if named else "",
        function=("Oberbürgermeisterin", "Bürgermeister")[number % 2] if named else "",
        basis=basis,
        decision_body="Rat der Stadt" if decided else "",
        decided_on=date(2027, 1, 14) if decided else None,
        note=f"Die Stadt {place} versteht Leitgedanke 4 im Rahmen ihrer Haushaltsmittel."
        if number % 17 == 5
        else "",
    )


def logo() -> str:
    """A logo with transparent corners, as a document carries it."""
    picture, drawn = Image.new("RGBA", (800, 300)), io.BytesIO()
    ImageDraw.Draw(picture).ellipse((0, 0, 800, 300), fill=(31, 63, 166, 255))
    picture.save(drawn, "PNG")
    return b64encode(read_logo(drawn.getvalue()).png).decode()


def document(count: int = 0, text: Text = TEXT, **changed: object) -> Document:
    """The final paper with ``count`` signatories; any field may be another."""
    edition = Edition(1, 1, "leitgedanken", 1, text, text.digest, datetime(2026, 12, 1, tzinfo=UTC))
    final = Document(
        kind=PrintKind.FINAL,
        association=FORUM,
        edition=edition,
        deadline=DEADLINE,
        as_of=DEADLINE,
        address="https://mitzeichnung.staedteforum.example/papers/leitgedanken",
        verify_address="https://mitzeichnung.staedteforum.example/verify",
        signatories=signatories(count),
        checkpoint=Checkpoint(PROOF.seq, PROOF.root),
        sealer=SealIdentity(FORUM.name, FORUM.name, True, False, "5e" * 32),
    )
    made: Document = replace(final, **changed)  # type: ignore[arg-type]
    return (
        made
        if made.kind is PrintKind.DRAFT
        else replace(made, attachments=build_attachments(made, PROOF))
    )


def draft(**changed: object) -> Document:
    """The same paper put to the members."""
    opened = datetime(2026, 12, 3, 9, tzinfo=UTC)
    return document(kind=PrintKind.DRAFT, as_of=opened, checkpoint=None, sealer=None, **changed)
