"""Where templates and static files lie: beside the package in a working copy, inside it once it is installed."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The folder with the Jinja templates of pages, mails and the PDF."""
    return _outside("templates")


def static_folder() -> Path:
    """The folder with stylesheets, scripts and, under ``vendor/``, fonts, KERN and the map."""
    return _outside("static")


def _outside(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"  # put there by the wheel
    return installed if installed.is_dir() else _PACKAGE.parent / name
