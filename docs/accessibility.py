"""Write the report on EN 301 549 from test results: ``python docs/accessibility.py [RESULTS.xml]``.

Without a file (JUnit XML of pytest) the tests that docs/accessibility.toml names are run first.
Writes ``report.html``, ``report.pdf`` and ``summary.json``, which the page of the accessibility
statement shows, into ``build/accessibility``. The wheel takes the summary along if it is of the
commit that is built.
"""

import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment
from weasyprint import HTML

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs/accessibility.toml"
FOLDER = ROOT / "build/accessibility"
STANDARD = "EN 301 549 V3.2.1"
PASSES, FAILS, NOT_TESTED = "passes", "fails", "not tested"
NOT_APPLICABLE, LOOKED_AT = "not applicable", "looked at by hand"


@dataclass(frozen=True)
class Finding:
    """What is known about one clause."""

    clause: str
    title: str
    verdict: str
    shown_by: tuple[str, ...] = ()  # what tests say, or a sentence


def read_results(xml: str) -> dict[str, bool | None]:
    """Whether each test passed, by file and function; ``None`` if one of its cases was skipped."""
    results: dict[str, bool | None] = {}
    for case in ElementTree.fromstring(xml).iter("testcase"):  # noqa: S314 (our own file)
        module, function = case.get("classname", ""), case.get("name", "").partition("[")[0]
        name = f"{module.replace('.', '/')}.py::{function}"
        failed = any(case.find(tag) is not None for tag in ("failure", "error"))
        passed = False if failed else None if case.find("skipped") is not None else True
        before = results.get(name, True)
        results[name] = False if False in (before, passed) else before and passed
    return results


def judge(table: Mapping[str, Any], results: Mapping[str, bool | None]) -> list[Finding]:
    """A clause passes only if each of its tests ran and passed."""
    findings = []
    for clause, facts in table["clauses"].items():
        tests = tuple(test for key in facts.get("tests", ()) for test in table["tests"][key])
        outcomes = {results.get(test) for test in tests}
        if tests:
            verdict = FAILS if False in outcomes else NOT_TESTED if None in outcomes else PASSES
            found = tuple(map(describe_test, tests))
        elif "reason" in facts:
            verdict, found = NOT_APPLICABLE, (table["reasons"][facts["reason"]],)
        elif "looked_at" in facts:
            verdict, found = LOOKED_AT, (facts["looked_at"],)
        else:
            verdict, found = NOT_TESTED, (f"To be looked at: {facts['look_at']}",)
        findings.append(Finding(clause, facts["title"], verdict, found))
    return findings


def describe_test(test: str) -> str:
    """The name of a test as words, and its file."""
    path, _, name = test.partition("::")
    return f"{name.removeprefix('test_').replace('_', ' ')} ({path})"


REPORT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signoff: report on {{ standard }}</title>
<style>@page { size: A4; margin: 18mm }
body { font: 10pt/1.4 sans-serif; max-width: 60em; margin: auto }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th:first-child { width: 26% } th:nth-child(2) { width: 14% } tr { break-inside: avoid }
th, td { border: 1px solid #555; padding: 2pt 4pt; text-align: left; vertical-align: top;
overflow-wrap: anywhere }</style></head><body>
<h1>Signoff: report on {{ standard }}</h1>
<p>Written on {{ day }} from the results of tests of commit {{ commit }}. The six criteria that
WCAG 2.2 added at levels A and AA follow at the end.</p>
<p>“Passes” says that all tests named beside it ran and passed. Tests show what programs can find;
they do not replace an examination by people with disabilities. Chapter 10 is about the PDF files
that Signoff prints.</p>
<ul>{% for verdict, number in counts.items() %}<li>{{ verdict }}: {{ number }}</li>{% endfor %}</ul>
<table><thead><tr><th scope="col">Clause</th><th scope="col">Result</th>
<th scope="col">Shown by, or why</th></tr></thead>
<tbody>{% for each in findings %}<tr><th scope="row">{{ each.clause }} {{ each.title }}</th>
<td>{{ each.verdict }}</td><td>{% for line in each.shown_by %}<div>{{ line }}</div>{% endfor %}</td></tr>{% endfor %}
</tbody></table></body></html>
"""


def render(findings: list[Finding], commit: str, day: date) -> str:
    counts = Counter(each.verdict for each in findings)
    page = Environment(autoescape=True).from_string(REPORT)
    return page.render(
        standard=STANDARD, findings=findings, counts=counts, commit=commit, day=day.isoformat()
    )


def summarize(findings: list[Finding], commit: str, day: date) -> dict[str, object]:
    """What the accessibility statement says: counts, and the clauses that are open."""
    clauses = {
        verdict: [each.clause for each in findings if each.verdict == verdict]
        for verdict in (PASSES, FAILS, NOT_APPLICABLE, LOOKED_AT, NOT_TESTED)
    }
    return {
        "standard": STANDARD,
        "date": day.isoformat(),
        "commit": commit,
        "passes": len(clauses[PASSES]),
        "looked_at": len(clauses[LOOKED_AT]),
        "not_applicable": len(clauses[NOT_APPLICABLE]),
        "fails": clauses[FAILS],
        "not_tested": clauses[NOT_TESTED],
    }


def main(results: Path | None) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    table = tomllib.loads(TABLE.read_text("utf-8"))
    if results is None:
        results = FOLDER / "results.xml"
        results.unlink(missing_ok=True)
        tests = sorted({test for names in table["tests"].values() for test in names})
        command = [sys.executable, "-m", "pytest", "--quiet", f"--junitxml={results}", *tests]
        subprocess.run(command, cwd=ROOT, check=False)
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(
        describe, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    findings = judge(table, read_results(results.read_text("utf-8")))
    day = datetime.now(UTC).date()
    html = render(findings, commit, day)
    (FOLDER / "report.html").write_text(html, "utf-8")
    HTML(string=html).write_pdf(FOLDER / "report.pdf", pdf_variant="pdf/ua-1")
    summary = json.dumps(summarize(findings, commit, day), indent=1)
    (FOLDER / "summary.json").write_text(f"{summary}\n", "utf-8")
    print(FOLDER / "report.html")
    if any(each.verdict == FAILS for each in findings):
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
