"""The documents describe exactly what the program has."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields.core import UnboundField

from bench.doors import DOORS
from signoff.cli.main import LazyCommand, signoff
from signoff.cli.rounds import serialize_status as status_json
from signoff.cli.setup import ASSOCIATION_FIELDS
from signoff.config import Settings
from signoff.domain import association
from signoff.domain.accounts import Role
from signoff.domain.answers import AnswerKind, Basis, Channel
from signoff.domain.errors import Reason
from signoff.domain.mail import MailKind
from signoff.domain.papers import Edition, Text
from signoff.domain.round_status import MailState, Signatory
from signoff.domain.rounds import Phase
from signoff.domain.signatories import SignatureCounts
from signoff.exports.tables import build_list_data as signatories_json
from signoff.i18n import errors, labels
from signoff.i18n.catalogue import LANGUAGES
from signoff.importers.errors import FileReason, ImportNoticeKind
from signoff.importers.member_columns import COLUMNS
from signoff.web.errors import ERROR_PAGES
from signoff.web.invitation.forms import STEPS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
NOW = datetime(2027, 3, 1, tzinfo=UTC)
EDITION = Edition(1, 1, "leitgedanken", 1, Text("Titel", "<p>Text</p>"), "0" * 64, NOW)
FIELD_KINDS = {
    "radio": RadioField,
    "tick": BooleanField,
    "textarea": TextAreaField,
    "text": StringField,
}


def interface() -> str:
    return (DOCS / "interface.md").read_text(encoding="utf-8")


def table(text: str, head: str) -> list[list[str]]:
    """The rows of all tables whose head begins with ``head``; a bar in a cell is written ``\\|``."""
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith(f"| {head} |"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("| ---"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
    assert rows, f"no table that begins with {head}"
    return rows


def names(text: str, head: str) -> list[str]:
    return [cells[0].strip("`") for cells in table(text, head)]


def example(name: str) -> dict[str, object]:
    """The JSON example called ``name``."""
    document: dict[str, object] = json.loads(
        interface().split(f"```json {name}\n")[1].split("```")[0]
    )
    return document


def documents() -> list[Path]:
    top = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    return [*(ROOT / name for name in top), *sorted(DOCS.rglob("*.md"))]


# the command line


def usages() -> dict[str, str]:
    """Each usage of the list of commands with its description; both may run over several lines."""
    section = interface().split("## Command line\n")[1].split("\n### `rounds status")[0]
    items = re.findall(
        r"^\* `signoff ([^`]+)`: (.*?)(?=^\* |^#|\Z)", section, re.MULTILINE | re.DOTALL
    )
    return {" ".join(usage.split()): " ".join(description.split()) for usage, description in items}


def promised_commands() -> dict[str, set[str]]:
    """Each documented command with its options."""
    options = {}
    for usage in usages():
        words = usage.split()
        end = (at for at, word in enumerate(words) if not word.islower() or "-" in word)
        path = " ".join(words[: next(end, None)])
        options[path] = set(re.findall(r"--[a-z][a-z-]*", usage))
    return options


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, set[str]]]:
    for name, command in group.commands.items():
        if isinstance(command, LazyCommand):
            command = command.load()
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            options = {
                name
                for parameter in command.params
                if isinstance(parameter, click.Option) and not parameter.hidden
                for name in parameter.opts
            }
            yield f"{before}{name}", options


def test_documented_commands_and_options_are_those_of_the_program() -> None:
    assert promised_commands() == dict(commands(signoff))


def test_every_command_has_a_one_line_description() -> None:
    silent = [
        name
        for name, command in signoff.commands.items()
        if not (command.help or command.short_help)
    ]
    assert not silent


def test_fields_of_the_association_are_documented() -> None:
    (description,) = [
        description
        for usage, description in usages().items()
        if usage.startswith("association set")
    ]
    assert set(ASSOCIATION_FIELDS) <= set(re.findall(r"`([a-z_]+)`", description))


# settings and files


def test_every_setting_is_documented_in_both_places() -> None:
    variables = {
        f"SIGNOFF_{field.name.upper()}"
        for field in fields(Settings)
        if field.name not in ("instance", "keys")
    }
    assert set(names(interface(), "variable")) == variables
    assert set(names((DOCS / "operations.md").read_text(encoding="utf-8"), "setting")) == variables


def test_the_columns_of_a_member_file_are_documented() -> None:
    assert tuple(names(interface(), "column")) == COLUMNS


# documents in JSON


def test_status_document_has_the_documented_names_in_order() -> None:
    document = status_json(EDITION, None, SignatureCounts(), NOW, ZoneInfo("Europe/Berlin"))
    assert list(document) == list(example("status"))


def test_published_list_has_the_documented_names_in_order() -> None:
    day = date(2027, 3, 1)
    facts = {
        "signer": "x",
        "function": "x",
        "basis": Basis.COUNCIL,
        "decision_body": "x",
        "decided_on": day,
        "signed_on": day,
        "note": "x",
    }
    signatory = Signatory("x", "x", "09162000", "x", "x", "DE", **facts)  # type: ignore[arg-type]
    document, promised = signatories_json(EDITION, NOW, [signatory]), example("signatories")
    assert list(document) == list(promised)
    (line,), (line_promised,) = document["signatories"], promised["signatories"]  # type: ignore[misc,attr-defined]
    assert list(line) == list(line_promised)


# pages and fields


def test_the_fields_of_the_answer_are_documented_with_their_kind() -> None:
    kinds = {}
    for step in STEPS.values():
        for name in dir(step):
            if isinstance(field := getattr(step, name), UnboundField):
                kinds[name] = field.field_class
    promised = {cells[0].strip("`"): FIELD_KINDS[cells[1]] for cells in table(interface(), "field")}
    assert promised == kinds


@pytest.mark.parametrize("choices", [Basis, AnswerKind])
def test_every_choice_of_a_form_is_documented(choices: type[Enum]) -> None:
    field = {Basis: "`basis`", AnswerKind: "`answer`"}[choices]
    (row,) = [cells for cells in table(interface(), "field") if cells[0] == field]
    offered = {choice.value for choice in choices if choice is not AnswerKind.WITHDRAWN}
    assert offered == set(re.findall(r"`([a-z_]+)`", row[2])) - (
        {"sign"} if choices is Basis else set()
    )


def test_the_names_of_a_representatives_pages_are_documented() -> None:
    pages = (ROOT / "templates" / "invitation").glob("*.html")
    page_names = {
        match[1]
        for page in pages
        if (match := re.search(r"block page %}([a-z]+){%", page.read_text("utf-8")))
    }
    (sentence,) = re.findall(r'data-page="…">` with (.*?)\. Pages', interface(), re.DOTALL)
    assert set(re.findall(r"`([a-z]+)`", sentence)) == page_names


# words


def test_every_word_of_the_glossary_is_used_in_the_code_and_on_the_pages() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8").lower() for path in (ROOT / "signoff").rglob("*.py")
    )
    texts = "\n".join(
        path.read_text(encoding="utf-8")
        for folder, kind in (
            ("templates", "*.*"),
            ("signoff/i18n", "*.py"),
            ("signoff/web", "*.py"),
        )
        for path in (ROOT / folder).rglob(kind)
        if path.suffix in (".html", ".txt", ".py", ".md")
    )
    missing = []
    for word, _, german, *_ in table((DOCS / "glossary.md").read_text(encoding="utf-8"), "code"):
        if not re.search(rf"\b{re.escape(word.strip('`'))}", code):
            missing.append(word)
        missing += [term for term in german.split(", ") if term != "–" and term not in texts]
    assert not missing


def test_every_refusal_has_a_message_and_every_reason_is_used() -> None:
    assert set(errors.REFUSALS) == set(Reason) - {Reason.STALE}
    used = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "signoff").rglob("*.py")
        if path.name not in ("refusal.py", "refusals.py", "errors.py")
    )
    assert not [
        reason.name for reason in Reason if not re.search(rf"\bReason\.{reason.name}\b", used)
    ]


def test_every_refusal_has_the_values_of_its_message() -> None:
    short, changed = [], set()
    for path in (ROOT / "signoff").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Attribute)
            ):
                continue
            value = call.args[0].value
            if not (isinstance(value, ast.Name) and value.id == "Reason"):
                continue
            facts = {keyword.arg for keyword in call.keywords} | (
                {"field"} if len(call.args) > 1 else set()
            )
            reason = Reason[call.args[0].attr]
            if reason is Reason.STALE:
                stale_keywords = {
                    keyword.arg: ast.literal_eval(keyword.value)
                    for keyword in call.keywords
                    if keyword.arg == "what"
                }
                words = errors.STALE[stale_keywords["what"]]
                changed.add(stale_keywords["what"])
            else:
                words = errors.REFUSALS[reason]
            needed = set(re.findall(r"%\((\w+)\)s", words))
            if None not in facts and not needed <= facts:
                short.append(f"{path.name}:{call.lineno} lacks {', '.join(sorted(needed - facts))}")
    assert not short
    assert changed == set(errors.STALE)


@pytest.mark.parametrize(
    ("called", "kinds"),
    [
        (labels.ANSWER, [*AnswerKind, None]),
        (labels.BASIS, list(Basis)),
        (labels.BASIS_SHORT, list(Basis)),
        (labels.CHANNEL, list(Channel)),
        (labels.MAIL_STATE, [*MailState, None]),
        (labels.PHASE, list(Phase)),
        (labels.ROLE, list(Role)),
        (errors.IMPORT_PROBLEMS, list(FileReason)),
        (errors.IMPORT_NOTICES, list(ImportNoticeKind)),
    ],
)
def test_every_displayed_value_has_a_label(called: dict[object, str], kinds: list[object]) -> None:
    assert set(called) == set(kinds)
    assert all(called.values())


def test_every_mail_error_and_legal_text_has_its_template() -> None:
    repeated = (MailKind.TEST, MailKind.COPY)  # each wears another's
    kinds = [kind for kind in MailKind if kind not in repeated]
    template_names = [f"mail/{kind}.md" for kind in kinds]
    template_names += [f"errors/{status}.html" for status in ERROR_PAGES]
    template_names += [
        f"texts/{kind}.{language}.md"
        for kind in association.LEGAL_TEXT_KINDS
        for language in LANGUAGES
    ]
    assert not [name for name in template_names if not (ROOT / "templates" / name).is_file()]


# the documents themselves


def test_lines_of_documents_are_short_enough_for_a_diff() -> None:
    long = [
        f"{document.name}:{number}"
        for document in documents()
        if document.name != "roles.md"  # generated
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert not long


def test_template_lines_have_at_most_120_columns() -> None:
    folder = ROOT / "templates"
    long = [
        f"{path}:{number}"
        for path in folder.rglob("*.*")
        # The kit and the legal texts hold prose, the images drawings.
        if path.suffix != ".svg" and path.relative_to(folder).parts[0] not in ("kit", "texts")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert not long


def test_every_decision_is_in_the_index_with_title_status_and_date() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = {row[0].strip("[]"): row[1:] for row in table(index, "number")}
    targets = dict(re.findall(r"^\[(\d{4})\]: (\S+)$", index, re.MULTILINE))
    pages = {path.name[:4]: path for path in (DOCS / "decisions").glob("[0-9]*.md")}
    assert targets == {number: path.name for number, path in pages.items()}
    form = re.compile(
        r"# (\d+)\. (.+)\n\n\* Status: (.+)\n\* Date: (\d{4}-\d\d-\d\d)\n\n## Context\n"
    )
    for number, path in pages.items():
        match = form.match(path.read_text(encoding="utf-8"))
        assert match, path.name
        assert int(match[1]) == int(number), path.name
        assert [match[2], match[3], match[4]] == listed[number], path.name
    assert set(listed) == set(pages)


def test_links_between_documents_are_valid() -> None:
    dead = []
    for document in documents():
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
            # Pictures are made from the demo by docs/pictures.py.
            is_picture = target.startswith("docs/pictures/")
            if "://" not in target and not is_picture and not (document.parent / target).exists():
                dead.append(f"{document.name}: {target}")
    assert not dead


def test_every_make_command_in_the_documents_exists() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        (document.name, target)
        for document in documents()
        for target in re.findall(
            r"(?:`|^|&& )make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert {target for _, target in named} >= {"demo", "test", "install"}
    assert not {command for command in named if command[1] not in targets}


def test_every_signoff_command_in_the_documents_exists() -> None:
    known = {name for name, _ in commands(signoff)}
    groups = {name.split()[0] for name in known if " " in name}
    written = re.compile(r"(?:`|^|bin/|\| )signoff ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)
    wrong, count = [], 0
    for document in [
        *documents(),
        *(path for path in (ROOT / "deploy").iterdir() if path.is_file()),
    ]:
        for first, second in written.findall(document.read_text(encoding="utf-8")):
            count += 1
            if (
                f"{first} {second}" not in known
                if first in groups and second
                else first not in known | groups
            ):
                wrong.append(f"{document.name}: signoff {first} {second}")
    assert count > len(known)
    assert not wrong


def test_pictures_of_the_readme_are_made_by_the_script() -> None:
    linked = set(
        re.findall(
            r"\(docs/pictures/([\w-]+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8")
        )
    )
    written = set(
        re.findall(r'"([\w-]+\.png)"', (DOCS / "pictures.py").read_text(encoding="utf-8"))
    )
    assert linked == written


def test_every_test_that_the_security_document_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", (DOCS / "security.md").read_text("utf-8")))
    assert len(named) > 30
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_work_of_strangers_in_the_security_document_is_that_of_the_bench() -> None:
    rows = table((DOCS / "security.md").read_text("utf-8"), "what is asked for")
    assert rows == [[door.name, door.bound] for door in DOORS]


def test_each_line_of_the_changelog_is_below_a_kind_of_change() -> None:
    """The kinds are those of Keep a Changelog, each at most once in a version."""
    kinds = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
    for version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        loose, *sections = version.split("\n### ")
        assert "\n* " not in loose
        titles = [section.splitlines()[0] for section in sections]
        assert titles == [kind for kind in kinds if kind in titles]
