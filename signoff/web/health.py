"""For programs that watch the instance: whether the process answers, whether it is ready, and its
metrics.
"""

from flask import Blueprint, Response, abort, jsonify

from signoff import health
from signoff.checks import Grade
from signoff.web.context import now, settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def show_health() -> Response:
    """Whether the database can be read and its schema fits this version."""
    return send(health.check_database_only(settings()))


@blueprint.get("/health/live")
def show_life() -> Response:
    """Show that the process answers; nothing else is checked."""
    return send({})


@blueprint.get("/health/ready")
def show_readiness() -> Response:
    return send(health.check_all(settings(), now()))


@blueprint.get("/metrics")
def show_metrics() -> Response:
    if not settings().metrics:
        abort(404)
    response = Response(health.format_metrics(settings(), now()))
    response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response


def send(checks: dict[str, health.Check]) -> Response:
    status = health.grade(checks)
    response = jsonify({"status": status, "checks": checks})
    response.status_code = 503 if status is Grade.ERROR else 200
    response.headers["Cache-Control"] = "no-store"
    return response
