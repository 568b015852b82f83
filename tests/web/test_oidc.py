"""Login of staff at an OpenID provider: who gets in, with which role, and what is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from signoff import actions, oidc, store
from signoff.checks import Grade, check_provider
from signoff.domain.accounts import Account, Role
from signoff.domain.audit import Event
from tests.browser import Browser, fields
from tests.mail.oauth2_servers import write_secret
from tests.openid_provider import CLIENT, SECRET, OpenIdProvider, ProviderTab
from tests.web.office.office import Office, new_office

pytestmark = pytest.mark.slow

PEOPLE = {
    "lead": {
        "name": "Leitung",
        "email": "Leitung@Forum.example",
        "email_verified": True,
        "groups": ["all-staff", "signoff-admins", "signoff-editors"],
    },
    "assistant": {
        "name": "Assistenz",
        "email": "assistenz@forum.example",
        "email_verified": True,
        "groups": "signoff-editors",
    },
    "guest": {"email": "gast@forum.example", "email_verified": True, "groups": ["all-staff"]},
    "nobody": {"email": "niemand@forum.example", "email_verified": True},
    "unverified": {
        "email": "editor@forum.example",
        "email_verified": False,
        "xms_edov": True,
        "groups": ["signoff-admins"],
    },
    "entra": {"email": "entra@forum.example", "groups": ["7d1f0a52-6c1e-4a7e-9a53-0d8f0b0c1a11"]},
    "entra-verified": {
        "email": "entra@forum.example",
        "xms_edov": True,
        "groups": ["7d1f0a52-6c1e-4a7e-9a53-0d8f0b0c1a11"],
    },
    "entra-overage": {"_claim_names": {"groups": "src1"}},
}
GROUPS = {
    "signoff-admins": Role.ADMIN,
    "signoff-editors": Role.EDITOR,
    "7d1f0a52-6c1e-4a7e-9a53-0d8f0b0c1a11": Role.VIEWER,
}
START = "/login/oidc"


@pytest.fixture(scope="module")
def shared() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider("http://localhost/login/oidc/callback", dict(PEOPLE))
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(shared: OpenIdProvider) -> Iterator[OpenIdProvider]:
    """The provider of all tests; one that has changed it gets it back as it was."""
    yield shared
    if shared.process is None or (shared.keys, shared.userinfo_only) != (("key-1",), False):
        shared.keys, shared.userinfo_only = ("key-1",), False
        shared.start()


@pytest.fixture
def office(tmp_path: Path, provider: OpenIdProvider) -> Iterator[Office]:
    base = new_office(tmp_path)
    base.db.close()
    office = Office(
        replace(
            base.settings,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret_file=write_secret(tmp_path / "oidc-secret", SECRET),
            oidc_groups=GROUPS,
        )
    )
    yield office
    office.db.close()


def leave(browser: Browser, path: str = START) -> str:
    """The address at the provider that ``path`` leads to."""
    response = browser.client.get(path, base_url=browser.base_url)
    assert response.status_code == 303
    return str(response.headers["Location"])


def log_in(
    office: Office,
    who: str,
    *,
    browser: Browser | None = None,
    tab: ProviderTab | None = None,
    path: str = START,
    status: int = 200,
) -> Browser:
    browser = browser or office.browser(None)
    return browser.open((tab or ProviderTab()).log_in(leave(browser, path), who), status)


def account(office: Office, email: str) -> Account:
    account = store.accounts.find_by_email(office.db, email)
    assert account
    return account


def list_events(office: Office) -> list[tuple[str, str, dict]]:
    return [
        (entry.event, entry.actor, entry.details or {})
        for entry in store.audit.list_detailed_entries(office.db, 100)
    ]


@contextmanager
def changed(provider: OpenIdProvider, who: str, **claims: object) -> Iterator[None]:
    """What the provider says about somebody is different meanwhile."""
    provider.describe({**PEOPLE, who: {**PEOPLE[who], **claims}})
    try:
        yield
    finally:
        provider.describe(PEOPLE)


def test_the_first_login_makes_an_account_with_the_highest_role_of_its_groups(
    office: Office,
) -> None:
    browser = log_in(office, "lead", path=f"{START}?next=/office/audit")
    assert browser.path == "/office/audit"
    made = account(office, "leitung@forum.example")
    assert (made.name, made.role, made.password_hash) == ("Leitung", Role.ADMIN, "")
    assert made.is_active
    assert "Der Anmeldedienst hat" in browser.text
    browser = log_in(office, "assistant")
    assert account(office, "assistenz@forum.example").role is Role.EDITOR
    browser.open("/office/account").follow("Passwort festlegen")
    assert browser.page == "forgotten-password"


def test_the_account_is_found_by_issuer_and_subject_whatever_the_address(
    office: Office, provider: OpenIdProvider
) -> None:
    log_in(office, "assistant")
    with changed(provider, "assistant", email="heirat@forum.example", name="Neuer Name"):
        browser = log_in(office, "assistant")
    assert browser.page == "dashboard"
    assert store.accounts.find_by_email(office.db, "heirat@forum.example") is None
    added = (Event.ACCOUNT_ADDED, "provider", {"role": "editor"})
    assert list_events(office).count(added) == 1


def test_the_first_login_takes_over_the_account_of_the_same_verified_address(
    office: Office, provider: OpenIdProvider
) -> None:
    before = account(office, "viewer@forum.example")
    with changed(provider, "assistant", email="Viewer@forum.example", groups=["signoff-admins"]):
        log_in(office, "assistant")
    after = account(office, "viewer@forum.example")
    assert (after.id, after.oidc_subject, after.role) == (before.id, "assistant", Role.ADMIN)
    assert after.password_hash == before.password_hash
    assert [entry[:2] for entry in list_events(office)[:3]] == [
        (Event.LOGGED_IN, f"staff/{after.id}"),
        (Event.ACCOUNT_CHANGED, "provider"),
        (Event.ACCOUNT_CHANGED, "provider"),
    ]


def test_an_address_that_now_belongs_to_another_person_opens_no_account(
    office: Office, provider: OpenIdProvider
) -> None:
    log_in(office, "assistant")
    with changed(provider, "guest", **PEOPLE["assistant"]):
        browser = log_in(office, "guest", status=403)
    assert "gehört beim Anmeldedienst zu einer anderen Person" in browser.text
    assert account(office, "assistenz@forum.example").oidc_subject == "assistant"
    actions.accounts.reset(office.db, "assistenz@forum.example", "cli", office.now)
    with changed(provider, "guest", **PEOPLE["assistant"]):
        assert log_in(office, "guest").page == "dashboard"
    assert account(office, "assistenz@forum.example").oidc_subject == "guest"


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("guest", "Sie gehören zu keiner Gruppe, die hier arbeiten darf."),
        ("nobody", "Sie gehören zu keiner Gruppe, die hier arbeiten darf."),
        ("unverified", "Der Anmeldedienst bestätigt Ihre E-Mail-Adresse nicht."),
        ("entra", "Der Anmeldedienst bestätigt Ihre E-Mail-Adresse nicht."),
    ],
)
def test_who_may_not_work_here_is_told_why(office: Office, who: str, sentence: str) -> None:
    before = store.accounts.list_all(office.db), list_events(office)
    browser = log_in(office, who, status=403)
    assert sentence in browser.text
    assert (store.accounts.list_all(office.db), list_events(office)) == before
    assert browser.open("/office/").path == "/login"


def test_entra_id_names_groups_by_id_and_confirms_the_domain_of_the_address(
    office: Office,
) -> None:
    assert log_in(office, "entra-verified").page == "dashboard"
    assert account(office, "entra@forum.example").role is Role.VIEWER
    browser = log_in(office, "entra-overage", status=502)
    assert "nennt Ihre Gruppen nicht, weil es zu viele sind" in browser.text


def test_the_role_follows_the_groups_at_the_next_login(
    office: Office, provider: OpenIdProvider
) -> None:
    log_in(office, "assistant")
    with changed(provider, "assistant", groups=["signoff-admins"]):
        log_in(office, "assistant")
    changed_account = account(office, "assistenz@forum.example")
    assert changed_account.role is Role.ADMIN
    assert (
        Event.ACCOUNT_CHANGED,
        "provider",
        {"change": "role", "role": "admin"},
    ) in list_events(office)
    with changed(provider, "assistant", groups=[]):
        log_in(office, "assistant", status=403)
    actions.accounts.disable(office.db, "admin@forum.example", "cli", office.now)
    with changed(provider, "assistant", groups=["signoff-editors"]):
        browser = log_in(office, "assistant", status=409)
    assert "Das ist das letzte Konto mit Verwaltungsrechten." in browser.text
    assert account(office, "assistenz@forum.example") == changed_account


def test_a_disabled_account_stays_disabled(office: Office, provider: OpenIdProvider) -> None:
    log_in(office, "assistant")
    actions.accounts.disable(office.db, "assistenz@forum.example", "cli", office.now)
    assert "Ihr Konto ist gesperrt." in log_in(office, "assistant", status=403).text
    actions.accounts.disable(office.db, "viewer@forum.example", "cli", office.now)
    with changed(provider, "guest", email="viewer@forum.example", groups=["signoff-admins"]):
        assert "Ihr Konto ist gesperrt." in log_in(office, "guest", status=403).text
    assert account(office, "viewer@forum.example").oidc_subject == ""


def test_groups_may_come_from_the_userinfo_endpoint(
    office: Office, provider: OpenIdProvider
) -> None:
    provider.userinfo_only = True
    provider.start()
    assert log_in(office, "assistant").page == "dashboard"


def test_keys_may_be_replaced_at_any_time(office: Office, provider: OpenIdProvider) -> None:
    log_in(office, "assistant")
    provider.keys = ("key-2", "key-3")
    provider.start()
    assert log_in(office, "assistant").page == "dashboard"


def test_the_second_factor_is_asked_for_unless_the_provider_counts_as_both(
    office: Office,
) -> None:
    office.settings = replace(office.settings, second_factor=True)
    office.app = office.build_app()
    browser = log_in(office, "assistant", path=f"{START}?next=/office/members")
    assert browser.page == "two-factor-set-up"
    assert browser.open("/office/").path == "/login"
    office.settings = replace(office.settings, oidc_second_factor=True)
    office.app = office.build_app()
    assert log_in(office, "assistant").page == "dashboard"


# The request and its answer.


def test_the_request_has_state_nonce_and_pkce_and_the_address_of_the_settings(
    office: Office,
) -> None:
    query = parse_qs(urlsplit(leave(office.browser(None), f"{START}?lang=en")).query)
    assert query["redirect_uri"] == ["http://localhost/login/oidc/callback"]
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))
    assert "prompt" not in query


def test_an_answer_counts_once_and_in_the_browser_that_asked(office: Office) -> None:
    browser, other = office.browser(None), office.browser(None)
    answer = ProviderTab().log_in(leave(browser), "assistant")
    leave(other)
    assert other.open(answer).path == "/login"  # another state
    assert office.browser(None).open(answer).path == "/login"  # none
    assert other.open("/login/oidc/callback?code=1&state=ä").path == "/login"
    assert browser.open(answer).page == "dashboard"
    assert browser.open(answer).page == "dashboard"  # a second click
    assert browser.submit(action="/logout").open(answer).path == "/login"


def test_an_answer_that_comes_too_late_does_not_count(office: Office) -> None:
    browser = office.browser(None)
    answer = ProviderTab().log_in(leave(browser), "assistant")
    office.later(minutes=16)
    assert browser.open(answer).path == "/login"


def test_a_token_for_another_request_or_application_is_refused(office: Office) -> None:
    browser, tab = office.browser(None), ProviderTab()
    first = oidc.start(office.settings, "http://localhost/login/oidc/callback")
    code = parse_qs(urlsplit(tab.log_in(first["url"], "assistant")).query)["code"][0]
    with pytest.raises(oidc.ProviderError, match="nonce"):
        oidc.finish(
            office.settings,
            "http://localhost/login/oidc/callback",
            {**first, "nonce": "another"},
            code,
        )
    assert leave(browser)


KEY, OTHER_KEY = RSAKey.generate_key(2048), RSAKey.generate_key(2048)


def read_token(
    office: Office, monkeypatch: pytest.MonkeyPatch, key: RSAKey, **changed: object
) -> None:
    """What is made of an ID token with these claims, signed with ``key``, while ``KEY`` is known."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": office.settings.oidc_issuer,
        "aud": CLIENT,
        "sub": "lead",
        "nonce": "nonce",
        "iat": now,
        "exp": now + 60,
        **changed,
    }
    client = oidc.open_client(office.settings)
    monkeypatch.setattr(oidc, "open_client", lambda settings: client)
    keys = {"keys": [{**KEY.as_dict(private=False), "kid": "key"}]}
    monkeypatch.setattr(client, "fetch_jwk_set", lambda force=False: keys)
    token = jwt.encode({"alg": "RS256", "kid": "key"}, claims, key)
    monkeypatch.setattr(client, "fetch_access_token", lambda *given, **named: {"id_token": token})
    monkeypatch.setattr(client, "userinfo", lambda **named: {"sub": "somebody else"})
    oidc.finish(office.settings, "", {"code_verifier": "", "nonce": "nonce"}, "")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"aud": "another-application"}, "aud"),
        ({"aud": [CLIENT, "another-application"], "azp": "another-application"}, "azp"),
        ({"iss": "https://provider.example"}, "iss"),
        ({"nonce": "another"}, "nonce"),
        ({"sub": ""}, "sub"),
        ({"groups": 7}, "TypeError"),
        ({"exp": 1_800_000_000 - 10**9}, "expired"),
        ({"iat": 10**10}, "iat|future"),
    ],
)
def test_a_token_that_is_not_for_us_and_now_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch, changed: dict, problem: str
) -> None:
    with pytest.raises(oidc.ProviderError, match=problem):
        read_token(office, monkeypatch, KEY, **changed)


