"""The pages of a representative, behind a link. Each module adds its views to the blueprint."""

from werkzeug.wrappers import Response

from signoff.web.invitation import (
    answer,
    delegation,
    downloads,
    followups,
    pages,
    redisplay,
    short_codes,
    together,
)
from signoff.web.invitation.access import blueprint, load_access


@blueprint.before_request
def prepare_request() -> tuple[str, int] | str | Response | None:
    """Load the access, stop what a link for information may not do, then redisplay a form if that
    was requested.
    """
    return load_access() or pages.block_read_only_link() or redisplay.redisplay_on_request()
