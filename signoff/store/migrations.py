"""Schema changes, each applied once and in order. Never edit a released one."""

from sqlite_utils import Database, Migrations

from signoff.store import (
    schema,
    schema_aims,
    schema_association,
    schema_deeds,
    schema_delivery,
    schema_late,
    schema_members,
    schema_papers,
    schema_passing,
    schema_people,
    schema_releasing,
    schema_reminders,
    schema_seals,
    schema_walls,
)

migrations = Migrations("signoff")


@migrations()
def first_release(db: Database) -> None:
    for tables in (schema.INSTANCE, schema.AUDIT, schema.MEMBERS, schema.PAPERS, schema.INVITATIONS):
        db.executescript(tables)
    for tables in (schema.OWED, schema.STAFF):
        db.executescript(tables)


@migrations()
def walls(db: Database) -> None:
    db.executescript(schema_walls.WALLS)


@migrations()
def seals(db: Database) -> None:
    db.executescript(schema_seals.PRINTS)


@migrations()
def passing_on(db: Database) -> None:
    for tables in (schema_passing.LINKS, schema_passing.OBJECTIONS, schema_passing.CODES):
        db.executescript(tables)


@migrations()
def reminders(db: Database) -> None:
    for change in (schema_reminders.REMINDERS, schema_reminders.TESTS, schema_reminders.RECIPIENTS):
        db.executescript(change)


@migrations()
def delivery(db: Database) -> None:
    db.executescript(schema_delivery.DELIVERY)


@migrations()
def association(db: Database) -> None:
    db.executescript(schema_association.ASSOCIATION)


@migrations()
def member_list(db: Database) -> None:
    for change in (schema_members.ROLES, schema_members.FROZEN, schema_members.FILES, schema_members.INDEXES):
        db.executescript(change)


@migrations()
def deeds(db: Database) -> None:
    for change in (schema_deeds.RECORDINGS, schema_deeds.VOIDINGS, schema_deeds.REMARKS, schema_deeds.CORRECTIONS):
        db.executescript(change)
    # The trigger is changed in its own text, whatever other migrations have made of it.
    found = db.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", [schema_deeds.FROZEN])
    (frozen,) = found.fetchone()
    loosened = frozen.replace(*schema_deeds.UNLESS)
    assert loosened != frozen, "the trigger no longer begins as it did"
    db.executescript(f"DROP TRIGGER {schema_deeds.FROZEN}; {loosened};")


@migrations()
def aims(db: Database) -> None:
    db.executescript(schema_aims.AIMS)


@migrations()
def papers_from_the_office(db: Database) -> None:
    for change in (schema_papers.EDITIONS, schema_papers.ANNEXES, schema_papers.TRIALS, schema_papers.TESTS):
        db.executescript(change)


@migrations()
def releasing(db: Database) -> None:
    tables = (schema_releasing.PROGRESS, schema_releasing.PLANS, schema_releasing.WITHDRAWALS)
    for change in (*tables, schema_releasing.FOUR_EYES):
        db.executescript(change)


@migrations()
def late_signing(db: Database) -> None:
    db.executescript(schema_late.LATE)
    # The trigger is changed in its own text, whatever other migrations have made of it.
    (frozen,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [schema_late.FROZEN]).fetchone()
    loosened = frozen.replace(*schema_late.UNLESS)
    assert loosened != frozen, "the trigger no longer reads as it did"
    db.executescript(f"DROP TRIGGER {schema_late.FROZEN}; {loosened};")
    for change in (schema_late.WALLS, schema_late.PRINTS):
        db.executescript(change)


@migrations()
def people(db: Database) -> None:
    for tables in (schema_people.SESSIONS, schema_people.HALF_LOGINS, schema_people.FACTORS, schema_people.REQUESTS):
        db.executescript(tables)


def migrate(db: Database) -> list[str]:
    """Apply what is pending; gives the names of what was applied."""
    names = pending(db)
    migrations.apply(db)
    return names


def pending(db: Database) -> list[str]:
    """The names of the changes this code needs and the database does not have yet."""
    return [migration.name for migration in migrations.pending(db)]
