"""The files a final PDF carries inside: its list as data, twice, and the evidence of the journal."""

import json
from hashlib import sha256

from signoff.domain.audit import InclusionProof
from signoff.domain.documents import Attachment, Document
from signoff.exports.tables import build_list_csv, build_list_data

EVIDENCE_FORMAT = "signoff evidence 1"


def build_attachments(document: Document, inclusion: InclusionProof) -> tuple[Attachment, ...]:
    """What ``document`` embeds. ``inclusion`` proves the journal's entry that owed the print."""
    zone, edition = document.association.zone, document.edition
    issue = (
        {"kind": str(document.kind), "number": document.number} if document.kind.is_later else {}
    )
    as_of = document.as_of.astimezone(zone)
    data = dump_json(
        build_list_data(edition, as_of, document.signatories, document.withdrawals, issue=issue)
    )
    table = build_list_csv(document.signatories).decode()
    return (
        Attachment(
            "signatories.json", "Data", "Die Liste der unterzeichnenden Kommunen als JSON", data
        ),
        Attachment("signatories.csv", "Data", "Dieselbe Liste als Tabelle (CSV)", table),
        Attachment(
            "evidence.json",
            "Supplement",
            "Nachweise aus dem Protokoll",
            build_evidence(document, inclusion, data, table),
        ),
    )


def build_evidence(document: Document, inclusion: InclusionProof, data: str, table: str) -> str:
    """Digests of text and list, and the checkpoint with the path to it. It names nobody who is not on the list."""
    edition = document.edition
    return dump_json(
        {
            "format": EVIDENCE_FORMAT,
            "association": document.association.name,
            "paper": edition.slug,
            "edition": edition.number,
            "edition_digest": edition.digest,
            "text": edition.text.canonical,
            "as_of": document.as_of.astimezone(document.association.zone).isoformat(),
            "signatories": {
                "count": len(document.signatories),
                "json_sha256": compute_sha256(data),
                "csv_sha256": compute_sha256(table),
            },
            "checkpoint": {"entry": inclusion.entry, "root": inclusion.root},
            "inclusion": {
                "entry": inclusion.entry,
                "commitment": inclusion.commitment,
                "leaf": inclusion.leaf,
                "path": list(inclusion.path),
            },
            **build_addendum_fields(document),
        }
    )


def build_addendum_fields(document: Document) -> dict[str, object]:
    """What a document that follows the release says beyond that: which it is, and which were released before."""
    if not document.kind.is_later:
        return {}
    zone = document.association.zone
    before = [
        {
            "kind": str(each.kind),
            "number": each.number,
            "as_of": each.as_of.astimezone(zone).isoformat(),
            "sha256": each.sha256,
        }
        for each in document.earlier
    ]
    return {"issue": {"kind": str(document.kind), "number": document.number}, "earlier": before}


def dump_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def compute_sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
