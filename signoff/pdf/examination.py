"""Verify untrusted PDFs in a separate process with limits.

``python -m signoff.pdf.examination`` reads from standard input eight bytes with the length of the
certificates (PEM), the certificates, and the file; it writes the report as JSON to standard output.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from signoff.domain.documents import ListDifference, VerificationCheck, VerificationReport

MAX_MEMORY = 2 * 1024**3  # bytes of address space
# A list of all German municipalities takes a tenth.
MAX_CPU_SECONDS, MAX_WALL_SECONDS = 120, 180.0
PACKAGE_FOLDER = Path(__file__).parent.parent


def verify_in_subprocess(content: bytes, certificates: bytes = b"") -> VerificationReport:
    """The report on ``content``. A file that crashes the process is not readable."""
    with TemporaryDirectory(prefix="signoff-verify-") as folder:
        try:
            result = subprocess.run(
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
    if result.returncode:
        return VerificationReport({VerificationCheck.READABLE: False})
    return parse_report(result.stdout)


def serialize_report(report: VerificationReport) -> bytes:
    return json.dumps(asdict(report), default=lambda moment: moment.isoformat()).encode()


def parse_report(content: bytes) -> VerificationReport:
    data = json.loads(content)
    data["checks"] = {VerificationCheck(name): passed for name, passed in data["checks"].items()}
    for name in ("sealed_at", "stamped_at"):
        data[name] = datetime.fromisoformat(data[name]) if data[name] else None
    if data["difference"]:
        data["difference"] = ListDifference(**data["difference"])
    return VerificationReport(
        **{field.name: data[field.name] for field in fields(VerificationReport)}
    )


def main() -> None:
    from signoff.pdf import sandbox

    sandbox.limit_resources(MAX_MEMORY, MAX_CPU_SECONDS)
    from cryptography import x509

    from signoff.pdf.verify import verify_pdf

    request = sys.stdin.buffer.read()
    end = 8 + int.from_bytes(request[:8], "big")
    trusted = x509.load_pem_x509_certificates(request[8:end]) if end > 8 else []
    sandbox.enter_sandbox([PACKAGE_FOLDER], Path.cwd())
    sys.stdout.buffer.write(serialize_report(verify_pdf(request[end:], trusted)))


if __name__ == "__main__":
    main()
