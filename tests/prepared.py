"""What takes long to make and is the same each time: made once for each process and copied for each test."""

import pickle
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask
from flask.config import Config
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from signoff.app import TrialRoundMount, build_config, create_app, require_schema
from signoff.config import Settings
from signoff.logs import RequestLog
from signoff.services import build_services
from signoff.web import security
from signoff.web.context import Instance as WebInstance
from signoff.web.errors import build_last_page

if TYPE_CHECKING:
    from tests.world import Instance

Made = TypeVar("Made", bound="Instance")
MODELS: dict[bool, Flask] = {}
STATES: dict[object, "State"] = {}
MOST_STATES = 40  # a megabyte each, and large rounds more


def build_app(settings: Settings, **replaced: Any) -> Flask:
    """What ``create_app`` gives. Its routes and templates are those of all others, so none can be added."""
    if settings.proxies or settings.is_trial_round:
        return create_app(settings, **replaced)
    require_schema(settings)
    if settings.demo not in MODELS:
        MODELS[settings.demo] = create_app(settings)
    model = MODELS[settings.demo]
    services = replace(build_services(settings), **replaced)
    app = copy(model)
    app.environments = model.environments  # type: ignore[attr-defined]  # with their loaded templates
    app.config = Config(model.root_path, model.config | build_config(settings))
    app.extensions = model.extensions | {"signoff": WebInstance(settings, services)}
    app.view_functions = dict(model.view_functions)
    app.before_request_funcs = defaultdict(list)
    for name, functions in model.before_request_funcs.items():
        app.before_request_funcs[name] = [rebind(each, model, app) for each in functions]
    del app.wsgi_app
    app.wsgi_app = TrialRoundMount(app)  # type: ignore[method-assign]
    app.wsgi_app = RequestLog(app.wsgi_app, build_last_page)  # type: ignore[method-assign]
    app._got_first_request = True  # Flask refuses further routes and hooks
    security.limiter.reset()
    return app


def rebind(function: Callable[..., Any], model: Flask, app: Flask) -> Callable[..., Any]:
    """The same function; where it names the model, its copy names ``app``."""
    cells = getattr(function, "__closure__", None) or ()
    if not any(cell.cell_contents is model for cell in cells):
        return function
    closure = tuple(CellType(app) if cell.cell_contents is model else cell for cell in cells)
    code, scope = function.__code__, function.__globals__
    return FunctionType(code, scope, function.__name__, function.__defaults__, closure)


class State:
    """The database, files and mails of an instance."""

    def __init__(self, instance: "Instance") -> None:
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        instance.db.conn.backup(self.database)
        self.files = list(iter_files(instance.settings.instance))
        self.now = instance.now
        self.lists = pickle.dumps([instance.postbox, instance.printed])

    def copy_to(self, instance: "Instance") -> None:
        self.database.backup(instance.db.conn)
        for name, mode, content in self.files:
            path = instance.settings.instance / name
            if content is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content)
            path.chmod(mode)
        instance.now = self.now
        instance.postbox[:], instance.printed[:] = pickle.loads(self.lists)


def iter_files(folder: Path) -> Iterator[tuple[Path, int, bytes | None]]:
    """The folders and files of an instance, apart from its database."""
    for path in sorted(folder.rglob("*")):
        if not path.name.startswith("signoff.sqlite"):
            content = path.read_bytes() if path.is_file() else None
            yield path.relative_to(folder), path.stat().st_mode & 0o777, content


def read_data_version(db: Database) -> tuple[int, int]:
    """Two numbers that another change of the database, by this connection or another one, changes."""
    return db.conn.total_changes, db.conn.execute("PRAGMA data_version").fetchone()[0]


def made_once(build: Callable[[Made], Made]) -> Callable[[Made], Made]:
    """For a fixture that gets an instance, changes it and returns it: done once, then copied (``prepare``)."""

    @wraps(build)
    def made(**given: Made) -> Made:
        (instance,) = given.values()
        prepare(instance, lambda: build(instance), (build.__module__, build.__qualname__))
        return instance

    return made


def prepare(instance: "Instance", build: Callable[[], object], key: object) -> None:
    """Do ``build`` to a fresh or prepared instance, or copy what it did under the same key to another one before."""
    db, settings = instance.db, replace(instance.settings, instance=Path())
    head = tuple(db.conn.execute("SELECT MAX(seq), peaks FROM audit").fetchone())
    key = (key, instance.prepared_as, head, instance.now, repr(settings))
    if read_data_version(db) != instance.data_version:
        build()
        return
    if key in STATES:
        STATES[key] = STATES.pop(key)  # the latest that was used stays longest
        STATES[key].copy_to(instance)
    else:
        build()
        STATES[key] = State(instance)
        while len(STATES) > MOST_STATES:
            STATES.pop(next(iter(STATES))).database.close()
    instance.prepared_as, instance.data_version = key, read_data_version(db)
