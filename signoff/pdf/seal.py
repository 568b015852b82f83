"""Seal PDFs with the key of the instance, and verify each sealed file.

pyHanko and cryptography are imported on first use: they take a second, and most commands never
seal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from signoff.domain.documents import ListFact, VerificationReport
from signoff.domain.releases import SealedFile, SealError, SealIdentity
from signoff.storage import lock_folder, write_atomically

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from signoff.pdf.keys import Key


@dataclass(frozen=True, slots=True)
class SealService:
    """Seals PDFs. A new ``p12`` needs no restart: it is read again once the file has changed."""

    p12: Path
    certificates: Path  # of all keys and timestamp authorities that were ever used (PEM)
    passphrase: str = ""
    passphrase_file: str = ""
    tsa_url: str = ""
    tsa_certificate: str = ""  # a file (PEM): of the authorities to accept, or of their issuers
    # called after sealing, before verification
    on_sealed: Callable[[], None] = field(default=lambda: None, compare=False)

    def with_progress(self, sealed: Callable[[], None]) -> "SealService":
        """The same, calling ``sealed`` once the seal is set."""
        return replace(self, on_sealed=sealed)

    def describe_sealer(self, association: str, timestamp: bool) -> SealIdentity:
        """The identity for the last page of the PDF; raises ``SealError`` without a key."""
        key = self.load_key(association)
        return SealIdentity(
            key.holder,
            key.issuer,
            key.is_self_signed,
            timestamp and bool(self.tsa_url),
            key.fingerprint,
        )

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> SealedFile:
        """Seal and verify ``content``; raises ``SealError``."""
        from signoff.pdf.signature import TimestampAuthority, seal_pdf
        from signoff.pdf.verify import verify_pdf

        key = self.load_key(association)
        key.require_valid(now)
        authority = TimestampAuthority(self.tsa_url) if timestamp and self.tsa_url else None
        sealed = seal_pdf(content, key, authority)
        self.on_sealed()
        used = [key.certificate, *self.list_new_authorities(sealed.content)]
        report = verify_pdf(sealed.content, used)
        if not report.genuine:
            raise SealError(describe_failure(report))
        self.remember_certificates(used)
        return sealed

    def seal_copy(self, content: bytes, association: str, kind: str, now: datetime) -> bytes:
        """Seal a receipt or certificate of this ``kind``, without a timestamp: it takes no other
        machine. Raises ``SealError``.
        """
        from signoff.pdf.signature import seal_pdf

        key = self.load_key(association)
        key.require_valid(now)
        sealed = seal_pdf(content, key, kind=kind).content
        self.remember_certificates([key.certificate])
        return sealed

    def find_timestamp_end(self, file: Path) -> datetime | None:
        """When the timestamp over a sealed file, which is named by its digest, ends. ``None``
        without one, and for a file that is damaged, which `doctor` names.
        """
        from signoff.exports.verify_signoff import ERRORS
        from signoff.pdf.timestamps import read_timestamp_end

        try:
            return read_timestamp_end(file)
        except ERRORS:
            return None

    def renew_timestamp(self, content: bytes, association: str) -> bytes:
        """A sealed file with one more timestamp, which outlasts the one before; raises
        ``SealError``.
        """
        from signoff.pdf import keys
        from signoff.pdf.signature import TimestampAuthority, add_archive_timestamp
        from signoff.pdf.timestamps import find_timestamp_end
        from signoff.pdf.verify import verify_pdf

        if not self.tsa_url:
            raise SealError("es ist keine Zeitstempelstelle eingestellt (SIGNOFF_TSA_URL)")
        authority = TimestampAuthority(self.tsa_url)
        renewed = add_archive_timestamp(content, authority, [])
        before, after = find_timestamp_end(content), find_timestamp_end(renewed)
        if before is None or after is None or after <= before:
            raise SealError(
                f"die Zeitstempelstelle {authority.host} benutzt noch kein Zertifikat, das länger gilt"
            )
        used = self.list_new_authorities(renewed, content)
        known = keys.parse_pem(self.export_certificates(association))
        report = verify_pdf(renewed, [*known, *used])
        if not report.genuine:
            raise SealError(describe_failure(report))
        self.remember_certificates(used)
        return renewed

    def list_new_authorities(self, content: bytes, before: bytes = b"") -> "list[Certificate]":
        """The authorities of the timestamps that ``content`` has and ``before`` had not. Raises
        ``SealError`` for one that is not among those to accept.
        """
        from signoff.pdf import keys
        from signoff.pdf.verify import list_timestamp_authorities

        known = list_timestamp_authorities(before) if before else []
        used = [item for item in list_timestamp_authorities(content) if item not in known]
        if not used or not self.tsa_certificate:
            return used
        try:
            accepted = keys.parse_pem(Path(self.tsa_certificate).read_bytes())
        except (OSError, ValueError) as error:
            raise SealError(
                "das Zertifikat der Zeitstempelstelle ist nicht lesbar (SIGNOFF_TSA_CERTIFICATE)"
            ) from error
        for item in used:
            if not any(keys.is_from(item, authority) for authority in accepted):
                name = keys.get_display_name(item.subject)
                raise SealError(
                    f"den Zeitstempel hat „{name}“ gegeben, nicht die Stelle, deren Zertifikat in"
                    " SIGNOFF_TSA_CERTIFICATE steht"
                )
        return used

    def load_key(self, association: str) -> "Key":
        """The key; a self-signed one gets ``association`` as the name of its holder.

        Opening the file takes up to a second, so the key is kept until the file or its passphrase
        changes.
        """
        files = [self.p12, *([Path(self.passphrase_file)] if self.passphrase_file else [])]
        try:
            stamps = tuple((file.stat().st_mtime_ns, file.stat().st_ino) for file in files)
        except OSError:
            stamps = ()  # reading says what is wrong
        return read_key(self, association, stamps)

    def read_key(self, association: str) -> "Key":
        from signoff.pdf import keys

        try:
            content = self.p12.read_bytes()
            passphrase = (
                Path(self.passphrase_file).read_text("utf-8").strip()
                if self.passphrase_file
                else self.passphrase
            )
        except (OSError, UnicodeDecodeError) as error:
            raise SealError(
                f"die Siegeldatei oder ihr Kennwort ist nicht lesbar ({self.p12.name})"
            ) from error
        return keys.rename_key(keys.load_key(content, passphrase), association)

    def remember_certificates(self, used: "Sequence[Certificate]") -> None:
        """Keep what was used for a seal, so that its file can be verified after a change of key."""
        from signoff.pdf import keys

        with lock_folder(self.certificates.parent):  # pages, worker and commands all seal
            kept = self.read_certificates()
            known = {keys.compute_fingerprint(item) for item in keys.parse_pem(kept)}
            added = [item for item in used if keys.compute_fingerprint(item) not in known]
            if added:
                write_atomically(self.certificates, kept + b"".join(map(keys.format_pem, added)))

    def read_certificates(self) -> bytes:
        return self.certificates.read_bytes() if self.certificates.exists() else b""

    def export_certificates(self, association: str) -> bytes:
        """The certificates as PEM, for verification by others: that of the key that seals now,
        those of former keys and of the timestamp authorities. Raises ``SealError``.
        """
        from signoff.pdf import keys

        current = self.load_key(association).certificate
        fingerprint = keys.compute_fingerprint(current)
        others = keys.parse_pem(self.read_certificates())
        return b"".join(
            map(
                keys.format_pem,
                [current, *(x for x in others if keys.compute_fingerprint(x) != fingerprint)],
            )
        )


@lru_cache(maxsize=8)
def read_key(sealing: SealService, association: str, _stamps: tuple[tuple[int, int], ...]) -> "Key":
    return sealing.read_key(association)


LIST_FACTS = {
    ListFact.ROW: "die Zeile",
    ListFact.NAME: "der Name",
    ListFact.CALL: "die Ziffer der Protokollnotiz",
    ListFact.SIGNER: "die unterzeichnende Person",
    ListFact.FUNCTION: "die Funktion",
    ListFact.BASIS: "die Grundlage",
    ListFact.BODY: "das beschließende Gremium",
    ListFact.DECIDED_ON: "das Datum des Beschlusses",
    ListFact.SIGNED_ON: "das Datum der Mitzeichnung",
    ListFact.WITHDRAWN_ON: "das Datum der Rücknahme",
    ListFact.NOTE: "die Protokollnotiz",
}


def describe_failure(report: VerificationReport) -> str:
    """Which check a freshly sealed file fails, and where its list differs."""
    failed = f"die frisch gesiegelte Datei besteht ihre Prüfung nicht ({report.failed or 'holder'})"
    found = report.difference
    if found is None:
        return failed
    return (
        f"{failed}: in der gedruckten Liste weicht {LIST_FACTS[found.fact]} ab,"
        f" Nummer {found.number}, Mitglied „{found.name}“;"
        f" erwartet „{found.expected}“, gedruckt „{found.printed}“"
    )
