"""Everything about a round in one ZIP file, for the association's own files."""

from collections.abc import Iterator
from datetime import datetime

from flask import Response, current_app, g, render_template, stream_with_context

from signoff import store
from signoff.domain.audit import AuditQuery
from signoff.domain.errors import Busy, PrintError
from signoff.domain.log import Certificate
from signoff.domain.papers import Edition
from signoff.domain.replies import EVIDENCE_TYPE
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Round
from signoff.exports.receipts import build_certificate_copy, build_certificate_json
from signoff.exports.tables import build_list_csv, build_list_data, build_xlsx
from signoff.exports.zip_files import Entry, build_eml, build_json, iter_zip
from signoff.i18n import events
from signoff.store.log import Prover
from signoff.web.context import current_date, current_language, db, now, services
from signoff.web.downloads import RETRY_AFTER_SECONDS, set_filename
from signoff.web.errors import WorkingCopiesBusy
from signoff.web.invitation.downloads import build_evidence
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.round_members import iter_export, translate_headers
from signoff.web.office.rounds import get_certificate_or_404

MAX_ENTRIES = -1  # of the audit log: all
MAX_PRINTED_STEPS = 300  # of a certificate: a few seconds; a longer one is a download of its own


@blueprint.get("/rounds/<int:id>/files.zip")
@editor_required
def download_round_files(id: int) -> Response:
    """The ZIP file, made while it is sent, so that it is never whole in memory."""
    certificate = get_certificate_or_404(id)
    round = certificate.round
    edition = store.papers.get_edition(db(), round.edition_id)
    printed = print_certificate(certificate)
    entries = iter_entries(round, edition, certificate, printed)
    moment = now().astimezone(g.association.zone)
    response = Response(stream_with_context(iter_zip(entries, moment)), mimetype="application/zip")
    response.headers["Cache-Control"] = "no-store"
    return set_filename(response, f"{edition.slug}-akte-{current_date().isoformat()}.zip")


def print_certificate(certificate: Certificate) -> bytes:
    """The certificate as PDF; empty if it is long or cannot be printed: its JSON says the same.

    503 with Retry-After while the printer is busy.
    """
    if len(certificate.steps) > MAX_PRINTED_STEPS:
        return b""
    try:
        return services().render_cache(build_certificate_copy(certificate))
    except Busy as busy:
        raise WorkingCopiesBusy(retry_after=RETRY_AFTER_SECONDS) from busy
    except PrintError as error:
        current_app.logger.error("the certificate cannot be printed: %s", error)
        return b""


def iter_entries(
    round: Round, edition: Edition, certificate: Certificate, printed: bytes
) -> Iterator[Entry]:
    """Name and content of each file, one after the other."""
    yield from iter_text(edition)
    yield from iter_lists(round, edition)
    yield from iter_pdfs(round)
    yield "certificate/certificate.json", build_certificate_json(certificate, services().log_key)
    if printed:
        yield "certificate/certificate.pdf", printed
    yield "log/log.json", build_log(round)
    prover = Prover(db())
    for status in store.round_status.load(db(), round).invitations:
        yield from iter_invitation(status, prover)


def iter_text(edition: Edition) -> Iterator[Entry]:
    html = render_template("office/rounds/file_text.html", edition=edition)
    yield "text/text.html", html.encode()
    facts = {"slug": edition.slug, "number": edition.number, "digest": edition.digest}
    yield "text/text.json", build_json({**facts, "text": edition.text})
    for picture in store.papers.list_pictures(db(), edition.text):
        yield f"text/pictures/{picture.sha256}.{picture.kind}", picture.content
    for annex in edition.text.annexes:
        path = services().archive.annex_path(annex.sha256)
        yield f"text/annexes/{annex.sha256}.pdf", path


def iter_lists(round: Round, edition: Edition) -> Iterator[Entry]:
    """The table of the members, and the list of signatories as it is now."""
    yield "list/members.xlsx", build_xlsx(translate_headers(), iter_export(round))
    late_signatures = store.releases.load_late_signatures(db(), round)
    signatories = late_signatures.current_signatories
    as_of: datetime = round.as_of or now()
    data = build_list_data(edition, as_of, signatories, late_signatures.withdrawals)
    yield "list/signatories.json", build_json(data)
    yield "list/signatories.csv", build_list_csv(signatories)


def iter_pdfs(round: Round) -> Iterator[Entry]:
    """Every print, and what was released with its record. Those of a retracted release are gone."""
    archive = services().archive
    for document in store.releases.list_printed(db(), round.id):
        name = f"pdf/{document.kind}-{document.number}.pdf"
        yield name, archive.print_path(document.sha256)
    for release in store.releases.list_for_round(db(), round.id):
        path = archive.release_path(release.sha256)
        yield f"pdf/released-{release.number}.pdf", path
        yield f"pdf/released-{release.number}.json", path.with_suffix(".json")
        if release.renewed_sha256:
            path = archive.release_path(release.renewed_sha256)
            yield f"pdf/renewed-{release.number}.pdf", path
            yield f"pdf/renewed-{release.number}.json", path.with_suffix(".json")


def build_log(round: Round) -> bytes:
    """The entries of the round, the first one first, each also as a sentence."""
    found = store.audit.list_detailed_entries(
        db(), MAX_ENTRIES, None, AuditQuery(round_id=round.id)
    )
    return build_json(
        [
            {
                "seq": entry.seq,
                "at": entry.at,
                "event": entry.event,
                "actor": entry.actor,
                "subject": entry.subject,
                "says": events.describe_entry(entry, current_language()),
                "details": entry.details,
            }
            for entry in reversed(found)
        ]
    )


def iter_invitation(status: InvitationStatus, prover: Prover) -> Iterator[Entry]:
    """The answers of one member, their proofs, and the mail to and from it."""
    invitation, member, archive = status.invitation, status.member, services().archive
    folder, versions = f"members/{invitation.reference}", []
    records = store.answers.list_answer_records(db(), invitation.id)
    for version in store.answers.list_versions(db(), invitation.id):
        versions.append({"version": version, "evidence": records.get(version.id)})
        name = f"{folder}/receipt-{version.number}.json"
        yield name, build_evidence(version, prover)
        record = records.get(version.id)
        if record and (scan := record.evidence.scan):
            path = archive.scan_path(scan.sha256, scan.type)
            yield f"{folder}/evidence-{version.number}.{scan.type}", path
    replies = store.replies.list_for_invitation(db(), invitation.id)
    for reply in replies:
        yield f"{folder}/reply-{reply.id}.eml", archive.scan_path(reply.sha256, EVIDENCE_TYPE)
    for message, _address in store.outbox.list_for_invitation(db(), invitation.id):
        if mail := store.sent_mails.find(db(), message.id):
            yield f"{folder}/mail-{message.id}-{message.kind}.eml", build_eml(mail)
    facts = {
        "member": member,
        "invitation": invitation,
        "answers": versions,
        "decisions": store.answers.list_office_decisions(db(), invitation.id),
        "objections": store.answers.list_objections(db(), invitation.id),
        "notes": store.answers.list_office_notes(db(), invitation.id),
        "links": [
            {name: getattr(link, name) for name in ("name", "email", "created_at", "ended_at")}
            for link in store.rounds.list_all_links(db(), invitation.id)
        ],
    }
    yield f"{folder}/member.json", build_json(facts)
