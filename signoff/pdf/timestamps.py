"""How long the timestamps of a sealed file last, without the libraries that seal."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from signoff.exports.verify_signoff import Pdf, SignedData, read_fields


def find_timestamp_end(content: bytes) -> datetime | None:
    """When the last timestamp over a sealed file ends to prove anything by itself: when the first
    certificate of its authority runs out, but for that of the root. ``None`` without one.
    """
    stamps = [field for field in read_fields(Pdf(content)) if field.kind == "DocTimeStamp"]
    if not stamps:
        return None
    signed = SignedData(max(stamps, key=lambda stamp: stamp.end).content)
    return min(
        item.valid_until
        for item in signed.certificates
        if item is signed.signer or item.subject.raw != item.issuer.raw
    )


@lru_cache(maxsize=4096)
def read_timestamp_end(path: Path) -> datetime | None:
    """The same of a file that is named by its digest, read once."""
    return find_timestamp_end(path.read_bytes())
