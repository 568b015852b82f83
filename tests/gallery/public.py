"""What the public sees, the pages of errors, the mails of the demo and the way into the office."""

from dataclasses import replace
from email.message import EmailMessage
from functools import partial

from flask import g, render_template
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from signoff.domain.documents import CopyKind, Ground, VerificationCheck, VerificationReport
from signoff.domain.errors import Reason, Refusal
from signoff.domain.follow_ups import FollowUp
from signoff.domain.releases import LateSignatures, PrintKind, Release
from signoff.domain.round_status import InvitationStatus, build_signatory
from signoff.domain.rounds import Terms
from signoff.domain.signatories import Origin, RegionCount, SignatureCounts
from signoff.domain.text import GERMAN_STATES
from signoff.exports.verify_signoff import Report
from signoff.i18n.verification import HEADINGS, describe_checks, describe_ground
from signoff.importers.diff import compare_texts, group_changes
from signoff.store.dashboard import Publication
from signoff.web.listing import parse_query
from signoff.web.login import LoginForm
from signoff.web.office.charts import INSIDE_LABEL_POSITIONS, OUTSIDE_LABEL_POSITIONS
from signoff.web.public import PublishedFile
from signoff.web.public_lists import Found, SignatoryQuery, build_list, build_region_picture
from tests.factories import BERLIN, DRAFT, EDITION, FORUM, INVITATION, MEMBER, NOW, SIGNED, version
from tests.gallery.values import CLOSED, LATER, LONG_NAME, RELEASE, ROUND, SCENES, TOKEN

SIGNATORIES = tuple(
    build_signatory(
        InvitationStatus(
            INVITATION,
            replace(MEMBER, name=name, official_name=f"Stadt {name}", state=state, key=name),
            version(SIGNED),
            note_accepted=name == "Beispielstadt",
        ),
        ROUND.terms,
        BERLIN,
    )
    for name, state in (
        ("Musterhausen", "Nordrhein-Westfalen"),
        ("Beispielstadt", "Bayern"),
        ("Nirgendwo", "Bayern"),
        (LONG_NAME, "Mecklenburg-Vorpommern"),
    )
)
RELEASED = Publication(
    EDITION,
    replace(CLOSED, released_at=RELEASE.released_at),
    RELEASE,
    SignatureCounts(40, first=4),
    RELEASE,
    RELEASE.released_at,
)
OPEN = Publication(
    EDITION,
    replace(ROUND, terms=Terms(public=True, applications=True, progress="everyone")),
    None,
    SignatureCounts(40, first=24),
)
RENEWED = replace(RELEASE, renewed_sha256="e5" * 32, renewed_size=RELEASE.size + 24_000)
ADDENDUM = replace(
    RENEWED, id=2, number=2, sha256="a7" * 32, kind=PrintKind.ADDENDUM, renewed_sha256="b3" * 32
)
RENEWED_PAPER = replace(RELEASED, release=RENEWED, current=RENEWED)
RETRACTED = replace(RELEASE, retracted_at=LATER, retraction_reason="Beschluss eines Gerichts")
BY_PLACE = replace(RELEASED, round=replace(RELEASED.round, terms=Terms(layout="place")))
BASE = "https://mitzeichnung.staedteforum.example"
CHANGED = EDITION.text.html.replace("sparsam", "sehr sparsam")
PRIVACY = Markup("<h2>Wer verantwortlich ist</h2><p>Die Geschäftsstelle.</p>")
MAIL = EmailMessage()
MAIL["Subject"] = "Bitte um Rückmeldung bis 26. Februar 2027: Leitgedanken"
MAIL["From"] = "Städteforum Öffentlicher Raum <mitzeichnung@staedteforum.example>"
MAIL["To"] = "praevention@musterhausen.example"
MAIL["Date"] = NOW


def conflict() -> str:
    g.may_redisplay = True
    return render_template("errors/409.html", refusal=Refusal(Reason.STALE, what="edition"))


def draw_map(signatories=SIGNATORIES) -> dict[str, object]:
    counts = [RegionCount(item.country, item.state, 1) for item in signatories]
    return {
        "picture": build_region_picture(counts, "de"),
        "state_codes": [code.lower() for code in GERMAN_STATES.values()],
        "inside_labels": INSIDE_LABEL_POSITIONS,
        "outside_labels": OUTSIDE_LABEL_POSITIONS,
    }


