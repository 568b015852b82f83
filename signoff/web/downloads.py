"""Files that a page sends: built tables and documents, and PDFs from the archive that are not
public.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from flask import Response, current_app, send_file
from werkzeug.exceptions import ServiceUnavailable

from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Busy, PrintError
from signoff.exports.kit import MIME_TYPES
from signoff.exports.tables import XLSX_MEDIA_TYPE, build_csv, build_xlsx
from signoff.web.context import services
from signoff.web.errors import FileUnavailable, WorkingCopiesBusy

RETRY_AFTER_SECONDS = 30  # while the printer is busy


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


def send_working_copy(copy: WorkingCopy, name: str, *, inline: bool = True) -> Response:
    """The file of ``copy``, of the kind that the end of its name says; 503 with Retry-After while
    the printer is busy.
    """
    kind, cache = name.rpartition(".")[2], services().render_cache
    render = cache.render_once if copy.codes else cache  # a short code is a secret
    try:
        content = render(copy, kind)
    except Busy:
        raise WorkingCopiesBusy(retry_after=RETRY_AFTER_SECONDS) from None
    except PrintError as error:
        current_app.logger.error("the working copy %s cannot be printed: %s", name, error)
        raise ServiceUnavailable from None
    return send_bytes(content, MIME_TYPES[kind], name, inline=inline and kind == "pdf")


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


def send_archived(path: Path, **options: Any) -> Response:
    """A file of the archive, whose name is its digest; 503 if it is missing or has been altered."""
    if not services().archive.is_intact(path):
        current_app.logger.error("a file of the archive has been altered: %s", path.name)
        raise FileUnavailable
    return send_file(path, **options)


def send_private_pdf(path: Path, digest: str, name: str) -> Response:
    """A printed PDF that is not public yet: displayed in the browser, never cached."""
    response = send_archived(
        path, mimetype="application/pdf", download_name=name, etag=digest, max_age=0
    )
    response.headers["Cache-Control"] = "no-store"
    return response
