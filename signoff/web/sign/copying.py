"""Working copies of a door: what each says, in the edition's language."""

from collections.abc import Callable

from flask import g, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from signoff.domain.answer import Version
from signoff.domain.receipt import Proof
from signoff.domain.working import WorkingCopy
from signoff.store import invitations
from signoff.store.doors import Door
from signoff.web.context import db
from signoff.web.reading import contents
from signoff.words.adoption import adopted
from signoff.words.catalogue import LANGUAGES


def language_of(door: Door) -> str:
    """The edition's language where there are words for it, else German."""
    language = door.edition.text.language
    return language if language in LANGUAGES else LANGUAGES[0]


def motion(door: Door) -> WorkingCopy:
    """The ready motion for the member's council."""
    headings = [each.words for each in contents(door.edition.text.html) if each.level == 2]
    template = f"kit/motion.{language_of(door)}.html"
    return made(door, template, lambda: _("Entwurf einer Beschlussvorlage"), headings=headings)


def summary(door: Door) -> WorkingCopy:
    """One page on what is asked; the same for every member."""
    return made(door, "kit/summary.html", lambda: _("Kurzfassung"))


def text(door: Door) -> WorkingCopy:
    """The text in its own words; the same for every member."""
    return made(door, "kit/text.html", lambda: _("Entwurf zur Mitzeichnung"))


def form(door: Door) -> WorkingCopy:
    """The answer to be filled in by hand."""
    return made(door, "kit/form.html", lambda: _("Rückmeldung auf Papier"))


def receipt(door: Door, version: Version, proof: Proof) -> WorkingCopy:
    """The receipt of ``version`` for the e-file."""
    facts = {"version": version, "proof": proof, "holder": holder(version), "rows": rows}
    return made(door, "kit/receipt.html", lambda: _("Empfangsbestätigung"), **facts)


def holder(version: Version) -> str:
    """Whose link the answer came through, as the office knows her."""
    if version.link_id is None:
        return ""
    link = invitations.link_by_id(db(), version.link_id)
    return ", ".join(part for part in (link.name, link.email) if part)


def rows(pairs: str) -> Markup:
    """The rows of ``sign/said.html`` (already escaped) as those of a table, which is what a print tags well."""
    for screen, print_ in (
        ("<div><dt>", '<tr><th scope="row">'),
        ("</dt><dd>", "</th><td>"),
        ("</dd></div>", "</td></tr>"),
    ):
        pairs = str(pairs).replace(screen, print_)
    return Markup(pairs)  # noqa: S704


def made(door: Door, template: str, called: Callable[[], str], **facts: object) -> WorkingCopy:
    text, language = door.edition.text, language_of(door)
    version = facts.get("version")
    assert door.round.opened_at
    with force_locale(language):
        mark = called()
        body = render_template(
            template,
            member=door.member,
            edition=door.edition,
            round=door.round,
            invitation=door.invitation,
            association=g.association,
            adopted=adopted(text.adopted_by, text.adopted_on, text.adopted_at, language),
            **facts,
        )
        foot = _("Fassung %(number)s", number=door.edition.number)
    if template not in COMMON:
        foot = f"{door.invitation.reference} · {foot}"
    return WorkingCopy(
        title=f"{mark}: {text.title}",
        body=body,
        language=language,
        mark=mark,
        foot=foot,
        association=g.association,
        created=version.received_at if isinstance(version, Version) else door.round.opened_at,
    )


COMMON = ("kit/summary.html", "kit/text.html")