def index(*publications: Publication, words: str = "", **facts: object) -> str:
    lead = publications[0] if publications and not words else None
    earlier = [Found(each, ("Stadt Musterhausen",) * bool(words)) for each in publications]
    members = [RegionCount("DE", state, 11) for state in ("Hessen", "Bayern")]
    return render_template(
        "public/index.html",
        lead=lead,
        newest=lead,
        **draw_map(),
        years=[(2027, earlier[1:] if lead else earlier)] if len(earlier) > bool(lead) else [],
        words=words,
        **{"drafts": [], "members": 22, "origin": Origin.of(members)} | facts,
        address=f"{BASE}/",
        now=LATER,
    )


def paper(
    publication: Publication, signatories=SIGNATORIES, query: str = "", now=LATER, documents=()
) -> str:
    current, asked = publication.release, SignatoryQuery.from_args(parse_query(query))
    late = LateSignatures(signatories, (), (), ())
    listing = build_list(late, publication.round.terms.layout, asked, "de")
    of_release = {
        **draw_map(signatories),
        "query": asked,
        "orders": [("state", "nach Ländern"), ("place", "nach Orten")],
        "listing": listing,
        "late": late,
        "left": {},
        "documents": [(current, PrintKind.FINAL, 1), *documents],
        "current": current,
        "former": [replace(RELEASED, edition=replace(EDITION, number=0))] if query else [],
        "follow_ups": [FollowUp(1, 1, LATER.date(), "Übergeben an das Bundesministerium.")],
    }
    return render_template(
        "public/paper.html",
        publication=publication,
        now=now,
        draft=DRAFT,
        address=f"{BASE}/papers/{EDITION.slug}",
        **(of_release if current else {}),
    )


def verify(verdict: str = "", **facts: object) -> str:
    return render_template(
        "public/verify.html",
        verdict=verdict,
        verdict_headings=HEADINGS,
        sha256=RELEASE.sha256,
        **facts,
    )


def verify_released(ground: Ground, release: Release = RELEASE) -> str:
    says = ["„Leitgedanken“, Fassung 1, veröffentlicht am 7. April 2027."]
    if release is RENEWED:
        says.append(
            "Seither haben wir ihren Zeitstempel erneuert; die neuere Datei finden Sie auf der "
            "Seite des Papiers. Beide sind echt."
        )
    return verify(ground.verdict, published=PublishedFile(release, EDITION, ground, says, BASE))


def verify_other(ground: Ground, report: VerificationReport) -> str:
    return verify(
        ground.verdict,
        reason=describe_ground(ground, report, "de"),
        results=list(describe_checks(report, FORUM.zone, "de")),
    )


def verify_sealed(kind: CopyKind) -> str:
    """A receipt or certificate as PDF under our seal."""
    checks = dict.fromkeys(VerificationCheck) | dict.fromkeys(
        (
            VerificationCheck.READABLE,
            VerificationCheck.SEAL,
            VerificationCheck.UNALTERED,
            VerificationCheck.HOLDER,
        ),
        True,
    )
    return verify_other(
        Ground.SEALED_COPY,
        VerificationReport(checks, holder=FORUM.name, sealed_at=NOW, kind=kind),
    )


def verify_signed(*, lost: bool) -> str:
    """A receipt that we have signed, and perhaps lost the answer of."""
    report = Report("receipt")
    report.checks = dict.fromkeys(report.checks, True) | {"log": None}
    report.statement = {
        "reference": "MZ-2027-0001",
        "version": 2,
        "paper": "leitgedanken",
        "edition": 1,
    }
    report.is_early = True
    return verify(report.verdict, signed=report.describe("de"), lost=lost)


def login(form: LoginForm, *, expired: bool = False) -> str:
    return render_template(
        "login/login.html",
        form=form,
        action="/login",
        carried=[],
        expired=expired,
        lost=[],
        has_oidc=False,
    )


def login_wrong() -> str:
    form = LoginForm(MultiDict({"email": "geschaeftsstelle@staedteforum.example"}))
    form.password.errors = ["E-Mail-Adresse oder Passwort stimmen nicht. Bitte prüfen Sie beides."]
    return login(form)


