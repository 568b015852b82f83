"""``signoff demo``: what a visitor finds in the sample association."""

import re
from pathlib import Path

import click
import pytest

from signoff.app import create_app
from signoff.cli.demo import DATA, SUMMARIES, clear_folder
from signoff.config import load_settings
from signoff.domain.forms import MAX_SUMMARY_LENGTH, require_printable
from tests.browser import Browser
from tests.cli.conftest import Run


def test_each_sample_paper_has_a_summary_that_the_editor_would_take() -> None:
    assert set(SUMMARIES) == {path.stem for path in DATA.iterdir()} - {"members", "legal"}
    for summary in SUMMARIES.values():
        assert require_printable(summary, "summary") == summary
        assert len(summary) <= MAX_SUMMARY_LENGTH


@pytest.mark.slow
def test_a_visitor_reads_the_summaries_and_the_dates_of_the_mails(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "demo"
    assert run("--instance", folder, "demo", "--no-serve").code == 0
    app = create_app(load_settings(folder))
    browser = Browser(app.test_client(), "http://localhost:8000")

    assert SUMMARIES["leitgedanken"] in browser.open("/").text
    assert SUMMARIES["leitgedanken"] in browser.open("/papers/leitgedanken").text
    assert SUMMARIES["leitgedanken"] in browser.open("/feed.atom").response.get_data(as_text=True)
    for kind in ("imprint", "privacy", "accessibility"):
        for language in ("de", "en"):
            page = browser.open(f"/{kind}?lang={language}")
            assert "noch nicht veröffentlicht" not in page.text
            assert len([each for each in page.root.iter() if each.tag == "h2"]) > 3
            assert not re.search(r"[\[\]{}]| \.", page.text.partition("Barriere")[0])
    adopted = {
        found
        for paper in ("leitgedanken", "hitzeschutz")
        for found in re.findall("beschlossen am (.*?) in", browser.open(f"/papers/{paper}").text)
    }
    assert len(adopted) == 1, "by one assembly, on one day"
    receipts = [each.read_text("utf-8") for each in (folder / "outbox").glob("*-receipt-*.eml")]
    assert len(receipts) > 20
    assert not [text for text in receipts if "werden nicht mehr angenommen" in text]
    mails = browser.open("/demo/mail").text
    assert " Uhr (ME" in mails
    assert "+0" not in mails


def test_an_earlier_demo_is_emptied_while_somebody_is_in_its_folder(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "signoff.toml").write_text("demo = true\n")
    (tmp_path / "archive/released").mkdir(parents=True)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept.txt").touch()
    (tmp_path / "outbox").symlink_to(elsewhere)
    monkeypatch.chdir(tmp_path)

    clear_folder(tmp_path)
    assert list(Path.cwd().iterdir()) == []
    assert (elsewhere / "kept.txt").exists(), "a link is removed, not what it leads to"


@pytest.mark.parametrize("settings", [None, "", 'demo = "false"\n'])
def test_a_folder_that_is_no_demo_is_never_emptied(tmp_path: Path, settings: str | None) -> None:
    (tmp_path / "signoff.sqlite").touch()
    if settings is not None:
        (tmp_path / "signoff.toml").write_text(settings)

    with pytest.raises(click.UsageError):
        clear_folder(tmp_path)
    assert (tmp_path / "signoff.sqlite").exists()
