"""``doctor`` and ``work`` with mail servers that refuse."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from signoff import checks, store
from signoff.checks import Grade
from signoff.config import Settings
from tests.actions.test_mail_soak import keyed, large_round
from tests.mail.test_transport_smtp import Server, free_port, running
from tests.world import KEYS, World


def test_doctor_checks_each_server(tmp_path: Path) -> None:
    with running(Server()) as address:
        urls = f"smtp://{address} smtp://localhost:{free_port()}"
        settings = Settings(tmp_path, "https://verband.example", KEYS, smtp_url=urls)
        findings = list(checks.check_mail_servers(settings, []))
    servers = [finding for finding in findings if finding.matter == "Mailserver"]
    assert [finding.grade for finding in servers] == [Grade.OK, Grade.ERROR]
    assert servers[0].found == "127.0.0.1 antwortet"
    assert servers[1].found.startswith("localhost: ")


def test_work_says_in_one_line_why_the_mail_waits(world: World, tmp_path: Path) -> None:
    keyed(tmp_path)
    world.now = datetime.now(UTC)  # the command has the clock of the machine
    world.opened(rows=large_round(12))
    command = [sys.executable, "-m", "signoff", "work", "--once", "--instance", str(tmp_path)]
    with running(Server(data=["554 5.2.252 SendAsDenied"] * 99)) as address:
        environment = {**os.environ, "SIGNOFF_SMTP_URL": f"smtp://{address}", "LANG": "de_DE.UTF-8"}
        output = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout
    (line,) = [line for line in output.splitlines() if "ruht bis" in line]
    assert line.startswith("Der Versand über 127.0.0.1 ruht bis 20")
    assert (
        "Der Mailserver lässt die Absenderadresse nicht zu. Antwort: „554 5.2.252 SendAsDenied“."
        in line
    )
    assert store.outbox.count_totals(world.db) == {"owed": 12, "sent": 0, "failed": 0}
