"""Asks an OpenID provider who somebody is: OpenID Connect Core 1.0, authorization code flow with
PKCE, state and nonce.

Addresses and keys of the provider are fetched for each login, so that changed ones need no restart.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from signoff.config import Settings, SettingsError, is_secure, read_secret
from signoff.domain.accounts import Identity
from signoff.domain.text import parse_email
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.mail.oauth2 import open_session

REDIRECT_PATH = "/login/oidc/callback"  # registered at the provider
SCOPE = "openid profile email"
CLOCK_SKEW = 120  # seconds between our clock and the provider's
# Signatures with a key that the provider alone has.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

UNREACHABLE = (
    N_("Der Anmeldedienst %(host)s ist nicht erreichbar oder gestört (%(problem)s)."),
    N_("Bitte Netz, Firewall, Zertifikate und SIGNOFF_OIDC_ISSUER prüfen."),
)
WRONG_ISSUER = (
    N_("Der Anmeldedienst nennt sich „%(found)s“ statt „%(issuer)s“."),
    N_("Bitte SIGNOFF_OIDC_ISSUER genau so schreiben, wie der Anmeldedienst sich nennt."),
)
INSECURE = (
    N_("Der Anmeldedienst nennt für %(name)s keine Adresse mit https: „%(found)s“."),
    N_("Bitte die Adresse des Anmeldedienstes dort berichtigen, oft am Proxy davor."),
)
REFUSED = (
    N_("Der Anmeldedienst hat die Anmeldung abgelehnt: „%(problem)s“."),
    N_("Bitte Client-ID, Client-Secret und die erlaubte Weiterleitungsadresse prüfen."),
)
INVALID = (
    N_("Die Antwort des Anmeldedienstes ist nicht gültig: „%(problem)s“."),
    N_("Bitte SIGNOFF_OIDC_ISSUER, SIGNOFF_OIDC_CLIENT_ID und die Uhren beider Seiten prüfen."),
)
TOO_MANY_GROUPS = (
    N_("Der Anmeldedienst nennt Ihre Gruppen nicht, weil es zu viele sind."),
    N_("Bitte dort nur die Gruppen ausgeben, die der Anwendung zugewiesen sind."),
)
SECRET_TO_DO = N_("Das Client-Secret gehört allein in diese Datei, mit den Rechten 0600.")


class ProviderError(Exception):
    """The provider does not answer, or not as it should: what is wrong and what to do, as messages
    of the catalogues, and their facts.
    """

    def __init__(self, message: str, to_do: str, **facts: object) -> None:
        super().__init__(message % facts)
        self.message, self.to_do, self.facts = message, to_do, facts


def start(settings: Settings, redirect_uri: str, **parameters: str) -> dict[str, str]:
    """The ``url`` to log in at, with ``state``, ``nonce`` and ``code_verifier``, which ``finish``
    needs. The redirect address is exactly the one registered at the provider.
    """
    with explaining_errors(settings):
        request: dict[str, str] = open_client(settings).create_authorization_url(
            redirect_uri, **parameters
        )
    return request


def finish(
    settings: Settings, redirect_uri: str, request: Mapping[str, str], code: str
) -> Identity:
    """The identity of the person who logged in, from the code that the provider sent back."""
    with explaining_errors(settings):
        client = open_client(settings)
        token = client.fetch_access_token(
            redirect_uri, code=code, code_verifier=request["code_verifier"]
        )
        claims = client.parse_id_token(
            token,
            nonce=request["nonce"],
            claims_options={
                "iss": {"essential": True, "value": settings.oidc_issuer},
                "sub": {"essential": True},
                "aud": {"essential": True, "value": settings.oidc_client_id},
            },
            leeway=CLOCK_SKEW,
        )
        if claims is None:
            raise ProviderError(*INVALID, problem="id_token")
        if not {"groups", "email"} <= set(claims) and "userinfo_endpoint" in client.server_metadata:
            info = client.userinfo(token=token)
            if info.get("sub") == claims["sub"]:
                claims = {**info, **claims}
        return read_identity(claims)


def read_identity(claims: Mapping[str, Any]) -> Identity:
    """Read the claims of an ID token about a person.

    ``groups`` is a list of names or ids, or a single one. An address is verified if
    ``email_verified`` says so, or, where Entra ID leaves that out, ``xms_edov``.
    """
    groups = claims.get("groups", ())
    if "groups" in claims.get("_claim_names", ()) or claims.get("hasgroups"):
        raise ProviderError(*TOO_MANY_GROUPS)  # Entra ID: they are to be asked for elsewhere
    verified = claims.get("email_verified", claims.get("xms_edov"))
    email = parse_email(str(claims.get("email") or "")) or ""
    issued_at, authenticated_at = claims["iat"], claims.get("auth_time")
    return Identity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=email if str(verified).lower() in ("true", "1") else "",
        name=" ".join(str(claims.get("name") or "").split()),
        groups=(groups,) if isinstance(groups, str) else tuple(map(str, groups or ())),
        authentication_age=timedelta(seconds=issued_at - authenticated_at)
        if authenticated_at
        else None,
    )


def count_keys(settings: Settings) -> int:
    """The keys of the provider, after everything else that a login needs was checked."""
    with explaining_errors(settings):
        return len(open_client(settings).fetch_jwk_set()["keys"])


def get_explanation(error: str, description: str) -> ProviderError:
    """The meaning of an error that the provider sent back with the browser."""
    return ProviderError(*REFUSED, problem=shorten(error, description))


def shorten(*parts: str | None) -> str:
    return ": ".join(filter(None, parts))[:200]


def open_client(settings: Settings) -> Any:  # FlaskOAuth2App, whose types are incomplete
    """A client that knows the provider's addresses (OpenID Connect Discovery 1.0)."""
    # Importing it takes half a second, which only those wait for who use it.
    from authlib.integrations.flask_client import FlaskOAuth2App

    secret = ""
    if settings.oidc_client_secret_file:
        try:
            secret = read_secret(Path(settings.oidc_client_secret_file))
        except SettingsError as problem:
            raise ProviderError(problem.message, SECRET_TO_DO, **problem.facts) from problem
    issuer = settings.oidc_issuer
    client = FlaskOAuth2App(
        None,
        client_id=settings.oidc_client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )
    client.client_cls = open_session  # type: ignore[assignment]
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != issuer:
        raise ProviderError(*WRONG_ISSUER, found=metadata.get("issuer"), issuer=issuer)
    for name in ENDPOINTS:
        if not is_secure(urlsplit(found := str(metadata.get(name, "")))):
            raise ProviderError(*INSECURE, name=name, found=found)
    offered = metadata.get("id_token_signing_alg_values_supported", ALGORITHMS)
    metadata["id_token_signing_alg_values_supported"] = [
        name for name in offered if name in ALGORITHMS
    ]
    return client


@contextmanager
def explaining_errors(settings: Settings) -> Iterator[None]:
    """Turn the errors of the libraries into a ``ProviderError``."""
    from authlib.integrations.base_client import OAuthError
    from joserfc.errors import JoseError
    from requests import RequestException

    host = urlsplit(settings.oidc_issuer).hostname
    try:
        yield
    except RequestException as error:
        status = error.response is not None and f"HTTP {error.response.status_code}"
        problem = status or type(error).__name__
        raise ProviderError(*UNREACHABLE, host=host, problem=problem) from error
    except OAuthError as error:
        problem = shorten(error.error, error.description)
        raise ProviderError(*REFUSED, problem=problem) from error
    except (JoseError, KeyError, TypeError, ValueError) as error:
        problem = shorten(type(error).__name__, str(error))
        raise ProviderError(*INVALID, problem=problem) from error
