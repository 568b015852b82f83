"""Every SQL constant of the store fits the schema, whether another test happens to run it or not."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from signoff import store
from signoff.store.connection import connect

PARAMETER = re.compile(r":(\w+)")
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


# Made for each table in turn, or about a temporary one; ``test_audit`` runs them.
NOT_ALONE = re.compile(r"\{|temp\.")


def list_statements() -> dict[str, str]:
    statements = {}
    for module in pkgutil.iter_modules(store.__path__):
        for name, value in vars(importlib.import_module(f"signoff.store.{module.name}")).items():
            values = value.values() if isinstance(value, dict) else [value]
            for number, sql in enumerate(values):
                is_statement = isinstance(sql, str) and STATEMENT.match(sql)
                if name.isupper() and is_statement and not NOT_ALONE.search(sql):
                    statements[f"{module.name}.{name}.{number}"] = sql
    return statements


STATEMENTS = list_statements()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "signoff.sqlite"
    db = connect(path)
    store.migrations.migrate(db)
    db.close()
    return path


def test_sql_constants_are_listed() -> None:
    assert len(STATEMENTS) > 100


@pytest.mark.parametrize("name", STATEMENTS)
def test_statement_fits_the_schema(name: str, database: Path) -> None:
    db = connect(database)
    db.conn.execute("ATTACH DATABASE ? AS instance", [str(database)])
    sql = STATEMENTS[name]
    db.conn.execute(f"EXPLAIN {sql}", dict.fromkeys(PARAMETER.findall(sql)))
    db.close()
