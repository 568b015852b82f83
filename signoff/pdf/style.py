"""Which style working copies are set in."""

from hashlib import sha256

from signoff.places import templates_folder

FILES = ("working.html", "working.css", "print.css")


def style() -> str:
    """A digest over the files that make the look: a copy printed in another style is another file."""
    folder = templates_folder() / "pdf"
    return sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()
