"""The seal of one instance: which key, which authority, and that what was sealed is examined before it is kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from signoff.domain.releases import SealedFile, SealError, SealIdentity
from signoff.pdf.keys import Key

if TYPE_CHECKING:
    from signoff.pdf.keys import Key
# pyHanko and cryptography take a second to import, and most commands never seal: they are imported on first use.


@dataclass(frozen=True, slots=True)
class SealService:
    """What an instance seals with. ``p12`` is read at every use: a renewed key needs no restart."""

    p12: Path
    passphrase: str = ""
    passphrase_file: str = ""
    tsa_url: str = ""
    sealed: Callable[[], None] = lambda: (
        None
    )  # told when the seal is set and its examination begins

    def with_progress(self, sealed: Callable[[], None]) -> "SealService":
        """The same, calling ``sealed`` once the seal is set."""
        return replace(self, sealed=sealed)

    def about(self, association: str, timestamp: bool) -> SealIdentity:
        """What the print says of its seal. Raises ``SealFailed`` where there is no key."""
        key = self.key(association)
        return SealIdentity(
            key.holder, key.issuer, key.own, timestamp and bool(self.tsa_url), key.fingerprint
        )

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> SealedFile:
        """``content`` sealed and examined. Raises ``SealFailed`` with words for the office."""
        from signoff.pdf.signature import TimestampAuthority, seal_pdf
        from signoff.pdf.verify import verify_pdf

        key = self.key(association)
        key.check(now)
        authority = TimestampAuthority(self.tsa_url) if timestamp and self.tsa_url else None
        sealed = seal_pdf(content, key, authority)
        self.sealed()
        report = verify_pdf(sealed.content, [key.certificate])
        if not report.genuine:
            raise SealError(
                f"die frisch gesiegelte Datei besteht ihre Prüfung nicht ({report.failed or 'holder'})"
            )
        return sealed

    def key(self, association: str) -> "Key":
        """The key, with ``association`` in its certificate where it is the instance's own."""
        from signoff.pdf import keys

        try:
            content = self.p12.read_bytes()
            secret = (
                Path(self.passphrase_file).read_text("utf-8").strip()
                if self.passphrase_file
                else self.passphrase
            )
        except (OSError, UnicodeDecodeError) as wrong:
            raise SealError(
                f"die Siegeldatei oder ihr Kennwort ist nicht lesbar ({self.p12.name})"
            ) from wrong
        return keys.rename_key(keys.load_key(content, secret), association)

    def certificate(self, association: str) -> bytes:
        """The certificate as PEM: what others check the seal with. Raises ``SealFailed`` where there is no key."""
        from signoff.pdf import keys

        return keys.format_pem(self.key(association).certificate)
