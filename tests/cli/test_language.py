"""The command line uses the language of the locale, and all its texts are translated into English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from signoff.cli import language
from signoff.cli.language import get_language, gettext
from signoff.cli.main import LazyCommand, signoff
from signoff.i18n.catalogue import get_catalogue
from tests.cli.conftest import Run

CLI = Path(language.__file__).parent
# Calls whose text a user reads; each text goes through gettext.
SPEAKING = {"echo", "UsageError", "ClickException", "BadParameter", "exit_with_error"} | {
    *("ok", "warning", "error", "unknown"),
}
WORDS = re.compile(r"[A-Za-zÄÖÜäöüß]{2,} [A-Za-zÄÖÜäöüß„]{2,}|[äöüßÄÖÜ]")


@pytest.fixture
def locale(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "de"),
        ({"LANG": "C.UTF-8"}, "de"),
        ({"LANG": "POSIX"}, "de"),
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_IE@euro"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C.UTF-8"}, "de"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": ""}, "en"),
        ({"LANG": "da_DK.UTF-8"}, "de"),
    ],
)
def test_the_locale_chooses_the_language(
    locale: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name, value in variables.items():
        locale.setenv(name, value)
    assert get_language() == language


def test_help_and_errors_are_in_english_in_an_english_locale(
    locale: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    locale.setenv("LANG", "en_GB.UTF-8")

    result = run("--help")
    assert result.code == 0
    assert "Carries an adopted position paper" in result.out
    assert "Show this message and exit." in result.out
    assert "DAY" in run("rounds", "open", "--help").out
    assert run("rounds", "open", "x").err == "signoff: Missing option '--deadline'.\n"
    assert run("nonsense").err == "signoff: No such command 'nonsense'.\n"
    assert "has not been set up" in run("doctor", "--instance", tmp_path / "none").err


def test_help_and_errors_are_in_german_in_a_german_locale(
    locale: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    locale.setenv("LANG", "de_DE.UTF-8")

    result = run("--help")
    assert result.code == 0
    assert "Trägt ein beschlossenes Positionspapier" in result.out
    assert "Aufruf:" in result.out
    assert "Diese Hilfe zeigen und enden." in result.out
    assert "TAG" in run("rounds", "open", "--help").out
    assert run("rounds", "open", "x").err == "signoff: Es fehlt die Option '--deadline'.\n"
    assert run("nonsense").err == "signoff: Einen Befehl „nonsense“ gibt es nicht.\n"
    assert "keine eingerichtete Instanz" in run("doctor", "--instance", tmp_path / "none").err


def test_translated_run_does_not_change_the_commands(locale: pytest.MonkeyPatch, run: Run) -> None:
    locale.setenv("LANG", "en_GB.UTF-8")
    run("--help")
    locale.setenv("LANG", "de_DE.UTF-8")
    assert "Trägt ein beschlossenes Positionspapier" in run("--help").out


def test_message_contains_its_values(locale: pytest.MonkeyPatch) -> None:
    locale.setenv("LANG", "en_GB.UTF-8")
    assert gettext("Neue Frist: %(deadline)s.", deadline="tomorrow") == "New deadline: tomorrow."


def list_help_texts(command: click.Command) -> Iterator[str]:
    yield command.help or ""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            is_lazy = isinstance(subcommand, LazyCommand)
            yield from list_help_texts(subcommand.load() if is_lazy else subcommand)


def test_every_command_and_option_is_explained_in_english() -> None:
    texts = list(list_help_texts(signoff))
    english = get_catalogue("en")
    assert len(texts) > 50
    assert all(texts), "every command has a help text"
    assert [text for text in texts if english.gettext(text) == text] == []


def list_untranslated_texts(source: str) -> Iterator[str]:
    """Texts that are shown to the user without a translation."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or is_log(node.func):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        name = name.id if isinstance(name, ast.Name) else name
        for argument in node.args if name in SPEAKING else ():
            branches = (
                (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
            )
            for branch in branches:
                pieces = branch.values if isinstance(branch, ast.JoinedStr) else [branch]
                for piece in pieces:
                    if (
                        isinstance(piece, ast.Constant)
                        and isinstance(piece.value, str)
                        and WORDS.search(piece.value)
                    ):
                        yield piece.value


def is_log(called: ast.expr) -> bool:
    """Whether it writes a line of the log, which is English."""
    return isinstance(called, ast.Attribute) and ast.unparse(called.value) in ("log", "self.log")


def test_all_output_of_the_commands_is_translated() -> None:
    assert [
        (path.name, text)
        for path in sorted(CLI.glob("*.py"))
        for text in list_untranslated_texts(path.read_text("utf-8"))
    ] == []


def test_untranslated_text_is_detected() -> None:
    assert list(list_untranslated_texts('click.echo(f"schon gesperrt: {email}")')) == [
        "schon gesperrt: "
    ]
    assert list(list_untranslated_texts('click.echo(_("schon gesperrt"))')) == []
    assert list(list_untranslated_texts('log.error("another one starts")')) == []
