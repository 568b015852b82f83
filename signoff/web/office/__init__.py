"""The office's pages."""

from flask import Blueprint

blueprint = Blueprint("office", __name__, url_prefix="/office")


@blueprint.get("/")
def overview() -> str:
    return ""