SCENES |= {
    f"error-{code}": partial(render_template, f"errors/{code}.html")
    for code in (
        400,
        403,
        404,
        409,
        410,
        413,
        429,
        500,
        503,
        "busy",
        "not_copied",
        "not_on_disk",
        "no_file",
    )
}
SCENES |= {
    "error-with-the-way-back": conflict,
    "index": lambda: index(RELEASED, replace(RELEASED, release=RETRACTED)),
    "index-empty": index,
    "index-new": lambda: index(members=0, origin=Origin.of([])),
    "index-one": lambda: index(RELEASED, drafts=[OPEN]),
    "index-found": lambda: index(RELEASED, RELEASED, words="muster"),
    "index-not-found": lambda: index(words="Nirgendwo"),
    "paper": lambda: paper(RELEASED),
    "paper-by-place": lambda: paper(BY_PLACE),
    "paper-unsigned": lambda: paper(RELEASED, ()),
    "paper-draft": lambda: paper(OPEN, (), now=NOW),
    "paper-planned": lambda: paper(RELEASED, now=NOW),
    "paper-filtered": lambda: paper(RELEASED, query="state=Bayern&sort=place"),
    "paper-not-found": lambda: paper(RELEASED, query="q=nirgends"),
    "comparison": lambda: render_template(
        "public/comparison.html",
        old=EDITION,
        new=replace(EDITION, number=2),
        runs=group_changes(compare_texts(EDITION.text.html, CHANGED)),
    ),
    "verify-form": verify,
    "paper-renewed": lambda: paper(RENEWED_PAPER),
    "paper-renewed-and-followed": lambda: paper(
        RENEWED_PAPER, documents=[(ADDENDUM, PrintKind.ADDENDUM, 1)]
    ),
    "verify-genuine": lambda: verify_released(Ground.RELEASED),
    "verify-renewed": lambda: verify_released(Ground.RELEASED, RENEWED),
    "verify-sealed-receipt": lambda: verify_sealed(CopyKind.RECEIPT),
    "verify-sealed-certificate": lambda: verify_sealed(CopyKind.CERTIFICATE),
    "verify-superseded": lambda: verify_released(Ground.SUPERSEDED),
    "verify-withdrawn": lambda: verify_released(Ground.WITHDRAWN, RETRACTED),
    "verify-own-copy": lambda: verify_other(
        Ground.OWN_COPY, VerificationReport({}, copy_title="Empfangsbestätigung: Leitgedanken")
    ),
    "verify-not-genuine": lambda: verify_other(
        Ground.CHECK_FAILED,
        VerificationReport({VerificationCheck.READABLE: True, VerificationCheck.SEAL: False}),
    ),
    "verify-not-released": lambda: verify_other(
        Ground.UNRELEASED,
        VerificationReport(
            dict.fromkeys(VerificationCheck, True)
            | dict.fromkeys(
                (
                    VerificationCheck.TIMESTAMP,
                    VerificationCheck.AUTHORITY,
                    VerificationCheck.EARLIER,
                )
            ),
            holder=FORUM.name,
            sealed_at=NOW,
            count=46,
            size=388,
        ),
    ),
    "verify-cannot-tell": lambda: verify_other(
        Ground.OTHER_KEY,
        VerificationReport(
            dict.fromkeys(VerificationCheck, True) | {VerificationCheck.HOLDER: False},
            holder="Fremder Verband",
        ),
    ),
    "verify-receipt": lambda: verify_signed(lost=False),
    "verify-receipt-lost": lambda: verify_signed(lost=True),
    "verify-missing": lambda: verify("missing"),
    "verify-busy": lambda: verify("busy"),
    "privacy": lambda: render_template(
        "public/text.html", title="Datenschutz", html=PRIVACY, page="privacy"
    ),
    "mails": lambda: render_template("demo/mails.html", mails=[("0001", MAIL)]),
    "mail": lambda: render_template(
        "demo/mail.html", mail=MAIL, text=Markup("Guten Tag,\n\nbitte lesen Sie den Text.")
    ),
    "login": lambda: login(LoginForm(None)),
    "login-expired": lambda: login(LoginForm(None), expired=True),
    "login-wrong": login_wrong,
    "set-up": lambda: render_template(
        "login/set_up.html",
        form=LoginForm(None),
        action=f"/login/set-up/{TOKEN}",
        email="neu@verband.example",
    ),
    "set-up-unknown": lambda: render_template("login/unknown.html"),
}
