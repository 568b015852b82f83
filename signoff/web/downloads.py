"""Files that a page sends: built tables and documents, and PDFs from the archive that are not
public.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from flask import Response, send_file

from signoff.exports.tables import XLSX_MEDIA_TYPE, build_csv, build_xlsx


def set_filename(response: Response, name: str, *, inline: bool = False) -> Response:
    """Make ``response`` a download called ``name``, or with ``inline`` a page of that name."""
    disposition = "inline" if inline else "attachment"
    response.headers.set("Content-Disposition", disposition, filename=name)
    return response


def send_bytes(content: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    """A file that was built for this request; no cache keeps it."""
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = "no-store"
    return set_filename(response, name, inline=inline)


def send_csv(header: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> Response:
    return send_bytes(build_csv(header, rows), "text/csv", name)


def send_xlsx(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    name: str,
    *,
    text_columns: Collection[str] = (),
) -> Response:
    content = build_xlsx(header, rows, text_columns=text_columns)
    return send_bytes(content, XLSX_MEDIA_TYPE, name)


def send_private_pdf(path: Path, digest: str, name: str) -> Response:
    """A printed PDF that is not public yet: displayed in the browser, never cached."""
    response = send_file(
        path, mimetype="application/pdf", download_name=name, etag=digest, max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response
