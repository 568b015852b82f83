"""The figures of the benches, kept as JSON by commit: ``python bench/results.py`` prints them all.

Each bench calls ``record``. The table shows each figure beside its goal and beside the run before,
so that a fall is seen; it ends with an error where a goal is missed or a figure fell by a tenth.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "bench" / "results"
FALL = 0.1


@dataclass(frozen=True)
class Figure:
    """One measured value and its goal: ``at_least`` where more is better, ``at_most`` where less
    is.
    """

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def goal(self) -> str:
        if self.at_least is not None:
            return f"≥ {format_number(self.at_least)}"
        return "" if self.at_most is None else f"≤ {format_number(self.at_most)}"

    @property
    def is_met(self) -> bool:
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def fell(self, before: float) -> bool:
        """Whether it is worse by a tenth than ``before``."""
        if self.at_least is not None:
            return self.value < before * (1 - FALL)
        return self.at_most is not None and self.value > before * (1 + FALL)


def record(bench: str, figures: Iterable[Figure]) -> None:
    """Keep the figures of a bench with those of this commit, in place of earlier ones."""
    commit = get_commit()
    file = FOLDER / f"{commit}.json"
    results = json.loads(file.read_text("utf-8")) if file.exists() else {"benches": {}}
    results |= {
        "commit": commit,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": describe_python(),
        "processors": os.cpu_count(),
        "additions_ms": round(measure_pace(), 1),
    }
    results["benches"][bench] = [asdict(figure) for figure in figures]
    FOLDER.mkdir(exist_ok=True)
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


def get_commit() -> str:
    """The short name of the commit; with ``-changed`` where the code differs from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=-changed", "--exclude=*"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def describe_python() -> str:
    """Version and origin: a build without profile-guided optimisation is slower by a seventh."""
    origin = "of the system" if sys.base_prefix == "/usr" else "another build"
    return f"{platform.python_version()} ({origin}, {platform.python_compiler()})"


def measure_pace() -> float:
    """Milliseconds of processor time for a million additions, to compare machines."""
    start, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - start) * 1000


def load_results() -> list[dict[str, Any]]:
    """All results, the newest first."""
    results = [json.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.json")]
    return sorted(results, key=lambda each: str(each["measured_at"]), reverse=True)


def compare(newest: dict[str, Any], earlier: Iterable[dict[str, Any]]) -> Iterable[list[str]]:
    """The rows of the table: bench, figure, value, goal, the value before, and a verdict."""
    before: dict[tuple[str, str], float] = {}
    for results in earlier:
        for bench, figures in results["benches"].items():
            for each in figures:
                before.setdefault((bench, each["name"]), each["value"])
    for bench, figures in newest["benches"].items():
        for each in figures:
            figure = Figure(**each)
            previous = before.get((bench, figure.name))
            verdict = "" if figure.is_met else "missed"
            if previous is not None and figure.fell(previous):
                verdict = f"{verdict} fell".strip()
            value = f"{format_number(figure.value)} {figure.unit}".strip()
            last = "" if previous is None else format_number(previous)
            yield [bench, figure.name, value, figure.goal, last, verdict]


def format_number(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def main() -> int:
    newest, *earlier = load_results()
    print(
        f"{newest['commit']}, {newest['measured_at']}: Python {newest['python']},"
        f" {newest['processors']} processors, a million additions {newest['additions_ms']} ms\n"
    )
    rows = list(compare(newest, earlier))
    print("| bench | figure | measured | goal | before | |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    return int(any(row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
