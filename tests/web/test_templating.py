"""Texts of the templates are translated when they are compiled, in each language."""

import pytest
from flask import url_for
from flask_babel import force_locale

from signoff.web.filters import embed_html
from signoff.web.static_files import build_url
from tests.world import World

TEXTS = {
    "{% trans %}Datenschutz{% endtrans %}": ("Datenschutz", "Privacy"),
    "{{ _('Datenschutz') }}": ("Datenschutz", "Privacy"),
    "{% set words = _('Datenschutz') %}{{ words|upper }}": ("DATENSCHUTZ", "PRIVACY"),
    "{% trans number=n %}Fassung {{ number }}{% endtrans %}": (
        "Fassung &lt;b&gt;",
        "Edition\xa0&lt;b&gt;",
    ),
    "{% trans share=n %}({{ share }} %){% endtrans %}": (
        "(&lt;b&gt; %)",
        "(&lt;b&gt;%)",
    ),
    "{% set text = 'Datenschutz' %}{{ _(text) }}": ("Datenschutz", "Privacy"),
    "{{ language() }}": ("de", "en"),
    "{% if n %}{{ n }}{% trans %}Datenschutz{% endtrans %}{{ n }}{% endif %}": (
        "&lt;b&gt;Datenschutz&lt;b&gt;",
        "&lt;b&gt;Privacy&lt;b&gt;",
    ),
}


@pytest.mark.parametrize(("language", "position"), [("de", 0), ("en", 1)])
def test_texts_are_in_the_language_of_the_page(world: World, language: str, position: int) -> None:
    expected = {text: translations[position] for text, translations in TEXTS.items()}
    app = world.build_app()
    with app.test_request_context(f"/?lang={language}"):
        assert {text: app.jinja_env.from_string(text).render(n="<b>") for text in TEXTS} == expected
    with app.test_request_context("/?lang=de"), force_locale(language):
        assert {text: app.jinja_env.from_string(text).render(n="<b>") for text in TEXTS} == expected


def test_addresses_that_are_kept_are_those_that_would_be_built(world: World) -> None:
    page, other = "invitation.show_invitation", "invitation.show_answer_form"
    cases: list[tuple[str, dict[str, object]]] = [
        ("public.index", {}),
        ("public.index", {"_external": True}),
        *((page, {"token": token}) for token in ("Wy.A-_b", "Wy.other", "-token-", "a b/c?%")),
        (other, {"token": "Wy.A-_b", "answer": "pending"}),
        (other, {"token": "Wy.A-_b"}),
    ]
    app = world.build_app()
    for path, root in (("/", ""), ("/?lang=en", ""), ("/", "/trial/1a"), ("/", "")):
        with app.test_request_context(path, base_url=f"https://localhost{root}"):
            for endpoint, values in cases:
                built = url_for(endpoint, **values)  # type: ignore[arg-type]
                assert build_url(endpoint, **values) == built, (root, path)


def test_pictures_of_a_text_are_below_the_path_of_the_request(world: World) -> None:
    """The text itself is kept from one request to the next."""
    text, app = (
        f'<h2>Karte</h2><p><img src="pictures/{"a" * 64}.png" alt="Karte"></p>',
        world.build_app(),
    )
    for root in ("", "/trial/1a"):
        with app.test_request_context("/", base_url=f"https://localhost{root}"):
            assert f'<img src="{root}/pictures/aaa' in embed_html(text)
