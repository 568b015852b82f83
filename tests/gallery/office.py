"""The office's way in. The pages behind it are looked at as they are, by ``tests.office_pictures``."""

from flask import render_template
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField

from tests.gallery.values import (
    TOKEN,
    scene,
)


class LoginForm(FlaskForm):
    email = StringField("E-Mail-Adresse")
    password = PasswordField("Passwort")


@scene
def login() -> str:
    return render_template("login/login.html", form=LoginForm(None), next="/office", refused=None)


@scene
def login_wrong() -> str:
    form = LoginForm(MultiDict({"email": "geschaeftsstelle@staedteforum.example"}))
    form.password.errors = ["E-Mail-Adresse oder Passwort stimmen nicht. Bitte prüfen Sie beides."]
    return render_template("login/login.html", form=form, next="", refused=True)


@scene
def set_up() -> str:
    return render_template(
        "login/set_up.html", form=LoginForm(None), action=f"/login/set-up/{TOKEN}"
    )


@scene
def set_up_unknown() -> str:
    return render_template("login/unknown.html")
