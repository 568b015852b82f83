"""Public pages for everybody who keeps them: browsers and proxies."""

from flask import Flask, Response, request

CACHE_BRIEFLY = "public, max-age=60"
BLUEPRINTS = ("public", "open_data")


def register(app: Flask) -> None:
    @app.after_request
    def finish_page(response: Response) -> Response:
        """Add what caches need, and answer 304 to whoever has the page."""
        if (
            not is_page()
            or response.status_code != 200
            or response.direct_passthrough  # a file, which has all this
            or response.cache_control.no_store
        ):
            return response
        response.headers.setdefault("Cache-Control", CACHE_BRIEFLY)
        response.add_etag()
        response.make_conditional(request)
        return response


def is_page() -> bool:
    return request.blueprint in BLUEPRINTS and request.method in ("GET", "HEAD")
