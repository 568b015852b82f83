"""Settings of OAuth2 for mail and of OpenID Connect: presets, what is missing, what is refused."""

from pathlib import Path

import pytest

from signoff.cli.instance import STARTER, create_instance
from signoff.config import SettingsError, load_settings
from signoff.domain.accounts import Role

SMTP = "smtp+starttls://post%40verband.example@smtp.office365.com:587?auth=xoauth2"
COMPLETE = {
    "SIGNOFF_SMTP_URL": SMTP,
    "SIGNOFF_OAUTH_TOKEN_URL": "https://login.provider.example/token",
    "SIGNOFF_OAUTH_CLIENT_ID": "app",
    "SIGNOFF_OAUTH_CLIENT_SECRET_FILE": "/etc/signoff.secret",
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("config") / "instance"
    create_instance(folder, STARTER)
    return folder


def test_preset_of_microsoft_fills_in_what_an_application_needs(instance: Path) -> None:
    settings = load_settings(instance, {"SIGNOFF_OAUTH": "microsoft:verband.onmicrosoft.com"})
    base = "https://login.microsoftonline.com/verband.onmicrosoft.com/oauth2/v2.0"
    assert settings.oauth_token_url == f"{base}/token"
    assert settings.oauth_authorization_url == f"{base}/authorize"
    assert settings.oauth_scope == "https://outlook.office365.com/.default"


def test_preset_of_microsoft_asks_a_person_for_their_mailbox_only(instance: Path) -> None:
    settings = load_settings(
        instance,
        {
            "SIGNOFF_OAUTH": "microsoft:8c5b3a4e-1111-2222-3333-444455556666",
            "SIGNOFF_OAUTH_REFRESH_TOKEN_FILE": "/var/lib/signoff/refresh",
        },
    )
    assert settings.oauth_scope.split() == [
        "https://outlook.office.com/SMTP.Send",
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "offline_access",
    ]


def test_preset_of_google_asks_for_lasting_access(instance: Path) -> None:
    settings = load_settings(instance, {"SIGNOFF_OAUTH": "google"})
    assert settings.oauth_token_url == "https://oauth2.googleapis.com/token"
    assert settings.oauth_authorization_url.startswith(
        "https://accounts.google.com/o/oauth2/v2/auth?"
    )
    assert "access_type=offline" in settings.oauth_authorization_url
    assert settings.oauth_scope == "https://mail.google.com/"


def test_own_settings_win_over_a_preset(instance: Path) -> None:
    environment = {"SIGNOFF_OAUTH": "google", "SIGNOFF_OAUTH_SCOPE": "mail"}
    settings = load_settings(instance, environment | {"SIGNOFF_OAUTH_TOKEN_URL": ""})
    assert settings.oauth_scope == "mail"
    assert settings.oauth_token_url == "https://oauth2.googleapis.com/token"


def test_complete_settings_are_accepted(instance: Path) -> None:
    assert load_settings(instance, COMPLETE).smtp_url == SMTP
    on_loopback = "imap://post@127.0.0.1/INBOX?auth=xoauth2"
    assert load_settings(instance, COMPLETE | {"SIGNOFF_IMAP_URL": on_loopback})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SIGNOFF_OAUTH_CLIENT_ID": ""}, "SIGNOFF_OAUTH_CLIENT_ID"),
        ({"SIGNOFF_OAUTH_TOKEN_URL": ""}, "SIGNOFF_OAUTH_TOKEN_URL"),
        ({"SIGNOFF_OAUTH_CLIENT_SECRET_FILE": ""}, "SIGNOFF_OAUTH_CLIENT_SECRET_FILE"),
        ({"SIGNOFF_OAUTH": "google"}, "SIGNOFF_OAUTH_REFRESH_TOKEN_FILE"),
        ({"SIGNOFF_OAUTH": "microsoft"}, "microsoft:TENANT"),
        ({"SIGNOFF_OAUTH": "microsoft:a/b"}, "microsoft:TENANT"),
        ({"SIGNOFF_OAUTH": "yahoo"}, "microsoft:TENANT"),
        ({"SIGNOFF_OAUTH_TOKEN_URL": "http://login.provider.example/"}, "https://"),
        ({"SIGNOFF_OAUTH_AUTHORIZATION_URL": "login.provider.example"}, "https://"),
        ({"SIGNOFF_SMTP_URL": SMTP.replace("xoauth2", "oauth")}, "?auth=xoauth2"),
        ({"SIGNOFF_SMTP_URL": SMTP.replace("@smtp", ":geheim@smtp")}, "ohne Passwort"),
        (
            {"SIGNOFF_SMTP_URL": SMTP.replace("post%40verband.example@", "")},
            "Adresse des Postfachs",
        ),
        ({"SIGNOFF_SMTP_URL": SMTP.replace("+starttls", "")}, "Verschlüsselung"),
        ({"SIGNOFF_IMAP_URL": "imap://a@mail.verband.example/?auth=xoauth2"}, "SIGNOFF_IMAP_URL"),
        ({"SIGNOFF_SMTP_URL": f"smtp://127.0.0.1 {SMTP}x"}, "?auth=xoauth2"),
    ],
)
def test_what_is_missing_or_unsafe_is_refused_with_what_to_do(
    instance: Path, changed: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(instance, COMPLETE | changed)
    assert words in str(refused.value)
    assert "geheim" not in str(refused.value)


OIDC = {
    "SIGNOFF_OIDC_ISSUER": "https://login.provider.example/realms/forum",
    "SIGNOFF_OIDC_CLIENT_ID": "signoff",
    "SIGNOFF_OIDC_GROUPS": "/verband/leitung = admin, 7d1f0a52=editor,gäste=viewer",
}


def test_groups_of_an_openid_provider_have_roles(instance: Path) -> None:
    settings = load_settings(instance, OIDC)
    assert settings.oidc_groups == {
        "/verband/leitung": Role.ADMIN,
        "7d1f0a52": Role.EDITOR,
        "gäste": Role.VIEWER,
    }
    assert not settings.oidc_second_factor


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"SIGNOFF_OIDC_ISSUER": "http://login.provider.example"}, "muss mit https:// beginnen"),
        ({"SIGNOFF_OIDC_CLIENT_ID": ""}, "fehlt noch: SIGNOFF_OIDC_CLIENT_ID"),
        ({"SIGNOFF_OIDC_GROUPS": ""}, "fehlt noch: SIGNOFF_OIDC_GROUPS"),
        ({"SIGNOFF_OIDC_GROUPS": "leitung"}, "muss wie „gruppe=admin"),
        ({"SIGNOFF_OIDC_GROUPS": "leitung=chef"}, "muss wie „gruppe=admin"),
        ({"SIGNOFF_OIDC_GROUPS": "a=admin,a=editor"}, "muss wie „gruppe=admin"),
        ({"SIGNOFF_OIDC_GROUPS": "=admin"}, "muss wie „gruppe=admin"),
    ],
)
def test_wrong_settings_of_an_openid_provider_are_named(
    instance: Path, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(instance, OIDC | changed)


def test_a_demo_starts_on_this_machine_alone(instance: Path) -> None:
    assert load_settings(instance, {"SIGNOFF_DEMO": "on"}).demo
    real = {"SIGNOFF_DEMO": "on", "SIGNOFF_BASE_URL": "https://mitzeichnung.verband.example"}
    with pytest.raises(SettingsError, match="SIGNOFF_DEMO"):
        load_settings(instance, real)