def test_a_token_signed_with_another_key_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(oidc.ProviderError, match="signature"):
        read_token(office, monkeypatch, OTHER_KEY)


def test_clocks_may_differ_by_two_minutes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(datetime.now(UTC).timestamp())
    read_token(office, monkeypatch, KEY, iat=now + 90, exp=now + 150)
    read_token(office, monkeypatch, KEY, iat=now - 150, exp=now - 90)
    with pytest.raises(oidc.ProviderError):
        read_token(office, monkeypatch, KEY, iat=now - 250, exp=now - 190)


def test_who_cancels_at_the_provider_comes_back_to_a_page(office: Office) -> None:
    browser = log_in(office, "cancel", status=502)
    assert "Der Anmeldedienst hat die Anmeldung abgelehnt: „access_denied" in browser.text
    assert browser.follow("Zur Anmeldung").path == "/login"


# Critical acts.


def reauthenticate(
    office: Office, browser: Browser, who: str, tab: ProviderTab, status: int = 200
) -> Browser:
    return log_in(
        office, who, browser=browser, tab=tab, path=f"{START}?next=/login/oidc/done", status=status
    )


def start_inviting(browser: Browser) -> Browser:
    """Send the form of a new account, which asks who is at the device."""
    entered = {"email": "neu@forum.example", "name": "Neu", "role": "viewer"}
    return browser.open("/office/accounts/invite").submit(entered, action="/office/accounts/invite")


