"""The report on EN 301 549: its table is complete and names tests that exist, and no clause passes without results."""

import ast
import importlib.util
import sys
import tomllib
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads((ROOT / "docs/accessibility.toml").read_text("utf-8"))
# Levels A and AA of WCAG 2.1: the last numbers of each guideline.
CRITERIA = {
    "1.1": [1],
    "1.2": [1, 2, 3, 4, 5],
    "1.3": [1, 2, 3, 4, 5],
    "1.4": [1, 2, 3, 4, 5, 10, 11, 12, 13],
    "2.1": [1, 2, 4],
    "2.2": [1, 2],
    "2.3": [1],
    "2.4": [1, 2, 3, 4, 5, 6, 7],
    "2.5": [1, 2, 3, 4],
    "3.1": [1, 2],
    "3.2": [1, 2, 3, 4],
    "3.3": [1, 2, 3, 4],
    "4.1": [1, 2, 3],
}
VOID_FOR_DOCUMENTS = {"2.4.1", "2.4.5", "3.2.3", "3.2.4"}


@pytest.fixture(scope="module")
def report() -> ModuleType:
    spec = importlib.util.spec_from_file_location("report", ROOT / "docs/accessibility.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["report"] = module
    spec.loader.exec_module(module)
    return module


def test_each_clause_is_in_the_table_once() -> None:
    criteria = {f"{guide}.{last}" for guide, ends in CRITERIA.items() for last in ends}
    assert len(criteria) == 50
    expected = {f"9.{each}" for each in criteria} | {"9.5", "9.6", "10.5", "10.6"}
    expected |= {f"10.{each}" for each in criteria - VOID_FOR_DOCUMENTS}
    new = ("2.4.11", "2.5.7", "2.5.8", "3.2.6", "3.3.7", "3.3.8")
    expected |= {f"WCAG 2.2 {each}" for each in new}
    expected |= {f"5.{number}" for number in range(1, 10)} | {"6", "7", "8", "13"}
    expected |= {"11.1-11.6", "11.7", *(f"11.8.{number}" for number in range(1, 6))}
    expected |= {"12.1.1", "12.1.2", "12.2.2", "12.2.3", "12.2.4"}
    assert set(TABLE["clauses"]) == expected


def test_each_named_test_exists_and_each_key_is_used() -> None:
    for test in sorted({test for tests in TABLE["tests"].values() for test in tests}):
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test
    clauses = TABLE["clauses"].values()
    assert {key for facts in clauses for key in facts.get("tests", ())} == set(TABLE["tests"])
    assert {facts["reason"] for facts in clauses if "reason" in facts} == set(TABLE["reasons"])
    for facts in clauses:
        assert len(facts.keys() & {"tests", "reason", "looked_at", "look_at"}) == 1


CASE = '<testsuite><testcase classname="tests.a" name="test_b[1]"/>{}</testsuite>'


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ('<testcase classname="tests.a" name="test_c"/>', "passes"),
        ("", "not tested"),
        ('<testcase classname="tests.a" name="test_c"><skipped/></testcase>', "not tested"),
        ('<testcase classname="tests.a" name="test_c"><failure/></testcase>', "fails"),
        (
            '<testcase classname="tests.a" name="test_c"/>'
            '<testcase classname="tests.a" name="test_b[2]"><error/></testcase>',
            "fails",
        ),
    ],
)
def test_a_clause_passes_only_if_all_its_tests_ran_and_passed(
    report: ModuleType, more: str, verdict: str
) -> None:
    table = {
        "tests": {"both": ["tests/a.py::test_b", "tests/a.py::test_c"]},
        "reasons": {},
        "clauses": {
            "9.1": {"title": "One", "tests": ["both"]},
            "9.2": {"title": "Two", "look_at": "all"},
        },
    }
    findings = report.judge(table, report.read_results(CASE.format(more)))
    assert [each.verdict for each in findings] == [verdict, "not tested"]
    assert findings[0].shown_by == ("b (tests/a.py)", "c (tests/a.py)")
    assert findings[1].shown_by == ("To be looked at: all",)
    html = report.render(findings, "abc", date(2027, 1, 18))
    assert "Written on 2027-01-18 from the results of tests of commit abc" in " ".join(html.split())
    summary = report.summarize(findings, "abc", date(2027, 1, 18))
    assert (summary["commit"], summary["date"]) == ("abc", "2027-01-18")
    assert summary["passes"] == (verdict == "passes")
    assert summary["fails"] == (["9.1"] if verdict == "fails" else [])
    assert summary["not_tested"] == (["9.1"] if verdict == "not tested" else []) + ["9.2"]
