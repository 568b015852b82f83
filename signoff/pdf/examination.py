"""``verify`` in a process of its own: a stranger's file is read within limits, away from everything else.

``python -m signoff.pdf.examination`` takes on standard input eight bytes with the length of the certificates (PEM),
the certificates, the file; on standard output it says the report as JSON.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from signoff.domain.documents import VerificationCheck, VerificationReport

MAX_MEMORY = 2 * 1024**3  # bytes of address space
MAX_CPU_SECONDS, MAX_WALL_SECONDS = (
    120,
    180.0,
)  # seconds; a list of all German municipalities takes a tenth
PACKAGE_FOLDER = Path(__file__).parent.parent


def verify_in_subprocess(content: bytes, certificates: bytes = b"") -> VerificationReport:
    """The report on ``content``; ``certificates`` are PEM, see ``verify``. Whatever breaks the reader is not ours."""
    with TemporaryDirectory(prefix="signoff-verify-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-s", "-m", "signoff.pdf.examination"],
                input=len(certificates).to_bytes(8, "big") + certificates + content,
                capture_output=True,
                cwd=folder,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": str(PACKAGE_FOLDER.parent),
                    "HOME": folder,
                    "PYTHONUTF8": "1",
                },
                timeout=MAX_WALL_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return VerificationReport({VerificationCheck.READABLE: False})
    if done.returncode:
        return VerificationReport({VerificationCheck.READABLE: False})
    return parse_report(done.stdout)


def serialize_report(report: VerificationReport) -> bytes:
    """``report`` as JSON, moments as ISO 8601."""
    return json.dumps(asdict(report), default=lambda moment: moment.isoformat()).encode()


def parse_report(said: bytes) -> VerificationReport:
    told = json.loads(said)
    told["checks"] = {VerificationCheck(name): holds for name, holds in told["checks"].items()}
    for name in ("sealed_at", "stamped_at"):
        told[name] = datetime.fromisoformat(told[name]) if told[name] else None
    return VerificationReport(**{each.name: told[each.name] for each in fields(VerificationReport)})


def main() -> None:
    from signoff.pdf import sandbox

    sandbox.limit_resources(MAX_MEMORY, MAX_CPU_SECONDS)
    from cryptography import x509

    from signoff.pdf.verify import verify_pdf

    given = sys.stdin.buffer.read()
    end = 8 + int.from_bytes(given[:8], "big")
    trusted = x509.load_pem_x509_certificates(given[8:end]) if end > 8 else []
    sandbox.enter_sandbox([PACKAGE_FOLDER], Path.cwd())
    sys.stdout.buffer.write(serialize_report(verify_pdf(given[end:], trusted)))


if __name__ == "__main__":
    main()
