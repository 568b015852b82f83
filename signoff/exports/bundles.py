"""Everything needed to check a released paper without us, in one ZIP file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from signoff.exports.attachments import VERIFIER
from signoff.exports.verify_signoff import CERTIFICATES, Pdf
from signoff.exports.zip_files import Entry, iter_zip

HOW_TO = {"ANLEITUNG.md": "bundle.de.md", "README.md": "bundle.en.md"}


def build_bundle(
    releases: Sequence[tuple[str, Path]],
    certificates: bytes,
    log: Mapping[str, bytes],
    moment: datetime,
) -> bytes:
    """The bundle of ``releases``: what each is called, and its PDF beside its record.

    A file that was withdrawn is gone; its record says so. ``log`` are the files of the log by name.
    The same releases give the same bytes: ``moment`` is the date of all entries.
    """
    return b"".join(iter_zip(iter_entries(releases, certificates, log), moment))


def iter_entries(
    releases: Sequence[tuple[str, Path]], certificates: bytes, log: Mapping[str, bytes]
) -> Iterator[Entry]:
    for name, how_to in HOW_TO.items():
        yield name, Path(__file__).with_name(how_to)
    yield CERTIFICATES, certificates
    for name, content in log.items():
        yield f"log/{name}", content
    program: Entry = (VERIFIER.name, VERIFIER)
    for name, path in releases:
        yield f"releases/{name}.json", path.with_suffix(".json")
        if path.exists():
            content = path.read_bytes()
            yield f"releases/{name}.pdf", content
            for attachment, data in Pdf(content).read_attachments().items():
                if attachment == VERIFIER.name:
                    program = (attachment, data)  # sealed with the last file
                else:
                    yield f"releases/{name}/{attachment}", data
    yield program
