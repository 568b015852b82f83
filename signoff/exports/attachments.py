"""The files embedded in a final PDF: its list as JSON and CSV, evidence from the audit log, and the
program that checks them.
"""

import json
from functools import partial
from hashlib import sha256
from pathlib import Path

from signoff.domain.documents import LIST_NAME, Attachment, Document
from signoff.domain.signatories import sort_signatories
from signoff.exports.tables import build_list_csv, build_list_data, serialize_inhabitants
from signoff.i18n.catalogue import choose_language
from signoff.i18n.formatting import get_country_name

EVIDENCE_FORMAT = "signoff evidence 1"
VERIFIER = Path(__file__).with_name("verify_signoff.py")


def build_attachments(document: Document) -> tuple[Attachment, ...]:
    """The attachments.

    The list has the order of the print, so that each row can be compared with its entry.
    """
    language = choose_language(document.language)
    signatories = sort_signatories(
        document.signatories, document.layout, partial(get_country_name, language=language)
    )
    zone, edition = document.association.zone, document.edition
    issue = (
        {"kind": str(document.kind), "number": document.number} if document.kind.is_later else {}
    )
    as_of = document.as_of.astimezone(zone)
    data = dump_json(
        build_list_data(
            edition,
            as_of,
            signatories,
            document.withdrawals,
            site=document.site,
            issue=issue,
            inhabitants=serialize_inhabitants(signatories, document.inhabitants_as_of),
        )
    )
    table = build_list_csv(signatories).decode()
    return (
        Attachment(LIST_NAME, "Data", "Die Liste der unterzeichnenden Kommunen als JSON", data),
        Attachment("signatories.csv", "Data", "Dieselbe Liste als Tabelle (CSV)", table),
        Attachment(
            "evidence.json",
            "Supplement",
            "Nachweise aus dem Prüfverzeichnis",
            build_evidence(document, data, table),
        ),
        Attachment(
            VERIFIER.name,
            "Supplement",
            "Programm, das diese Datei prüft",
            VERIFIER.read_text("utf-8"),
        ),
    )


def build_evidence(document: Document, data: str, table: str) -> str:
    """Digests of text and list, and their statement in the log (``docs/verify.md``)."""
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
            "timestamp": document.sealer is not None and document.sealer.timestamp,
            "log": document.log.serialize() if document.log else None,
            **build_addendum_fields(document),
        }
    )


def build_addendum_fields(document: Document) -> dict[str, object]:
    """Kind and number of an addendum or later edition, and the prior releases."""
    if not document.kind.is_later:
        return {}
    zone = document.association.zone
    prior_releases = [
        {
            "kind": str(release.kind),
            "number": release.number,
            "as_of": release.as_of.astimezone(zone).isoformat(),
            "sha256": release.sha256,
        }
        for release in document.earlier
    ]
    return {
        "issue": {"kind": str(document.kind), "number": document.number},
        "earlier": prior_releases,
    }


def dump_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def compute_sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
