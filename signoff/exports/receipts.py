"""Receipts of answers and certificates of the process, as files.

A receipt can be checked by ``check_receipt.py`` without network, database or Signoff.
"""

import json
from datetime import datetime
from html import escape

from signoff.domain.audit import AnswerProof, Certificate, CertificateStep, InclusionPath
from signoff.domain.documents import WorkingCopy
from signoff.domain.text import canonical_digest, canonical_json
from signoff.i18n import events, formatting, labels
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

# Certificates: canonical JSON for programs, a working copy for the PDF.

CERTIFICATE_FORMAT = "signoff-certificate-1"
STEP_ACTOR_LABELS = {
    "office": _("Geschäftsstelle"),
    "member": _("Mitglied"),
    "program": _("Signoff"),
}
DIGEST_FACTS = ("sha256", "unsealed_sha256", "digest")
DIGEST_GROUP_LENGTH = 8


def build_certificate_json(certificate: Certificate) -> bytes:
    """The certificate as canonical JSON, with moments in UTC as in the audit log."""
    member, round = certificate.member, certificate.round
    data: dict[str, object] = {
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
        "released_at": format_iso(round.released_at)
        if certificate.published or not member
        else None,
        "member": {"key": member.key, "name": member.official_name} if member else None,
        "steps": [serialize_step(step) for step in certificate.steps],
        "course": certificate.steps_digest,
        "root": certificate.root,
    }
    data["checksum"] = canonical_digest(data)
    return canonical_json(data)


def serialize_step(step: CertificateStep) -> dict[str, object]:
    """The known fields of a step; of a redacted one only number and digest."""
    fields: dict[str, object] = {
        "event": step.event and str(step.event),
        "at": format_iso(step.at),
        "day": step.day and step.day.isoformat(),
        "by": step.by,
        "member": step.member,
        "name": step.name,
        "answer": step.answer and str(step.answer),
        "facts": dict(step.facts),
    }
    return {"entry": step.entry, "digest": step.commitment} | {
        name: value for name, value in fields.items() if value
    }


def format_iso(value: datetime | None) -> str | None:
    return value.isoformat(timespec="microseconds") if value else None


def build_certificate_copy(certificate: Certificate, language: str = "") -> WorkingCopy:
    """The certificate for print, by default in the language of the edition if it is supported."""
    language = language or choose_language(certificate.edition.text.language)
    title, mark = (
        certificate.edition.text.title,
        get_catalogue(language).gettext(_("Verlaufsbescheinigung")),
    )
    return WorkingCopy(
        title=f"{mark}: {title}",
        body=CertificateRenderer(certificate, language).render_body(),
        language=language,
        mark=mark,
        foot=get_catalogue(language).gettext(_("Fassung %(number)s"))
        % {"number": certificate.edition.number},
        association=certificate.association,
        created=get_created_at(certificate),
    )


def get_created_at(certificate: Certificate) -> datetime:
    """The moment of the latest visible step, so that equal certificates give equal files."""
    return max(
        (step.at for step in certificate.steps if step.at), default=certificate.edition.created_at
    )


