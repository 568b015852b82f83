"""The German handbook of ``docs/handbuch``, and which chapter belongs to which page."""

from collections.abc import Mapping

from flask import Response, render_template, request, send_from_directory, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from signoff.config import handbook_folder
from signoff.web.office.access import blueprint

CONTENTS = "README"
PICTURES = "bilder/"
SUFFIX = ".md"

FIRST_START = "erster-start"
TRIAL_ROUND = "probeverfahren"
ROUND = "verfahren"
LETTERS = "briefe-und-antworten"
RELEASE = "veroeffentlichen"
LATE = "nachzeichnungen"
PRIVACY = "datenschutz"
NEXT_YEAR = "naechstes-jahr"
TROUBLE = "wenn-etwas-schiefgeht"

# The page (its endpoint in the office) and the chapter to which its "?" leads.
CHAPTERS: Mapping[str, str] = {
    "show_setup": FIRST_START,
    "show_association": FIRST_START,
    "show_mail_setup": FIRST_START,
    "show_delivery_checks": FIRST_START,
    "list_accounts": FIRST_START,
    "show_account": FIRST_START,
    "list_members": FIRST_START,
    "show_import_form": FIRST_START,
    "show_trial_round": TRIAL_ROUND,
    "show_trial_round_form": TRIAL_ROUND,
    "show_dashboard": ROUND,
    "list_papers": ROUND,
    "show_paper": ROUND,
    "show_opening_form": ROUND,
    "show_round": ROUND,
    "list_reminders": ROUND,
    "list_applications": ROUND,
    "show_application": ROUND,
    "show_letters": LETTERS,
    "list_replies": LETTERS,
    "show_invitation": LETTERS,
    "show_release": RELEASE,
    "show_approval": RELEASE,
    "show_late_signatures": LATE,
    "show_privacy": PRIVACY,
    "list_name_offers": NEXT_YEAR,
    "list_participations": NEXT_YEAR,
    "list_mail": TROUBLE,
    "show_audit_log": TROUBLE,
}


@blueprint.get("/handbook")
def show_handbook() -> str:
    return render_chapter(CONTENTS)


@blueprint.get("/handbook/<chapter>")
def show_chapter(chapter: str) -> str:
    if chapter not in CHAPTERS.values():
        raise NotFound
    return render_chapter(chapter)


@blueprint.get("/handbook/bilder/<name>")
def show_handbook_picture(name: str) -> Response:
    return send_from_directory(handbook_folder() / PICTURES, name)


@blueprint.context_processor
def inject_chapter() -> dict[str, object]:
    """The chapter about the page that is shown, if there is one."""
    chapter = CHAPTERS.get((request.endpoint or "").removeprefix("office."))
    return {"chapter": chapter, "chapter_title": read_chapter(chapter)[0] if chapter else ""}


def render_chapter(chapter: str) -> str:
    title, text = read_chapter(chapter)
    return render_template(
        "office/handbook.html", title=title, html=to_html(text), is_contents=chapter == CONTENTS
    )


def read_chapter(chapter: str) -> tuple[str, str]:
    """The title of a chapter, which is its first line, and the rest as Markdown."""
    text = (handbook_folder() / f"{chapter}{SUFFIX}").read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    return title.removeprefix("# "), rest


def to_html(text: str) -> Markup:
    """The Markdown as HTML; links between the files lead to the pages that show them."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for head in (each for each in tokens if each.type == "th_open"):
        head.attrSet("scope", "col")
    for token in (child for each in tokens for child in each.children or ()):
        address = str(token.attrs.get("href", token.attrs.get("src", "")))
        if token.type == "image":
            name = address.removeprefix(PICTURES)
            token.attrSet("src", url_for("office.show_handbook_picture", name=name))
        elif address == f"{CONTENTS}{SUFFIX}":
            token.attrSet("href", url_for("office.show_handbook"))
        elif address.endswith(SUFFIX):
            chapter = address.removesuffix(SUFFIX)
            token.attrSet("href", url_for("office.show_chapter", chapter=chapter))
    return Markup(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S704 (our own file)
