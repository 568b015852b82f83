"""The member list: looked through, changed, taken in from a file."""

from signoff.web.office.membership import (  # noqa: F401 (they add their views to the blueprint)
    editing,
    importing,
    listing,
    page,
    people,
)
