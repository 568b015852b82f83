"""Tells the browser that a form is saved whose long texts it keeps (``static/js/drafts.js``)."""

from flask import Flask, flash, request
from werkzeug.wrappers import Response

DRAFT = "draft"  # the hidden field of such a form, and the category of the message to the script


def register(app: Flask) -> None:
    @app.after_request
    def acknowledge(response: Response) -> Response:
        """A form that leads on with 303 is done; every other answer shows it again."""
        if response.status_code == 303 and DRAFT in request.form:
            flash(request.path, DRAFT)
        return response
