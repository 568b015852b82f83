"""What a print may read: the files that came with the package, nothing else."""

from pathlib import Path

from weasyprint.urls import URLFetcher, URLFetcherResponse

from signoff.pdf.failure import PrintFailed

SCHEME = "signoff:"


class PackagedOnly(URLFetcher):  # type: ignore[misc]
    """Answers ``signoff:<prefix><file>`` from the folder of the prefix and ends the print on any other address."""

    def __init__(self, folders: dict[str, Path], made: dict[str, bytes] | None = None) -> None:
        """``made`` are files that were made for this print, by name."""
        super().__init__(fail_on_errors=True, allowed_protocols=[])
        self._folders, self._made = folders, made or {}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if found := self._made.get(url.removeprefix(SCHEME)):
            return URLFetcherResponse(url, found, {"Content-Type": content_type(url)})
        try:
            return URLFetcherResponse(url, self._file(url).read_bytes(), {"Content-Type": content_type(url)})
        except FileNotFoundError as error:
            raise PrintFailed(f"die mitgelieferte Datei „{url.removeprefix(SCHEME)}“ fehlt") from error

    def _file(self, url: str) -> Path:
        name = url.removeprefix(SCHEME)
        for prefix, folder in self._folders.items():
            # Only a bare name: no way up, no way down.
            if url.startswith(SCHEME + prefix) and "/" not in name[len(prefix) :]:
                return folder / name[len(prefix) :]
        raise PrintFailed(f"der Text verweist auf „{url[:80]}“; gedruckt wird nur, was mitgeliefert ist")


def content_type(url: str) -> str:
    """The media type by the name's ending."""
    return {"css": "text/css", "svg": "image/svg+xml", "ttf": "font/ttf", "png": "image/png"}.get(
        url.rpartition(".")[2], "text/plain"
    )
