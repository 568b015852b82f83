"""Promised addresses never disappear: mails, printed PDFs and other programs use them."""

from collections.abc import Iterator
from re import sub

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from signoff.app import create_app
from signoff.cli.instance import STARTER, create_instance
from signoff.config import load_settings
from tests.test_docs import interface, table

# Never take a line away. An address that moves leaves a redirect behind, and stays here.
PROMISED = {
    "/": "GET",
    "/papers/<>": "GET",
    "/papers/<>/<>.pdf": "GET",
    "/papers/<>/signatories.json": "GET",
    "/papers/<>/signatories.csv": "GET",
    "/files/<>.pdf": "GET",
    "/verify": "GET POST",
    "/verify/certificate.pem": "GET",
    "/log": "GET",
    "/log/checkpoints": "GET",
    "/log/entries.json": "GET",
    "/log/key": "GET",
    "/verify/<>.json": "GET",
    "/verify/verify_signoff.py": "GET",
    "/feed.atom": "GET",
    "/papers/<>/signatories-<>.json": "GET",
    "/papers/<>/badge.svg": "GET",
    "/papers/<>/embed": "GET",
    "/oembed": "GET",
    "/sitemap.xml": "GET",
    "/schema/signatories-1.json": "GET",
    "/openapi.json": "GET",
    "/health": "GET",
    "/health/live": "GET",
    "/health/ready": "GET",
    "/metrics": "GET",
    "/imprint": "GET",
    "/privacy": "GET",
    "/accessibility": "GET",
    "/s/<>": "GET",
    "/s/<>/answer": "GET POST",
    "/s/<>/withdraw": "GET POST",
    "/s/<>/further": "GET POST",
    "/s/<>/draft.pdf": "GET",
    "/s/<>/kit/motion.docx": "GET",
    "/s/<>/kit/motion.pdf": "GET",
    "/s/<>/kit/summary.pdf": "GET",
    "/s/<>/kit/answer-form.pdf": "GET",
    "/s/<>/kit/text.docx": "GET",
    "/s/<>/press/release.docx": "GET",
    "/s/<>/press/picture.png": "GET",
    "/s/<>/press/wall-certificate.pdf": "GET",
    "/papers/<>/annexes/<>.pdf": "GET",
    "/s/<>/annexes/<>.pdf": "GET",
    "/s/<>/deadline.ics": "GET",
    "/s/<>/sitting.ics": "GET",
    "/s/<>/receipt.pdf": "GET",
    "/s/<>/receipt.json": "GET",
    "/s/<>/certificate.pdf": "GET",
    "/s/<>/certificate.json": "GET",
    "/s/fresh": "GET POST",
    "/s": "GET POST",
    "/s/": "GET",
    "/s/<>/pass-on": "GET POST",
    "/s/<>/links": "GET",
    "/s/<>/links/<>/end": "GET POST",
    "/s/<>/correction": "GET POST",
    "/s/<>/sitting": "GET POST",
    "/s/<>/objection": "GET POST",
    "/login": "GET POST",
    "/login/second": "GET POST",
    "/login/second/set-up": "GET POST",
    "/login/set-up/<>": "GET POST",
    "/login/forgotten": "GET POST",
    "/login/password/<>": "GET POST",
    "/logout": "POST",
    "/office/": "GET",
}
OURS = {"GET", "POST"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("urls") / "instance"
    create_instance(folder, STARTER)
    return create_app(load_settings(folder, {}))


def test_addresses_are_compiled_when_the_first_is_built(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling all of them takes a fifth of the start."""
    compiled: list[str] = []

    def compile_builder(rule: Rule, *arguments: bool) -> object:
        compiled.append(rule.rule)
        return compile_original(rule, *arguments)

    compile_original = Rule._compile_builder
    monkeypatch.setattr(Rule, "_compile_builder", compile_builder)
    fresh = create_app(app.extensions["signoff"].settings)
    assert not compiled
    for _ in range(2):
        with fresh.test_request_context(base_url="https://localhost"):
            assert url_for("public.show_paper", slug="a b", rule="ü") == "/papers/a%20b?rule=%C3%BC"
    assert compiled == ["/papers/<slug>"]


def blank(address: str) -> str:
    """The address with empty placeholders: ``/papers/<slug>`` is ``/papers/<>``."""
    return sub(r"<[^>]*>", "<>", address)


def list_addresses(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            for method in (rule.methods or set()) & OURS:
                yield blank(rule.rule), method


def split_methods(promised: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (address, method) for address, methods in promised.items() for method in methods.split()
    }


def test_all_promised_addresses_exist(app: Flask) -> None:
    assert not split_methods(PROMISED) - set(list_addresses(app))


def test_documented_addresses_are_those_of_the_application(app: Flask) -> None:
    documented = {blank(cells[0].strip("`")): cells[1] for cells in table(interface(), "address")}
    assert split_methods(documented) == set(list_addresses(app))


def test_promised_addresses_are_documented() -> None:
    documented = {blank(cells[0].strip("`")): cells[1] for cells in table(interface(), "address")}
    assert split_methods(PROMISED) <= split_methods(documented)


# The first needs a parameter, the second a worker, the third a setting.
CONDITIONAL = ("/oembed", "/health/ready", "/metrics")
READABLE = sorted(
    address
    for address, methods in PROMISED.items()
    if "GET" in methods and "<>" not in address and address not in CONDITIONAL
)


@pytest.mark.parametrize("address", READABLE)
def test_promised_page_is_served(app: Flask, address: str) -> None:
    response = app.test_client().get(address, base_url="https://localhost")
    assert response.status_code < 400, response.status


def test_addresses_accept_only_get_and_post(app: Flask) -> None:
    """No address accepts a method other than GET, HEAD, OPTIONS and POST."""
    wrong = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS", "POST"}
    ]
    assert not wrong


def test_starter_texts_are_shipped_and_displayed(app: Flask) -> None:
    for page, words in (
        ("imprint", "Impressum"),
        ("privacy", "Datenschutz"),
        ("accessibility", "Barrierefreiheit"),
    ):
        text = (
            app.test_client().get(f"/{page}", base_url="https://localhost").get_data(as_text=True)
        )
        assert text.count(f">{words}</h1>") == 1
        assert "[" not in text, "a starter text is not published"
