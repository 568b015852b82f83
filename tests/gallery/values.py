"""The list of scenes, and values only they need: long names, planned releases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from signoff.domain.members import Member
from signoff.domain.rounds import Terms
from tests import factories
from tests.factories import NOW, decline

TOKEN = "token"
LATER = NOW + timedelta(days=60)
RELEASE = replace(factories.RELEASE, released_at=NOW + timedelta(days=41))
ROUND = replace(factories.ROUND, terms=Terms(late=True))
CLOSED = replace(ROUND, closed_at=ROUND.deadline)
LONG_NAME = "Sankt Margarethen an der Nordrandschnellstraße"
LONG_TITLE = f"Hanse- und Universitätsverbandsgemeinde {LONG_NAME} und Umgebung"
LONG = Member("x", LONG_NAME, LONG_TITLE, "Stadt", "Mecklenburg-Vorpommern", id=2)
DECLINED = decline("Der Rat hat sich\nmehrheitlich dagegen ausgesprochen.")

Scene = Callable[[], str]
SCENES: dict[str, Scene] = {}
