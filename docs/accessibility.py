"""Write the report on EN 301 549 from test results: ``python docs/accessibility.py [RESULTS.xml]``.

Without a file (JUnit XML of pytest) the tests that docs/accessibility.toml names are run first.
Writes ``report.html``, ``report.pdf`` and ``statement.de.md``, a paragraph for the accessibility
statement of an association, into ``build/accessibility``.
"""

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
PASSES, FAILS, NOT_TESTED = "passes", "fails", "not tested"
NOT_APPLICABLE, LOOKED_AT = "not applicable", "looked at by hand"


@dataclass(frozen=True)
class Finding:
    """What is known about one clause."""

    clause: str
    title: str
    verdict: str
    shown_by: tuple[str, ...] = ()  # tests, or a sentence


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
            found = tests
        elif "reason" in facts:
            verdict, found = NOT_APPLICABLE, (table["reasons"][facts["reason"]],)
        elif "looked_at" in facts:
            verdict, found = LOOKED_AT, (facts["looked_at"],)
        else:
            verdict, found = NOT_TESTED, ()
        findings.append(Finding(clause, facts["title"], verdict, found))
    return findings


REPORT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signoff: report on EN 301 549</title>
<style>@page { size: A4; margin: 18mm }
body { font: 10pt/1.4 sans-serif; max-width: 60em; margin: auto }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th:first-child { width: 28% } th:nth-child(2) { width: 14% }
th, td { border: 1px solid #555; padding: 2pt 4pt; text-align: left; vertical-align: top;
overflow-wrap: anywhere }</style></head><body>
<h1>Signoff: report on EN 301 549 V3.2.1</h1>
<p>Written on {{ day }} from the results of tests of commit {{ commit }}. The six criteria that
WCAG 2.2 added at levels A and AA follow at the end.</p>
<p>“Passes” says that all tests named beside it ran and passed. Tests show what programs can find;
they do not replace an examination by people with disabilities. Chapter 10 is about the PDF files
that Signoff prints.</p>
<ul>{% for verdict, number in counts.items() %}<li>{{ verdict }}: {{ number }}</li>{% endfor %}</ul>
<table><thead><tr><th scope="col">Clause</th><th scope="col">Result</th>
<th scope="col">Shown by, or why</th></tr></thead>
<tbody>{% for each in findings %}<tr><th scope="row">{{ each.clause }} {{ each.title }}</th>
<td>{{ each.verdict }}</td><td>{{ each.shown_by|join("; ") }}</td></tr>{% endfor %}
</tbody></table></body></html>
"""
STATEMENT = """Die Fassung {{ commit }} des Programms wurde am {{ day }} mit automatischen Tests nach
EN 301 549 geprüft. Bei {{ counts["passes"] }} Anforderungen wurden alle zugehörigen Tests bestanden,
{{ counts["not applicable"] }} sind nicht anwendbar, {{ counts["looked at by hand"] }} wurden von Hand
angesehen und {{ counts["not tested"] }} sind nicht geprüft.
{% if failed %}Nicht erfüllt sind: {{ failed|join(", ") }}.
{%- else %}Kein Test ist fehlgeschlagen.{% endif %}

Nicht geprüft sind: {{ untested|join(", ") }}.
"""


def render(template: str, findings: list[Finding], commit: str, day: date) -> str:
    facts = {
        "counts": Counter(each.verdict for each in findings),
        "failed": [each.clause for each in findings if each.verdict == FAILS],
        "untested": [each.clause for each in findings if each.verdict == NOT_TESTED],
    }
    page = Environment(autoescape=template is REPORT).from_string(template)  # noqa: S701
    shown = day.strftime("%d.%m.%Y") if template is STATEMENT else day.isoformat()
    return page.render(findings=findings, commit=commit, day=shown, **facts)


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
    html = render(REPORT, findings, commit, day)
    (FOLDER / "report.html").write_text(html, "utf-8")
    HTML(string=html).write_pdf(FOLDER / "report.pdf", pdf_variant="pdf/ua-1")
    (FOLDER / "statement.de.md").write_text(render(STATEMENT, findings, commit, day), "utf-8")
    print(FOLDER / "report.html")
    if any(each.verdict == FAILS for each in findings):
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
