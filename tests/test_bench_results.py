"""The table of measured figures beside their goals."""

import json
import re
from pathlib import Path

import pytest

from bench import results
from bench.results import Figure


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    return tmp_path


def keep_run(folder: Path, commit: str, day: int, *figures: Figure) -> None:
    """A run of a commit on that day."""
    results.record("mail", figures)
    (written,) = folder.glob(f"{results.get_commit()}.json")
    run = json.loads(written.read_text("utf-8")) | {
        "commit": commit,
        "measured_at": f"2026-11-{day:02}T12:00:00+00:00",
    }
    written.unlink()
    (folder / f"{commit}.json").write_text(json.dumps(run), "utf-8")


def test_a_missed_goal_and_a_fall_are_in_the_table(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_run(
        folder,
        "older",
        1,
        Figure("mails", 900, at_least=800),
        Figure("memory", 100, "MB", None, 150),
    )
    keep_run(
        folder,
        "newer",
        2,
        Figure("mails", 700, at_least=800),
        Figure("memory", 120, "MB", None, 150),
    )

    assert results.main() == 1

    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("| mail")] == [
        "| mail | mails | 700 | ≥ 800 | 900 | missed fell |",
        "| mail | memory | 120 MB | ≤ 150 | 100 | fell |",
    ]


def test_a_run_that_reaches_its_goals_ends_well(folder: Path) -> None:
    keep_run(folder, "older", 1, Figure("mails", 850, at_least=800))
    keep_run(folder, "newer", 2, Figure("mails", 840, at_least=800), Figure("pages", 12))

    assert results.main() == 0


def test_a_bench_measured_again_replaces_its_figures_alone(folder: Path) -> None:
    results.record("answers", [Figure("answers a second", 700)])
    results.record("mail", [Figure("mails", 800)])
    results.record("mail", [Figure("mails", 900)])

    (run,) = results.load_results()
    assert [each["value"] for each in run["benches"]["mail"]] == [900]
    assert [each["value"] for each in run["benches"]["answers"]] == [700]


def test_each_bench_keeps_its_figures_under_its_name() -> None:
    makefile = (results.ROOT / "Makefile").read_text("utf-8")
    (names,) = re.findall(r"for each in (.*?); do .*bench/", makefile)
    codes = {
        name: (results.ROOT / "bench" / f"{name}.py").read_text("utf-8") for name in names.split()
    }

    assert [name for name, code in codes.items() if f'record("{name}", ' not in code] == []
