"""What the public sees, and the pages of errors."""

from dataclasses import replace
from email.message import EmailMessage

from flask import g, render_template
from markupsafe import Markup

from signoff.domain.errors import Reason, Refusal
from signoff.domain.round_status import InvitationStatus, build_signatory
from signoff.domain.rounds import Terms
from signoff.store.dashboard import Publication
from tests.gallery.values import (
    CLOSED,
    DRAFT,
    EDITION,
    LATER,
    MEMBER,
    NOW,
    RELEASE,
    ROUND,
    SCENES,
    SIGNED,
    ZONE,
    Scene,
    door,
    scene,
    version,
)


def wrong(code: int) -> Scene:
    return lambda: render_template(f"errors/{code}.html")


for code in (400, 403, 404, 409, 410, 413, 429, 500, 503):
    SCENES[f"error-{code}"] = wrong(code)


@scene
def error_with_the_way_back() -> str:
    g.may_redisplay = True
    return render_template("errors/409.html", refusal=Refusal(Reason.STALE, what="edition"))


SIGNATORIES = tuple(
    filter(
        None,
        (
            build_signatory(
                InvitationStatus(
                    door().invitation,
                    replace(
                        MEMBER, name=name, official_name=f"Stadt {name}", state=state, key=name
                    ),
                    version(SIGNED),
                    note_accepted=name == "Beispielstadt",
                ),
                ROUND.terms,
                ZONE,
            )  # fmt: skip
            for name, state in (
                ("Musterhausen", "Nordrhein-Westfalen"),
                ("Beispielstadt", "Bayern"),
                ("Nirgendwo", "Bayern"),
                ("Sankt Margarethen an der Nordrandschnellstraße", "Mecklenburg-Vorpommern"),
            )
        ),
    )
)
RELEASED = Publication(
    EDITION,
    replace(CLOSED, released_at=RELEASE.released_at),
    RELEASE,
    4,
    RELEASE,
    RELEASE.released_at,
)
OPEN = Publication(EDITION, replace(ROUND, terms=Terms(public=True, progress="everyone")), None, 24)


@scene
def index() -> str:
    withdrawn = replace(RELEASE, retracted_at=LATER, retraction_reason="Beschluss eines Gerichts")
    listed = [RELEASED, replace(RELEASED, release=withdrawn)]
    return render_template("public/index.html", publications=listed, now=LATER)


@scene
def index_empty() -> str:
    return render_template("public/index.html", publications=[], now=NOW)


def paper_of(publication: Publication, signatories=SIGNATORIES, now=LATER) -> str:
    current = publication.release
    documents = [(current, current.kind, 1)] if current else []
    context = {
        "now": now,
        "signatories": signatories,
        "draft": DRAFT,
        "current": current,
        "documents": documents,
    }
    context |= {"joined": (), "left": {}}
    return render_template("public/paper.html", publication=publication, **context)


@scene
def paper() -> str:
    return paper_of(RELEASED)


@scene
def paper_by_place() -> str:
    return paper_of(replace(RELEASED, round=replace(RELEASED.round, terms=Terms(layout="place"))))


@scene
def paper_unsigned() -> str:
    return paper_of(RELEASED, ())


@scene
def paper_draft() -> str:
    return paper_of(OPEN, (), NOW)


@scene
def paper_planned() -> str:
    return paper_of(RELEASED, now=NOW)


def verified(verdict: str | None) -> Scene:
    context = {"verdict": verdict, "sha256": RELEASE.sha256, "release": RELEASE, "edition": EDITION}
    return lambda: render_template("public/verify.html", **context)


for verdict in (None, "genuine", "unknown", "missing"):
    SCENES[f"verify-{verdict or 'form'}"] = verified(verdict)


@scene
def privacy() -> str:
    html = Markup("<h2>Wer verantwortlich ist</h2><p>Die Geschäftsstelle.</p>")
    return render_template("public/text.html", title="Datenschutz", html=html, page="privacy")


LETTER = EmailMessage()
LETTER["Subject"] = "Bitte um Rückmeldung bis 26. Februar 2027: Leitgedanken"
LETTER["From"] = "Städteforum Öffentlicher Raum <mitzeichnung@staedteforum.example>"
LETTER["To"] = "praevention@musterhausen.example"
LETTER["Date"] = NOW


@scene
def mails() -> str:
    return render_template("demo/mails.html", mails=[("0001", LETTER)])


@scene
def mail() -> str:
    return render_template(
        "demo/mail.html", mail=LETTER, text=Markup("Guten Tag,\n\nbitte lesen Sie den Text.")
    )