class CertificateRenderer:
    """Renders a certificate as HTML."""

    def __init__(self, certificate: Certificate, language: str) -> None:
        self.certificate, self.language = certificate, language
        self.zone = certificate.association.zone
        self.gettext = get_catalogue(language).gettext

    def render_body(self) -> str:
        certificate, text = self.certificate, self.certificate.edition.text
        steps = "".join(map(self.render_row, certificate.steps))
        headings = (
            _("Eintrag"),
            _("Was geschah"),
            _("Wann"),
            _("Durch wen"),
            _("Prüfsumme des Eintrags"),
        )
        title, steps_heading = (
            self.gettext(_("Verlaufsbescheinigung zur Mitzeichnung")),
            self.gettext(_("Verlauf")),
        )
        head = "".join(
            f'<th scope="col">{escape(self.gettext(heading))}</th>' for heading in headings
        )
        return (
            f"<h1>{escape(title)}</h1>"
            f'<p class="lead" lang="{escape(text.language)}">{escape(text.title)}</p>{self.render_facts()}'
            f"<h2>{escape(steps_heading)}</h2><p class='hint'>{escape(self.get_explanation())}</p>"
            f'<table class="steps"><thead><tr>{head}</tr></thead><tbody>{steps}</tbody></table>'
        )

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
            (_("Prüfsumme des Verlaufs"), format_digest(certificate.steps_digest)),
            (_("Prüfpunkt des Verlaufs (Wurzel)"), format_digest(certificate.root)),
        ]
        rows = (
            f'<tr><th scope="row">{escape(self.gettext(name))}</th><td>{value}</td></tr>'
            for name, value in pairs
        )
        return f'<table class="facts">{"".join(rows)}</table>'

    def get_explanation(self) -> str:
        if self.certificate.member is None:
            return self.gettext(
                _(
                    "Jeder Eintrag des Verlaufs zu diesem Verfahren, in seiner Reihenfolge, ohne Angaben zu Personen."
                )
            )
        return self.gettext(
            _(
                "Genannt sind die Schritte des Verfahrens, Ihre eigenen Rückmeldungen und nach der Veröffentlichung "
                "die gezählten Mitzeichnungen, so wie die Liste sie zeigt. Jeder andere Eintrag erscheint nur mit "
                "seiner Prüfsumme. Auch er steht an dieser Stelle und lässt sich nicht mehr unbemerkt ändern."
            )
        )

    def render_row(self, step: CertificateStep) -> str:
        description = (
            f"<td>{self.describe_step(step)}</td><td>{escape(self.format_step_time(step))}</td>"
        )
        actor = f"<td>{escape(self.gettext(STEP_ACTOR_LABELS[step.by])) if step.by else '–'}</td>"
        return f"<tr><td>{step.entry}</td>{description}{actor}<td>{format_digest(step.commitment)}</td></tr>"

    def describe_step(self, step: CertificateStep) -> str:
        if step.event is None:
            return escape(self.gettext(_("nicht offengelegt")))
        sentences = [
            f"{self.gettext(events.EVENT_LABELS[step.event])}{step.name and f': {step.name}'}"
        ]
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

    def format_step_time(self, step: CertificateStep) -> str:
        if step.at:
            return formatting.format_moment(step.at, self.zone, self.language)
        return formatting.format_day(step.day, self.language) if step.day else "–"


def format_digest(value: str) -> str:
    groups = " ".join(
        value[start : start + DIGEST_GROUP_LENGTH]
        for start in range(0, len(value), DIGEST_GROUP_LENGTH)
    )
    return f'<span class="mono">{groups}</span>'


RECEIPT_FORMAT = "signoff-receipt-1"


def build_receipt(about: dict[str, object], proof: AnswerProof) -> bytes:
    """The receipt file. ``about`` is for human readers, ``proof`` is the evidence.

    The checksum over the rest detects damage; forgery is excluded only by leaf, path and root.
    """
    entry = proof.entry
    data: dict[str, object] = {
        "format": RECEIPT_FORMAT,
        "about": about,
        "entry": {
            "seq": entry.seq,
            "at": entry.at.isoformat(timespec="microseconds"),
            "event": str(entry.event),
            "actor": entry.actor,
            "subject": entry.subject,
            "details_digest": entry.details_digest,
            "salt": entry.salt.hex(),
        },
        "details": proof.details,
        "details_salt": proof.details_salt,
        "leaf": proof.leaf,
        "then": serialize_inclusion(proof.then),
        "now": serialize_inclusion(proof.now),
        "consistency": list(proof.consistency),
    }
    data["checksum"] = canonical_digest(data)
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def serialize_inclusion(inclusion: InclusionPath) -> dict[str, object]:
    return {"size": inclusion.size, "root": inclusion.root, "path": list(inclusion.path)}
