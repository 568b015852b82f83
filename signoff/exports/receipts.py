"""The evidence of one answer as a file that ``check_receipt.py`` checks without network, database or Signoff."""

import json
from datetime import datetime
from html import escape

from signoff.domain.audit import AnswerProof, Certificate, CertificateStep, InclusionPath
from signoff.domain.documents import WorkingCopy
from signoff.domain.text import canonical_digest, canonical_json
from signoff.i18n import events, format, labels
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

# The certificate of the process as a file: canonical JSON for programs, a working copy for the PDF.

CERTIFICATE_FORMAT = "signoff-certificate-1"
STEP_ACTOR_LABELS = {
    "office": _("Geschäftsstelle"),
    "member": _("Mitglied"),
    "program": _("Signoff"),
}
DIGEST_FACTS = ("sha256", "unsealed_sha256", "digest")
DIGEST_GROUP_LENGTH = 8  # digits of a digest that stand together


def build_certificate_json(certificate: Certificate) -> bytes:
    """The certificate as canonical JSON. Moments are in UTC, as the journal commits to them."""
    member, round = certificate.member, certificate.round
    told: dict[str, object] = {
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
        "course": certificate.course,
        "root": certificate.root,
    }
    told["checksum"] = canonical_digest(told)
    return canonical_json(told)


def serialize_step(step: CertificateStep) -> dict[str, object]:
    """What is known of a step; of a hidden one its number and digest alone."""
    told: dict[str, object] = {
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
        name: value for name, value in told.items() if value
    }


def format_iso(value: datetime | None) -> str | None:
    return value.isoformat(timespec="microseconds") if value else None


def build_certificate_copy(certificate: Certificate) -> WorkingCopy:
    """The certificate to be printed, in the edition's language where there are words for it."""
    language = certificate.edition.text.language
    language = language if language in LANGUAGES else LANGUAGES[0]
    title, mark = (
        certificate.edition.text.title,
        get_catalogue(language).gettext(_("Verlaufsbescheinigung")),
    )
    return WorkingCopy(
        title=f"{mark}: {title}",
        body=CertificateRenderer(certificate, language).body(),
        language=language,
        mark=mark,
        foot=get_catalogue(language).gettext(_("Fassung %(number)s"))
        % {"number": certificate.edition.number},
        association=certificate.association,
        created=get_created_at(certificate),
    )


def get_created_at(certificate: Certificate) -> datetime:
    """The moment of the newest step that is named; the same certificate gives the same file."""
    return max(
        (step.at for step in certificate.steps if step.at), default=certificate.edition.created_at
    )


class CertificateRenderer:
    """The words of one certificate in one language."""

    def __init__(self, certificate: Certificate, language: str) -> None:
        self.certificate, self.language = certificate, language
        self.zone = certificate.association.zone
        self.say = get_catalogue(language).gettext

    def body(self) -> str:
        told, text = self.certificate, self.certificate.edition.text
        steps = "".join(map(self.row, told.steps))
        heads = (
            _("Eintrag"),
            _("Was geschah"),
            _("Wann"),
            _("Durch wen"),
            _("Prüfsumme des Eintrags"),
        )
        title, course = (
            self.say(_("Bescheinigung über den Verlauf der Mitzeichnung")),
            self.say(_("Verlauf")),
        )
        head = "".join(f'<th scope="col">{escape(self.say(each))}</th>' for each in heads)
        return (
            f"<h1>{escape(title)}</h1>"
            f'<p class="lead" lang="{escape(text.language)}">{escape(text.title)}</p>{self.about()}'
            f"<h2>{escape(course)}</h2><p class='hint'>{escape(self.explained())}</p>"
            f'<table class="steps"><thead><tr>{head}</tr></thead><tbody>{steps}</tbody></table>'
        )

    def about(self) -> str:
        told, round = self.certificate, self.certificate.round
        copy = told.member.official_name if told.member else self.say(_("Geschäftsstelle"))
        pairs = [
            (_("Ausfertigung für"), escape(copy)),
            (_("Verband"), escape(told.association.name)),
            (
                _("Frist"),
                escape(format.format_deadline(round.deadline, self.zone, self.language))
                if round.deadline
                else "–",
            ),
            (_("Prüfsumme des Textes"), format_digest(told.edition.digest)),
            (_("Prüfsumme des Verlaufs"), format_digest(told.course)),
            (_("Protokollstand (Wurzel)"), format_digest(told.root)),
        ]
        told_rows = (
            f'<tr><th scope="row">{escape(self.say(name))}</th><td>{value}</td></tr>'
            for name, value in pairs
        )
        return f'<table class="facts">{"".join(told_rows)}</table>'

    def explained(self) -> str:
        if self.certificate.member is None:
            return self.say(
                _(
                    "Jeder Eintrag des Protokolls zu diesem Verfahren, in seiner Reihenfolge, ohne Angaben zu Personen."
                )
            )
        return self.say(
            _(
                "Genannt sind die Schritte des Verfahrens, Ihre eigenen Rückmeldungen und nach der Veröffentlichung "
                "die gezählten Mitzeichnungen, so wie die Liste sie zeigt. Jeder andere Eintrag erscheint nur mit "
                "seiner Prüfsumme. Auch er steht an dieser Stelle und lässt sich nicht mehr unbemerkt ändern."
            )
        )

    def row(self, step: CertificateStep) -> str:
        what = f"<td>{self.what(step)}</td><td>{escape(self.when(step))}</td>"
        who = f"<td>{escape(self.say(STEP_ACTOR_LABELS[step.by])) if step.by else '–'}</td>"
        return f"<tr><td>{step.entry}</td>{what}{who}<td>{format_digest(step.commitment)}</td></tr>"

    def what(self, step: CertificateStep) -> str:
        if step.event is None:
            return escape(self.say(_("nicht offengelegt")))
        said = [f"{self.say(events.EVENT_LABELS[step.event])}{step.name and f': {step.name}'}"]
        if step.answer:
            said.append(self.say(labels.ANSWER[step.answer]))
        if "deadline" in step.facts:
            until = datetime.fromisoformat(str(step.facts["deadline"]))
            said.append(
                self.say(_("Frist: %(until)s"))
                % {"until": format.format_deadline(until, self.zone, self.language)}
            )
        files = [
            format_digest(str(step.facts[name])) for name in DIGEST_FACTS if name in step.facts
        ]
        return "<br>".join([*map(escape, said), *files])

    def when(self, step: CertificateStep) -> str:
        if step.at:
            return format.format_moment(step.at, self.zone, self.language)
        return format.format_day(step.day, self.language) if step.day else "–"


def format_digest(value: str) -> str:
    groups = " ".join(
        value[at : at + DIGEST_GROUP_LENGTH] for at in range(0, len(value), DIGEST_GROUP_LENGTH)
    )
    return f'<span class="mono">{groups}</span>'


RECEIPT_FORMAT = "signoff-receipt-1"


def build_receipt(about: dict[str, object], proof: AnswerProof) -> bytes:
    """The file. ``about`` says in words what it is about (strings and numbers); ``proof`` is what proves it.

    The checksum over all the rest finds damage; that nobody forged anything is proven by leaf, path and root alone.
    """
    entry = proof.entry
    told: dict[str, object] = {
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
    told["checksum"] = canonical_digest(told)
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def serialize_inclusion(inclusion: InclusionPath) -> dict[str, object]:
    return {"size": inclusion.size, "root": inclusion.root, "path": list(inclusion.path)}
