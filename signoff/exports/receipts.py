"""Receipts of answers and certificates of the process, as files.

A receipt can be checked by ``verify_signoff.py`` without network, database or Signoff.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from operator import itemgetter

from signoff.domain.audit import CertificateStep
from signoff.domain.documents import CopyKind, WorkingCopy
from signoff.domain.log import (
    LOG_FORMAT,
    RECEIPT_FORMAT,
    Certificate,
    Checkpoint,
    LogKind,
    Proof,
    Receipt,
)
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import get_place_sort_key, serialize_signatory
from signoff.domain.text import canonical_json
from signoff.i18n import events, formatting, labels
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.signing import LogKey

# Certificates: canonical JSON for programs, a working copy for the PDF.

CERTIFICATE_FORMAT = "signoff-certificate-1"
STEP_ACTOR_LABELS = {
    "office": _("Geschäftsstelle"),
    "member": _("Mitglied"),
    "program": _("Signoff"),
}
DIGEST_FACTS = ("sha256", "unsealed_sha256", "digest")
DIGEST_GROUP_LENGTH = 8


def build_certificate_json(certificate: Certificate, key: LogKey) -> bytes:
    """The signed certificate as canonical JSON (``docs/verify.md``)."""
    member, round = certificate.member, certificate.round
    released_at = round.released_at if certificate.published or not member else None
    statement: dict[str, object] = {
        "format": CERTIFICATE_FORMAT,
        "copy": "member" if member else "office",
        "association": certificate.association.name,
        "paper": certificate.edition.slug,
        "title": certificate.edition.text.title,
        "edition": certificate.edition.number,
        "edition_digest": certificate.edition.digest,
        "opened_at": format_iso(round.opened_at),
        "deadline": format_iso(round.deadline),
        "closed_at": format_iso(round.closed_at),
        "released_at": format_iso(released_at),
        "member": {"key": member.key, "name": member.official_name} if member else None,
        "reference": next(
            (
                stated["reference"]
                for stated, _ in certificate.log
                if stated["format"] == RECEIPT_FORMAT
            ),
            None,
        ),
        "steps": [serialize_step(step, is_own=bool(member)) for step in certificate.steps],
        "signatories": sorted(
            map(serialize_municipality, certificate.signatories), key=canonical_json
        ),
    }
    if member is None:
        statement["audit"] = certificate.audit
    log = [
        {"statement": stated, "proof": serialize_proof(proof, key)}
        for stated, proof in certificate.log
    ]
    return canonical_json(
        {"format": CERTIFICATE_FORMAT, **key.sign_statement(statement), "log": log}
    )


CERTIFIED_FIELDS = ("name", "state", "country", "key", "signed_on")  # no person


def serialize_municipality(signatory: Signatory) -> dict[str, str]:
    fields = serialize_signatory(signatory)
    return {name: fields[name] for name in CERTIFIED_FIELDS if name in fields}


def serialize_step(step: CertificateStep, *, is_own: bool) -> dict[str, object]:
    """The known fields of a step; numbers, digests and members are for the office alone."""
    fields: dict[str, object] = {
        "event": str(step.event),
        "at": format_iso(step.at),
        "by": step.by,
        "answer": step.answer and str(step.answer),
        "facts": dict(step.facts),
    }
    if not is_own:
        fields |= {
            "entry": step.entry,
            "digest": step.commitment,
            "member": step.member,
            "name": step.name,
        }
    return {name: value for name, value in fields.items() if value}


def serialize_proof(proof: Proof, key: LogKey) -> dict[str, object]:
    return {
        "index": proof.index,
        "path": list(proof.path),
        "checkpoint": key.sign_checkpoint(proof.checkpoint),
    }


def format_iso(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if value else None


def build_certificate_copy(certificate: Certificate, language: str = "") -> WorkingCopy:
    """The certificate for print, by default in the language of the edition if it is supported."""
    language = language or choose_language(certificate.edition.text.language)
    title = certificate.edition.text.title
    mark = get_catalogue(language).gettext(_("Verlaufsbescheinigung"))
    return WorkingCopy(
        title=f"{mark}: {title}",
        body=CertificateRenderer(certificate, language).render_body(),
        language=language,
        mark=mark,
        foot=get_catalogue(language).gettext(_("Fassung %(number)s"))
        % {"number": certificate.edition.number},
        association=certificate.association,
        created=get_created_at(certificate),
        kind=CopyKind.CERTIFICATE,
    )


def get_created_at(certificate: Certificate) -> datetime:
    """The moment of the latest visible step, so that equal certificates give equal files."""
    return max((step.at for step in certificate.steps), default=certificate.edition.created_at)


class CertificateRenderer:
    """Renders a certificate as HTML."""

    def __init__(self, certificate: Certificate, language: str) -> None:
        self.certificate, self.language = certificate, language
        self.zone = certificate.association.zone
        self.gettext = get_catalogue(language).gettext

    def render_body(self) -> str:
        certificate, text = self.certificate, self.certificate.edition.text
        steps = "".join(map(self.render_row, certificate.steps))
        headings = [_("Was geschah"), _("Wann"), _("Durch wen")]
        if certificate.member is None:
            headings = [_("Eintrag"), *headings, _("Prüfsumme des Eintrags")]
        title = self.gettext(_("Verlaufsbescheinigung zur Mitzeichnung"))
        steps_heading = self.gettext(_("Verlauf"))
        head = "".join(
            f'<th scope="col">{escape(self.gettext(heading))}</th>' for heading in headings
        )
        return (
            f"<h1>{escape(title)}</h1>"
            f'<p class="lead" lang="{escape(text.language)}">{escape(text.title)}</p>{self.render_facts()}'
            f"<h2>{escape(steps_heading)}</h2><p class='hint'>{escape(self.get_explanation())}</p>"
            f'<table class="steps"><thead><tr>{head}</tr></thead><tbody>{steps}</tbody></table>'
            f"{self.render_list()}"
        )

    def render_list(self) -> str:
        """The published list, in the order of the places."""
        if not self.certificate.signatories:
            return ""
        ordered = sorted(self.certificate.signatories, key=get_place_sort_key)
        items = "".join(f"<li>{escape(item.name)}</li>" for item in ordered)
        heading = self.gettext(_("Veröffentlichte Mitzeichnungen"))
        return f"<h2>{escape(heading)}</h2><ul>{items}</ul>"

    def render_facts(self) -> str:
        certificate, round = self.certificate, self.certificate.round
        recipient = (
            certificate.member.official_name
            if certificate.member
            else self.gettext(_("Geschäftsstelle"))
        )
        pairs = [
            (_("Ausfertigung für"), escape(recipient)),
            (_("Verband"), escape(certificate.association.name)),
            (
                _("Frist"),
                escape(formatting.format_deadline(round.deadline, self.zone, self.language))
                if round.deadline
                else "–",
            ),
            (_("Prüfsumme des Textes"), format_digest(certificate.edition.digest)),
            *self.list_proof_facts(),
        ]
        rows = (
            f'<tr><th scope="row">{escape(self.gettext(name))}</th><td>{value}</td></tr>'
            for name, value in pairs
        )
        return f'<table class="facts">{"".join(rows)}</table>'

    def list_proof_facts(self) -> list[tuple[str, str]]:
        """The root of the closing checkpoint, and for the office that of the audit log."""
        certificate = self.certificate
        facts = [
            (
                _("Prüfpunkt des Prüfverzeichnisses (Wurzel)"),
                format_digest(proof.checkpoint.root.hex()),
            )
            for stated, proof in certificate.log
            if stated.get("kind") == LogKind.CLOSING
        ]
        if certificate.member is None:
            facts.append((_("Prüfpunkt des Verlaufs (Wurzel)"), format_digest(certificate.audit)))
        return facts

    def get_explanation(self) -> str:
        if self.certificate.member is None:
            return self.gettext(
                _(
                    "Jeder Eintrag des Verlaufs zu diesem Verfahren, in seiner Reihenfolge, ohne Angaben zu Personen."
                )
            )
        return self.gettext(
            _(
                "Genannt sind die Schritte des Verfahrens und Ihre eigenen Rückmeldungen, nach der Veröffentlichung "
                "auch die Liste. Wann und in welcher Reihenfolge andere geantwortet haben, steht hier nicht. Die Datei "
                "für Programme (JSON) ist signiert und beweist, dass Ihre Rückmeldungen im Prüfverzeichnis stehen."
            )
        )

    def render_row(self, step: CertificateStep) -> str:
        cells = [
            self.describe_step(step),
            escape(formatting.format_moment(step.at, self.zone, self.language)),
            escape(self.gettext(STEP_ACTOR_LABELS[step.by])),
        ]
        if self.certificate.member is None:
            cells = [str(step.entry), *cells, format_digest(step.commitment)]
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    def describe_step(self, step: CertificateStep) -> str:
        name = "" if self.certificate.member else step.name
        sentences = [f"{self.gettext(events.EVENT_LABELS[step.event])}{name and f': {name}'}"]
        if step.answer:
            sentences.append(self.gettext(labels.ANSWER[step.answer]))
        if "deadline" in step.facts:
            deadline = datetime.fromisoformat(str(step.facts["deadline"]))
            sentences.append(
                self.gettext(_("Frist: %(until)s"))
                % {"until": formatting.format_deadline(deadline, self.zone, self.language)}
            )
        files = [
            format_digest(str(step.facts[name])) for name in DIGEST_FACTS if name in step.facts
        ]
        return "<br>".join([*map(escape, sentences), *files])


def format_digest(value: str) -> str:
    groups = " ".join(
        value[start : start + DIGEST_GROUP_LENGTH]
        for start in range(0, len(value), DIGEST_GROUP_LENGTH)
    )
    return f'<span class="mono">{groups}</span>'


def build_entries(
    leaves: Iterable[bytes],
    checkpoints: Iterable[Checkpoint],
    statements: Iterable[tuple[int, Checkpoint]],
    key: LogKey,
) -> bytes:
    """The log as a file (``docs/verify.md``), with the opened ``statements``."""
    return canonical_json(
        {
            "format": LOG_FORMAT,
            "key": key.verifier_key,
            "leaves": [leaf.hex() for leaf in leaves],
            "checkpoints": [key.sign_checkpoint(checkpoint) for checkpoint in checkpoints],
            "statements": [
                {"index": index, "statement": checkpoint.parsed}
                for index, checkpoint in sorted(statements, key=itemgetter(0))
            ],
        }
    )


def build_receipt(
    receipt: Receipt,
    details: dict[str, object] | None,
    details_salt: str,
    proof: Proof | None,
    key: LogKey,
) -> bytes:
    """The signed receipt (``docs/verify.md``); without a proof as long as it is not in the log."""
    data = {
        "format": RECEIPT_FORMAT,
        **key.sign_statement(receipt.statement),
        "details": details,
        "details_salt": details_salt,
        "proof": serialize_proof(proof, key) if proof else None,
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
