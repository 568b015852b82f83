"""The HTML a print is set from."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from signoff.domain.addendum import Earlier, Withdrawal
from signoff.domain.document import Document
from signoff.domain.release import PrintKind
from signoff.domain.working import WorkingCopy
from signoff.pdf import listing
from signoff.words import dates
from signoff.words.adoption import adopted
from signoff.words.catalogue import LANGUAGES, catalogue
from signoff.words.catalogue import marked as _
from signoff.words.issues import called

HEAD_LENGTH = 84  # signs that fit on the line of the running head


def html(document: Document | WorkingCopy, templates: Path) -> str:
    """``document`` as one HTML page, in the edition's language where there are words for it, else in German."""
    if isinstance(document, WorkingCopy):
        return working(document, templates)
    text = document.edition.text
    language = text.language if text.language in LANGUAGES else LANGUAGES[0]
    zone = document.association.zone
    return (
        environment(templates, language)
        .get_template("pdf/document.html")
        .render(
            document=document,
            association=document.association,
            edition=document.edition,
            text=text,
            body=Markup(text.html),  # sanitised when it came in
            draft=document.kind is PrintKind.DRAFT,
            addendum=document.kind is PrintKind.ADDENDUM,
            issue=called(document.kind, document.number, language) if document.kind.is_later else "",
            earlier=[earlier(each, document, language) for each in document.earlier],
            withdrawals=[withdrawal(each, language) for each in document.withdrawals],
            mark=mark(document),
            list=listing.listing(document, language),
            language=language,
            adopted=adopted(text.adopted_by, text.adopted_on, text.adopted_at, language),
            deadline=until(document, language),
            as_of=dates.deadline(document.as_of, zone, language),
            created=w3c(document.as_of),
            head=shortened(text.title, HEAD_LENGTH),
        )
    )


def earlier(each: Earlier, document: Document, language: str) -> dict[str, str]:
    """What was released before: its name, its Stand, the digest of its file."""
    as_of = dates.deadline(each.as_of, document.association.zone, language)
    return {"name": called(each.kind, each.number, language), "as_of": as_of, "digest": each.sha256}


def withdrawal(each: Withdrawal, language: str) -> dict[str, str]:
    before, place, after = listing.emphasised(each.name, each.sort_name)
    late_on = dates.day(each.late_on, language) if each.late_on else ""
    said = {"on": dates.day(each.on, language), "late_on": late_on}
    return {"before": before, "place": place, "after": after, **said}


def mark(document: Document) -> str:
    """What stands on every page of a document that is not the released one."""
    spoken = catalogue(document.language if document.language in LANGUAGES else LANGUAGES[0]).gettext
    if document.kind is PrintKind.DRAFT:
        return spoken(_("Entwurf zur Mitzeichnung"))
    return spoken(_("Vorabzug")) if document.proof else ""


def label(document: Document | WorkingCopy) -> str:
    """What programs say before the number of each page; empty for the paper itself."""
    return document.mark if isinstance(document, WorkingCopy) else mark(document)


def until(document: Document, language: str) -> str:
    """The deadline in words."""
    if document.deadline is None:
        return catalogue(language).gettext(_("zur Frist, die noch festgelegt wird"))
    return dates.deadline(document.deadline, document.association.zone, language)


def working(copy: WorkingCopy, templates: Path) -> str:
    """A working copy in the frame of the paper: running head, page numbers, metadata."""
    language = copy.language if copy.language in LANGUAGES else LANGUAGES[0]
    facts = {"copy": copy, "body": Markup(copy.body), "head": shortened(copy.title.removeprefix(f"{copy.mark}: "), 64)}
    return environment(templates, language).get_template("pdf/working.html").render(facts, created=w3c(copy.created))


def environment(templates: Path, language: str) -> Environment:
    """Jinja2 with everything escaped, nothing undefined, and the words of ``language``."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters["blocks"] = listing.blocks
    made.filters["counted"] = lambda number: listing.counted(number, language)
    return made


def w3c(moment: datetime) -> str:
    """``moment`` as metadata wants it: to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shortened(text: str, length: int) -> str:
    """``text`` in at most ``length`` signs, cut between words."""
    if len(text) <= length:
        return text
    return text[: length - 1].rpartition(" ")[0] + " …"
