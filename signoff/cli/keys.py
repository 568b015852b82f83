"""``keys rotate``: new keys for links, cookies and the seal."""

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from signoff import actions, config, store
from signoff.cli.context import ACTOR, Context, open_context
from signoff.cli.language import gettext as _
from signoff.config import SettingsError
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.storage import write_atomically

LINKS, COOKIES, SEAL = "links", "cookies", "seal"
# What ends with the new key, and what goes on.
CONSEQUENCES = {
    LINKS: N_(
        "Links: Neue Links, Kurzcodes und Authenticator-Apps bekommen den neuen Schlüssel. Frühere gelten weiter, bis "
        "ihr Schlüssel aus keys.json entfernt wird. Der Server muss neu gestartet werden."
    ),
    COOKIES: N_(
        "Cookies: Anmeldungen gelten weiter. Formulare, die gerade offen sind, müssen noch einmal abgesendet werden; "
        "ihre Eingaben bleiben stehen. Der Server muss neu gestartet werden."
    ),
    SEAL: N_(
        "Siegel: Neue Dateien bekommen ein Siegel mit neuem Zertifikat; der frühere private Schlüssel wird gelöscht. "
        "Veröffentlichte Dateien bleiben echt. Wer das Zertifikat bei sich aufbewahrt, braucht für neue Dateien das "
        "neue von /verify/certificate.pem."
    ),
}


@click.group
def keys() -> None:
    pass


@keys.command(help=N_("Neue Schlüssel, die ab dann unterschreiben; die früheren prüfen weiter."))
@click.option("--what", type=click.Choice(list(CONSEQUENCES)), help=N_("nur diesen Schlüssel"))
@click.option("--yes", is_flag=True, help=N_("nicht nachfragen"))
@click.pass_obj
def rotate(folder: Path, what: str | None, yes: bool) -> None:
    context = open_context(folder)
    if context.settings.seal_p12 and what == SEAL:
        raise SettingsError(
            "Das Siegel gehört zum eigenen Zertifikat aus SIGNOFF_SEAL_P12. Ein neues stellt dessen Aussteller aus; "
            "tragen Sie die neue Datei dort ein. Es wurde nichts geändert."
        )
    names = [what] if what else list(CONSEQUENCES)
    if context.settings.seal_p12 and SEAL in names:
        names.remove(SEAL)  # of an outside issuer
    for name in names:
        click.echo(_(CONSEQUENCES[name]))
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(_("Bitte mit --yes bestätigen. Es wurde nichts geändert."))
        click.confirm(_("Neue Schlüssel erzeugen?"), abort=True)
    actions.instance.rotate_keys(
        context.db, names, lambda: save_keys(context, names), ACTOR, context.now
    )
    click.echo(_("Neue Schlüssel: %(names)s", names=", ".join(names)))


def save_keys(context: Context, names: Sequence[str]) -> None:
    """Put a new key in front of each list; the certificate of the former seal is kept."""
    if SEAL in names:
        from signoff.pdf import keys as seal_keys  # cryptography takes long to import

        association = store.association.get(context.db).name
        sealing = context.services.sealing
        if context.settings.own_seal.exists():
            sealing.remember_certificates([sealing.load_key(association).certificate])
        write_atomically(context.settings.own_seal, seal_keys.generate_key(association))
    lists = [name for name in names if name != SEAL]
    if lists:
        config.add_keys(
            context.settings.instance / "keys.json",
            {name: secrets.token_hex(32) for name in lists},
        )


COMMANDS = (keys,)
