"""On PostgreSQL visits, deliveries and outcomes lie in months, by when their visitor was first seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEYS = {"visits": "first_seen", "deliveries": "visit_seen", "outcomes": "visit_seen"}
_CHILDREN = ("deliveries", "outcomes")
_OF_VISITS = ("snapshots", *_CHILDREN)
_PRIMARY = {"visits": "id", "deliveries": "id", "outcomes": "visit_id, staff_id"}
_CHECKS = {
    "deliveries": {
        "kind": "kind IN ('offer', 'escalation')",
        "state": "state IN ('pending', 'sent', 'expired', 'failed')",
    },
    "outcomes": {"kind": "kind IN ('served', 'left', 'not_mine', 'passed_on', 'unknown')"},
}
_UNIQUE = "uq_deliveries_visit_id_staff_id"

# No foreign key leads to a table in months: dropping a month would search all cards there are for its visits.
_BELONGS = """
CREATE OR REPLACE FUNCTION amiko_belongs_to_visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM visits WHERE id = NEW.visit_id AND first_seen = NEW.visit_seen FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation
            USING MESSAGE = format('%s has no visit %s first seen at %s', TG_ARGV[0], NEW.visit_id, NEW.visit_seen);
    END IF;
    RETURN NEW;
END
$$
"""
_PICTURES = """
CREATE OR REPLACE FUNCTION amiko_shows_visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM visits WHERE id = NEW.visit_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = format('snapshots has no visit %s', NEW.visit_id);
    END IF;
    RETURN NEW;
END
$$
"""
_TAKES_ALONG = """
CREATE OR REPLACE FUNCTION amiko_takes_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM snapshots USING gone WHERE visit_id = gone.id;
    DELETE FROM outcomes USING gone WHERE visit_id = gone.id AND visit_seen = gone.first_seen;
    DELETE FROM deliveries USING gone WHERE visit_id = gone.id AND visit_seen = gone.first_seen;
    RETURN NULL;
END
$$
"""
_TRIGGERS = {
    "visits": "amiko_takes_along AFTER DELETE ON visits REFERENCING OLD TABLE AS gone "
    "FOR EACH STATEMENT EXECUTE FUNCTION amiko_takes_along()",
    "snapshots": "amiko_shows_visit BEFORE INSERT OR UPDATE OF visit_id ON snapshots "
    "FOR EACH ROW EXECUTE FUNCTION amiko_shows_visit()",
    **{
        table: f"amiko_belongs_to_visit BEFORE INSERT OR UPDATE OF visit_id, visit_seen ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION amiko_belongs_to_visit('{table}')"
        for table in _CHILDREN
    },
}
_FUNCTIONS = ("amiko_belongs_to_visit", "amiko_shows_visit", "amiko_takes_along")


def upgrade() -> None:
    """Forward. On PostgreSQL every visit, card and outcome is written anew, which takes as much room once more."""
    if op.get_bind().dialect.name == "sqlite":
        _say_when_seen()
    else:
        _divide()
    # Those that show a picture still are few, and looked for every hour.
    op.create_index(
        "ix_deliveries_photo",
        "deliveries",
        ["id"],
        postgresql_where=sa.text("photo"),
        sqlite_where=sa.text("photo = 1"),
    )


def downgrade() -> None:
    """Back to 0009: one table each, as before."""
    op.drop_index("ix_deliveries_photo", "deliveries")
    if op.get_bind().dialect.name == "sqlite":
        _forget_when_seen()
    else:
        _unite()


def _divide() -> None:
    """Put what there is into months."""
    for table in _OF_VISITS:
        op.drop_constraint(op.f(f"fk_{table}_visit_id"), table, type_="foreignkey")
    op.drop_constraint(op.f(_UNIQUE), "deliveries", type_="unique")
    months = _months()
    for table in reversed(_KEYS):  # visits at last: the others ask them when they were seen
        _into_months(table, months)
    op.create_unique_constraint(f"{_UNIQUE}_visit_seen", "deliveries", ["visit_id", "staff_id", "visit_seen"])
    for function in (_BELONGS, _PICTURES, _TAKES_ALONG):
        op.execute(function)
    for trigger in _TRIGGERS.values():
        op.execute(f"CREATE TRIGGER {trigger}")
    op.execute(f"ANALYZE {', '.join(_KEYS)}")


def _unite() -> None:
    """Put all months into one table."""
    for table, trigger in _TRIGGERS.items():
        op.execute(f"DROP TRIGGER {trigger.split()[0]} ON {table}")
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_constraint(op.f(f"{_UNIQUE}_visit_seen"), "deliveries", type_="unique")
    for table in _KEYS:
        _out_of_months(table)
    op.create_unique_constraint(_UNIQUE, "deliveries", ["visit_id", "staff_id"])
    for table in _OF_VISITS:
        op.create_foreign_key(f"fk_{table}_visit_id", table, "visits", ["visit_id"], ["id"], ondelete="CASCADE")


def _into_months(name: str, months: Sequence[tuple[str, str, str]]) -> None:
    key, columns, seen = _KEYS[name], _columns(name), ""
    before = sa.table(f"{name}_before", *map(sa.column, columns))
    rows = sa.select(before)
    if name in _CHILDREN:
        visits = sa.table("visits", sa.column("id"), sa.column("first_seen"))
        columns, seen = [*columns, "visit_seen"], ", visit_seen timestamptz NOT NULL"
        rows = rows.add_columns(visits.c.first_seen).join(visits, visits.c.id == before.c.visit_id)
    with _written_anew(name, seen, f"PARTITION BY RANGE ({key})", f"{_PRIMARY[name]}, {key}"):
        op.execute(f"CREATE TABLE {name}_other PARTITION OF {name} DEFAULT")
        for month, begin, end in months:
            op.execute(f"CREATE TABLE {name}_{month} PARTITION OF {name} FOR VALUES FROM ('{begin}') TO ('{end}')")
        _fill(name, columns, rows, before)


def _out_of_months(name: str) -> None:
    columns = [column for column in _columns(name) if column != "visit_seen"]
    before = sa.table(f"{name}_before", *map(sa.column, columns))
    with _written_anew(name, "", "", _PRIMARY[name]):
        if name in _CHILDREN:
            op.drop_column(name, "visit_seen")
        _fill(name, columns, sa.select(before), before)


def _columns(table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]


@contextmanager
def _written_anew(table: str, columns: str, how: str, key: str) -> Iterator[None]:
    """Put a new table, filled meanwhile, in the place of one; its rules, indexes and triggers are set afterwards.

    They are asked for, as they are whatever earlier revisions made. No trigger counts a row that only moves.
    """
    bind, rules = op.get_bind(), _definitions(table)
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    op.execute(f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS{columns}) {how}")
    yield
    if table == "deliveries":
        op.execute("ALTER SEQUENCE deliveries_id_seq OWNED BY deliveries.id")
    op.execute(f"DROP TABLE {table}_before")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({key})")
    for rule in rules:
        bind.exec_driver_sql(rule)


def _definitions(table: str) -> list[str]:
    """What makes the foreign keys, indexes and triggers of a table, but not its keys."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I ', conrelid::regclass, conname) "
            "|| pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass(:table) AND contype = 'f' "
            "UNION ALL "
            "SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index "
            "WHERE indrelid = to_regclass(:table) "
            "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f') "
            "UNION ALL "
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal"
        ),
        {"table": table},
    )
    return list(found.scalars())


