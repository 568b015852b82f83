"""The files a final PDF carries inside: its list as data, twice, and the evidence of the journal."""

import json
from hashlib import sha256

from signoff.domain.document import Attachment, Document
from signoff.domain.evidence import Inclusion
from signoff.export.signatories import as_json, list_csv

FORMAT = "signoff evidence 1"


def attachments(document: Document, inclusion: Inclusion) -> tuple[Attachment, ...]:
    """What ``document`` embeds. ``inclusion`` proves the journal's entry that owed the print."""
    zone, edition = document.association.zone, document.edition
    data = written(as_json(edition, document.as_of.astimezone(zone), document.signatories))
    table = list_csv(document.signatories).decode()
    return (
        Attachment("signatories.json", "Data", "Die Liste der unterzeichnenden Kommunen als JSON", data),
        Attachment("signatories.csv", "Data", "Dieselbe Liste als Tabelle (CSV)", table),
        Attachment(
            "evidence.json", "Supplement", "Nachweise aus dem Protokoll", evidence(document, inclusion, data, table)
        ),
    )


def evidence(document: Document, inclusion: Inclusion, data: str, table: str) -> str:
    """Digests of text and list, and the checkpoint with the path to it. It names nobody who is not on the list."""
    edition = document.edition
    return written(
        {
            "format": FORMAT,
            "association": document.association.name,
            "paper": edition.slug,
            "edition": edition.number,
            "edition_digest": edition.digest,
            "text": edition.text.canonical,
            "as_of": document.as_of.astimezone(document.association.zone).isoformat(),
            "signatories": {"count": len(document.signatories), "json_sha256": of(data), "csv_sha256": of(table)},
            "checkpoint": {"entry": inclusion.entry, "root": inclusion.root},
            "inclusion": {
                "entry": inclusion.entry,
                "commitment": inclusion.commitment,
                "leaf": inclusion.leaf,
                "path": list(inclusion.path),
            },
        }
    )


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def of(text: str) -> str:
    return sha256(text.encode()).hexdigest()
