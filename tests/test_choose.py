"""``make check`` runs the tests of what differs, and all if in doubt."""

import subprocess
from pathlib import Path

import pytest

from tests import choose
from tests.test_architecture import subjects

ALL = [Path("tests")]


def chosen(*changes: str) -> set[str]:
    return {path.as_posix() for path in choose.choose([Path(each) for each in changes])}


def test_a_subject_has_its_tests_in_every_layer() -> None:
    layers = {"domain", "actions", "web/office"}
    always = {f"tests/test_{name}.py" for name in ("architecture", "messages", "words")}
    for changed in ("signoff/store/rounds.py", "templates/office/rounds/show.html"):
        assert {f"tests/{layer}/test_rounds.py" for layer in layers} | always <= chosen(changed)
    assert "tests/web/office/test_papers.py" not in chosen("signoff/store/rounds.py")


def test_several_files_have_the_tests_of_all_their_subjects() -> None:
    several = chosen("signoff/actions/papers.py", "signoff/pdf/seal.py", "CHANGELOG.md")
    assert {
        "tests/actions/test_papers.py",
        "tests/pdf/test_seal.py",
        "tests/test_docs.py",
    } <= several


def test_a_test_chooses_itself() -> None:
    for test in choose.TESTS:
        found = choose.choose([test])
        assert test in found or found == ALL, test


def test_where_nothing_differs_a_few_are_left() -> None:
    assert choose.choose([]) == sorted(choose.ALWAYS)


@pytest.mark.parametrize(
    "changes",
    [
        ["signoff/store/rows.py"],
        ["tests/factories.py"],
        ["requirements.lock"],
        ["templates/base.html", "signoff/actions/rounds.py"],
    ],
    ids=str,
)
def test_all_are_chosen_if_a_file_has_no_tests_of_its_own(changes: list[str]) -> None:
    assert choose.choose([Path(each) for each in changes]) == ALL


def test_every_module_of_a_subject_has_tests_or_chooses_all() -> None:
    for layers in subjects().values():
        for layer, modules in layers.items():
            for module in modules:
                assert len(chosen(f"signoff/{layer}/{module}.py")) > len(choose.ALWAYS) or chosen(
                    f"signoff/{layer}/{module}.py"
                ) == {"tests"}, module


def test_what_differs_is_found_whether_committed_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Test", "-c", "user.email=test@forum.example")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr(choose, "ROOT", tmp_path)
    git("init", "--initial-branch=main")
    for name in ("old", "committed", "changed", "deleted"):
        (tmp_path / name).touch()
    git("add", ".")
    git("commit", "-m", "first")
    git("switch", "-c", "work")
    (tmp_path / "committed").write_text("anew")
    git("commit", "-am", "second")
    (tmp_path / "changed").write_text("anew")
    (tmp_path / "deleted").unlink()
    (tmp_path / "new").touch()
    assert choose.list_changes("main") == [
        Path(each) for each in ("changed", "committed", "deleted", "new")
    ]
    assert choose.list_changes("HEAD") == [Path(each) for each in ("changed", "deleted", "new")]
    with pytest.raises(subprocess.CalledProcessError):
        choose.list_changes("nowhere")