def _fill(name: str, columns: Sequence[str], rows: sa.Select[Any], before: sa.TableClause) -> None:
    """Fill a table; every row of the one before has to be there.

    Raises:
        RuntimeError: one is missing, which takes everything back.
    """
    bind, own = op.get_bind(), sa.table(name, *map(sa.column, columns))
    there = bind.scalar(sa.select(sa.func.count()).select_from(before))
    moved = bind.execute(sa.insert(own).from_select(columns, rows)).rowcount
    if moved != there:
        raise RuntimeError(f"of {there} rows of {name}, {moved} would be left; nothing was changed")


def _months() -> list[tuple[str, str, str]]:
    """Name, begin and end of the months of all visits, of this month and of the next."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT to_char(begin, 'YYYY_MM'), to_char(begin, 'YYYY-MM-DD 00:00:00+00'), "
            "to_char(begin + interval '1 month', 'YYYY-MM-DD 00:00:00+00') FROM ("
            "SELECT date_trunc('month', first_seen AT TIME ZONE 'UTC') AS begin FROM visits "
            "UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC') "
            "UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AS months ORDER BY begin"
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _say_when_seen() -> None:
    """On SQLite cards and outcomes learn when their visit was first seen, and stay where they are."""
    for table in _CHILDREN:
        op.add_column(table, sa.Column("visit_seen", sa.DateTime(timezone=True)))
        visits = sa.table("visits", sa.column("id"), sa.column("first_seen"))
        own = sa.table(table, sa.column("visit_id"), sa.column("visit_seen"))
        seen = sa.select(visits.c.first_seen).where(visits.c.id == own.c.visit_id).scalar_subquery()
        op.execute(sa.update(own).values(visit_seen=seen))
    with _rebuilt("deliveries") as deliveries:
        deliveries.alter_column("visit_seen", nullable=False)
        deliveries.drop_constraint(op.f(_UNIQUE), type_="unique")
        deliveries.create_unique_constraint(f"{_UNIQUE}_visit_seen", ["visit_id", "staff_id", "visit_seen"])
    with _rebuilt("outcomes") as outcomes:
        outcomes.alter_column("visit_seen", nullable=False)
        outcomes.drop_constraint("pk_outcomes", type_="primary")
        outcomes.create_primary_key("pk_outcomes", ["visit_id", "staff_id", "visit_seen"])


def _forget_when_seen() -> None:
    with _rebuilt("outcomes") as outcomes:
        outcomes.drop_constraint("pk_outcomes", type_="primary")
        outcomes.create_primary_key("pk_outcomes", ["visit_id", "staff_id"])
        outcomes.drop_column("visit_seen")
    with _rebuilt("deliveries") as deliveries:
        deliveries.drop_constraint(op.f(f"{_UNIQUE}_visit_seen"), type_="unique")
        deliveries.create_unique_constraint(_UNIQUE, ["visit_id", "staff_id"])
        deliveries.drop_column("visit_seen")


@contextmanager
def _rebuilt(table: str) -> Iterator[Any]:
    """Changes to a SQLite table whose checks stay what they are."""
    with op.batch_alter_table(table) as batch:
        for check in sa.inspect(op.get_bind()).get_check_constraints(table):
            batch.drop_constraint(op.f(str(check["name"])), type_="check")
        yield batch
        for column, rule in _CHECKS[table].items():
            batch.create_check_constraint(op.f(f"ck_{table}_{column}"), rule)