def test_critical_acts_ask_the_provider_again_and_lose_nothing(office: Office) -> None:
    tab = ProviderTab()
    browser = log_in(office, "lead", tab=tab)
    office.later(minutes=11)
    start_inviting(browser)
    assert browser.page == "reauth"
    assert "Oder" not in browser.text  # there is no password to ask for
    waiting = fields(browser.form("/office/accounts/invite"), {})
    query = parse_qs(urlsplit(leave(browser)).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    reauthenticate(office, browser, "lead", tab)
    assert "Schließen Sie diesen Tab" in browser.text
    assert store.accounts.find_by_email(office.db, "neu@forum.example") is None
    browser.request("POST", "/office/accounts/invite", 200, data=waiting)
    assert account(office, "neu@forum.example").name == "Neu"


def test_another_person_at_the_provider_confirms_nothing(office: Office) -> None:
    browser, tab = log_in(office, "lead"), ProviderTab()
    office.later(minutes=11)
    start_inviting(browser)
    reauthenticate(office, browser, "assistant", tab, status=403)
    assert "als eine andere Person angemeldet" in browser.text
    assert start_inviting(browser).page == "reauth"


def test_a_provider_that_does_not_ask_again_confirms_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, tab = log_in(office, "lead"), ProviderTab()
    office.later(minutes=11)
    finish = oidc.finish
    for age in (None, timedelta(seconds=11)):
        monkeypatch.setattr(
            oidc,
            "finish",
            lambda *given, age=age: replace(finish(*given), authentication_age=age),
        )
        reauthenticate(office, browser, "lead", tab, status=403)
        assert "nicht noch einmal nach Ihrer Anmeldung gefragt" in browser.text
        assert start_inviting(browser).page == "reauth"


def test_a_form_that_outlived_its_session_goes_on_after_the_login_at_the_provider(
    office: Office,
) -> None:
    browser = log_in(office, "lead")
    browser.open("/office/accounts/invite")
    office.later(hours=1)
    entered = {"email": "neu@forum.example", "name": "Neu", "role": "viewer"}
    browser.submit(entered, action="/office/accounts/invite", status=403)
    assert "Ihre Sitzung ist abgelaufen" in browser.text
    waiting = fields(browser.form("/office/accounts/invite"), {})
    log_in(office, "lead", browser=browser, path=f"{START}?next=/login/oidc/done")
    assert browser.page == "oidc"
    browser.request("POST", "/office/accounts/invite", 400, data=waiting)
    browser.submit(action="/office/accounts/invite")
    assert account(office, "neu@forum.example").name == "Neu"


# The provider is away, or not set up.


def test_without_the_provider_the_password_is_the_way_in(
    office: Office, provider: OpenIdProvider
) -> None:
    provider.stop()
    browser = office.browser(None).open(START, 502)
    assert "127.0.0.1 ist nicht erreichbar oder gestört (ConnectionError)" in browser.text
    assert "können Sie sich auch damit anmelden" in browser.text
    browser.follow("Zur Anmeldung")
    assert "Oder mit E-Mail-Adresse und Passwort" in browser.text
    assert [field for field in ("email", "password") if field in browser.values] == [
        "email",
        "password",
    ]


def test_an_office_without_a_provider_has_no_such_login(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    browser = office.browser(None)
    assert "Organisation" not in browser.text
    for path in (START, f"{START}/callback?code=1&state=", f"{START}/done"):
        browser.open(path, 404)
    assert list(check_provider(office.settings)) == []
    office.db.close()


def test_doctor_asks_the_provider_for_addresses_and_keys(
    office: Office, provider: OpenIdProvider, tmp_path: Path
) -> None:
    (finding,) = check_provider(office.settings)
    assert finding.grade is Grade.OK
    assert finding.found == (
        "127.0.0.1 antwortet, 1 Schlüssel; Weiterleitungsadresse: "
        "http://localhost/login/oidc/callback"
    )
    for wrong, words in (
        ({"oidc_issuer": f"{provider.issuer}/"}, "Der Anmeldedienst nennt sich"),
        ({"oidc_issuer": f"{provider.issuer}/other"}, "gestört (HTTP 404)"),
        ({"oidc_client_secret_file": str(tmp_path / "missing")}, "ist nicht lesbar"),
    ):
        (finding,) = check_provider(replace(office.settings, **wrong))
        assert finding.grade is Grade.ERROR
        assert words in finding.found
        assert finding.to_do


def test_a_wrong_client_secret_is_said(office: Office, tmp_path: Path) -> None:
    write_secret(tmp_path / "oidc-secret", "wrong")
    browser = log_in(office, "lead", status=502)
    assert "abgelehnt: „invalid_client" in browser.text


# What ID tokens say.


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({"email_verified": True}, "a@b.example"),
        ({"email_verified": "true"}, "a@b.example"),
        ({"email_verified": False, "xms_edov": True}, ""),
        ({"xms_edov": "1"}, "a@b.example"),
        ({"xms_edov": False}, ""),
        ({"email_verified": None}, ""),
        ({}, ""),
    ],
)
def test_only_a_verified_address_counts(claims: dict, email: str) -> None:
    claims = {"iss": "https://p.example", "sub": "1", "iat": 1, "email": "A@B.example", **claims}
    assert oidc.read_identity(claims).email.lower() == email
