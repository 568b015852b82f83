"""ZIP files written piece by piece, with a manifest of digests; mails and log entries in them."""

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from email import policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from signoff.domain.mail import SentMail

MANIFEST = "SHA256SUMS"  # as ``sha256sum --check`` reads it
CHUNK_SIZE = 1 << 20  # bytes
EML_POLICY = policy.SMTPUTF8.clone(refold_source="none")  # folding costs 30 ms a mail
Entry = tuple[str, bytes | Path]


class ZipSink(io.RawIOBase):
    """Takes what ``ZipFile`` writes, until it is passed on."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        self.chunks.append(bytes(chunk))
        return len(chunk)

    def take(self) -> bytes:
        taken, self.chunks = b"".join(self.chunks), []
        return taken


def iter_zip(entries: Iterable[Entry], moment: datetime) -> Iterator[bytes]:
    """A ZIP file of these contents and files, in pieces; a file that is gone is left out.

    The last entry names the SHA-256 of each other one. ``moment`` is the date of all entries.
    """
    sink, lines = ZipSink(), []
    with ZipFile(sink, "w") as package:
        for name, content in entries:
            if isinstance(content, Path) and not content.exists():
                continue
            digest = sha256()
            with package.open(build_info(name, moment), "w", force_zip64=True) as target:
                for chunk in iter_chunks(content):
                    digest.update(chunk)
                    target.write(chunk)
                    yield sink.take()
            lines.append(f"{digest.hexdigest()}  {name}\n")
        package.writestr(build_info(MANIFEST, moment), "".join(lines))
    yield sink.take()


def build_info(name: str, moment: datetime) -> ZipInfo:
    info = ZipInfo(name, moment.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    return info


def iter_chunks(content: bytes | Path) -> Iterator[bytes]:
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source:
        while chunk := source.read(CHUNK_SIZE):
            yield chunk


def build_eml(mail: SentMail) -> bytes:
    """A mail as it was sent (RFC 6532), with its links masked and its attachments by name alone."""
    message = EmailMessage(EML_POLICY)
    for name, value in mail.headers:
        message.set_raw(name, value)
    for name in mail.attachments:
        message.set_raw("X-Signoff-Attachment", name)
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message.as_bytes()


def build_json(value: object) -> bytes:
    """For people and programs: indented, with dataclasses as objects and moments in ISO form."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=serialize).encode()


def serialize(value: object) -> object:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else str(value)  # type: ignore[call-overload]
