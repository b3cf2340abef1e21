"""What PostgreSQL itself does for a chain's figures: functions and triggers that add up visits, whoever writes them.

A statement that inserts or changes visits notes in `visit_changes`, in its own transaction, how many visits of which
traits there are more or fewer. Nothing but rows of its own is written, so writers never wait for each other. Folding
adds these up into the hours and days of each shop's clock, one at a time (an advisory lock sees to that), in one
statement: whoever reads both sees each visit once, before and after. Deleting a visit changes no figure.
"""

# ruff: noqa: S608  (the statements are put together from this module's own constants)
from __future__ import annotations

from collections.abc import Callable

from db.waits import bucket_of

SWITCH = "amiko.counting"
"""A setting: while it is "off", who writes visits brings their figures along."""

_ALONE = f"{0x616D69}, 3"  # beside the locks of db.notified
_TRAITS = "shop_id, first_seen, origin, checkout, asked, department, age_band, gender, state, bucket"
_OF_VISIT = f"""
    shop_id, first_seen, origin, checkout, age_check IS NOT NULL AS asked, department, age_band, gender, state,
    {bucket_of("CAST(extract(epoch FROM coalesce(first_claimed_at, claimed_at) - recorded_at) AS float8)")} AS bucket
"""

PARTS = """
    CROSS JOIN LATERAL (VALUES
        ('department', department, '', NOT checkout),
        ('person', coalesce(age_band, ''), gender, NOT checkout),
        ('state', state, '', NOT checkout),
        ('till', 'customer', '', checkout),
        ('till', 'asked', '', checkout AND asked)
    ) AS part (what, key, of_gender, counts)
"""
"""What a visit adds to a day: a row for each, where it counts."""

_CLOCK = """
CREATE OR REPLACE FUNCTION amiko_clock(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN  -- what this server counts by: it may know fewer time zones than we do
    PERFORM now() AT TIME ZONE name;
    RETURN name;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN 'UTC';
END
$$
"""
_NOTE = f"""
CREATE OR REPLACE FUNCTION amiko_note_visits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO visit_changes ({_TRAITS}, number) SELECT {_OF_VISIT}, 1 FROM came;
    ELSE
        INSERT INTO visit_changes ({_TRAITS}, number)
        SELECT {_TRAITS}, sum(one) FROM (
            SELECT {_OF_VISIT}, 1 AS one FROM came UNION ALL SELECT {_OF_VISIT}, -1 FROM gone
        ) AS turned
        GROUP BY {_TRAITS} HAVING sum(one) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""
# `parts` are visits with their hour and day, `less` what is there and no longer right.
_ADD = f"""
    hours AS (
        INSERT INTO visit_hours (shop_id, hour, origin, number)
        SELECT shop_id, hour, origin, sum(number) FROM (
            SELECT shop_id, hour, origin, number FROM parts WHERE NOT checkout {{less_hours}}
        ) AS more
        GROUP BY shop_id, hour, origin HAVING sum(number) <> 0
        ON CONFLICT (shop_id, hour, origin) DO UPDATE SET number = visit_hours.number + excluded.number
    ), days AS (
        INSERT INTO visit_days (shop_id, what, day, origin, key, gender, number)
        SELECT shop_id, what, day, origin, key, gender, sum(number) FROM (
            SELECT shop_id, what, day, origin, key, of_gender AS gender, number FROM parts {PARTS} WHERE counts
            {{less_days}}
        ) AS more
        GROUP BY shop_id, what, day, origin, key, gender HAVING sum(number) <> 0
        ON CONFLICT (shop_id, what, day, origin, key, gender)
            DO UPDATE SET number = visit_days.number + excluded.number
    ), waits AS (
        INSERT INTO visit_waits (shop_id, day, origin, bucket, number)
        SELECT shop_id, day, origin, bucket, sum(number) FROM (
            SELECT shop_id, day, origin, bucket, number FROM parts WHERE NOT checkout AND bucket IS NOT NULL
            {{less_waits}}
        ) AS more
        GROUP BY shop_id, day, origin, bucket HAVING sum(number) <> 0
        ON CONFLICT (shop_id, day, origin, bucket) DO UPDATE SET number = visit_waits.number + excluded.number
    )
"""
_PLACED = "date_trunc('hour', first_seen, clock) AS hour, CAST(first_seen AT TIME ZONE clock AS date) AS day"
_FOLD = f"""
CREATE OR REPLACE FUNCTION amiko_fold_visits(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    folded integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock({_ALONE}) THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM visit_changes WHERE id IN (SELECT id FROM visit_changes ORDER BY id LIMIT most)
        RETURNING {_TRAITS}, number
    ), branches AS MATERIALIZED (
        SELECT id, amiko_clock(coalesce(counted_by, time_zone)) AS clock FROM shops
    ), parts AS MATERIALIZED (
        SELECT gone.*, {_PLACED} FROM gone JOIN branches ON branches.id = shop_id
    ), {_ADD.format(less_hours="", less_days="", less_waits="")}
    SELECT count(*) INTO folded FROM gone;
    RETURN folded;
END
$$
"""
# Where more was counted of a day than there are visits, some are deleted: such days and all before stay as they are.
_RECOUNT = f"""
CREATE OR REPLACE FUNCTION amiko_recount_visits(which integer[]) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    counted integer;
BEGIN
    PERFORM pg_advisory_xact_lock({_ALONE});
    WITH branches AS MATERIALIZED (
        SELECT id, amiko_clock(time_zone) AS clock, amiko_clock(coalesce(counted_by, time_zone)) AS old
        FROM shops WHERE id = ANY(which)
    ), gone AS (
        DELETE FROM visit_changes WHERE shop_id = ANY(which) RETURNING {_TRAITS}, number
    ), there AS MATERIALIZED (
        SELECT seen.*, {_PLACED}, CAST(first_seen AT TIME ZONE old AS date) AS old_day
        FROM (SELECT {_OF_VISIT}, 1 AS number FROM visits WHERE shop_id = ANY(which)) AS seen
            JOIN branches ON branches.id = shop_id
    ), noted AS MATERIALIZED (
        SELECT gone.*, {_PLACED}, CAST(first_seen AT TIME ZONE old AS date) AS old_day
        FROM gone JOIN branches ON branches.id = shop_id
    ), over AS (
        SELECT shop_id, day FROM (
            SELECT shop_id, day, number FROM visit_days
            WHERE shop_id = ANY(which) AND (what = 'state' OR what = 'till' AND key = 'customer')
            UNION ALL SELECT shop_id, old_day, number FROM noted
            UNION ALL SELECT shop_id, old_day, -count(*) FROM there GROUP BY shop_id, old_day
        ) AS counted
        GROUP BY shop_id, day HAVING sum(number) > 0
    ), kept AS MATERIALIZED (
        SELECT id, old, coalesce((SELECT max(day) FROM over WHERE shop_id = id), '-infinity') AS until FROM branches
    ), parts AS MATERIALIZED (
        SELECT there.* FROM there JOIN kept ON id = shop_id AND old_day > until
        UNION ALL SELECT noted.* FROM noted JOIN kept ON id = shop_id AND old_day <= until
    ), {
    _ADD.format(
        less_hours='''
            UNION ALL SELECT shop_id, hour, origin, -number FROM visit_hours
                JOIN kept ON id = shop_id AND CAST(hour AT TIME ZONE old AS date) > until''',
        less_days='''
            UNION ALL SELECT shop_id, what, day, origin, key, gender, -number FROM visit_days
                JOIN kept ON id = shop_id AND day > until''',
        less_waits='''
            UNION ALL SELECT shop_id, day, origin, bucket, -number FROM visit_waits
                JOIN kept ON id = shop_id AND day > until''',
    )
}
    SELECT count(*) INTO counted FROM parts;
    UPDATE shops SET counted_by = amiko_clock(time_zone) WHERE id = ANY(which);
    DELETE FROM visit_hours WHERE shop_id = ANY(which) AND number = 0;
    DELETE FROM visit_days WHERE shop_id = ANY(which) AND number = 0;
    DELETE FROM visit_waits WHERE shop_id = ANY(which) AND number = 0;
    RETURN counted;
END
$$
"""
_CLOCK_SET = """
CREATE OR REPLACE FUNCTION amiko_clock_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.counted_by := amiko_clock(NEW.time_zone);
    ELSE
        PERFORM amiko_recount_visits(ARRAY[NEW.id]);
    END IF;
    RETURN NEW;
END
$$
"""
_COUNTING = f"WHEN (current_setting('{SWITCH}', true) IS DISTINCT FROM 'off')"
_CLOCK_TRIGGERS = (
    f"""
CREATE TRIGGER amiko_clock_new BEFORE INSERT ON shops
FOR EACH ROW {_COUNTING} EXECUTE FUNCTION amiko_clock_set()
""",
    """
CREATE TRIGGER amiko_clock_changed AFTER UPDATE OF time_zone ON shops
FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION amiko_clock_set()
""",
)
_VISIT_TRIGGERS = (
    f"""
CREATE TRIGGER amiko_note_inserted AFTER INSERT ON visits REFERENCING NEW TABLE AS came
FOR EACH STATEMENT {_COUNTING} EXECUTE FUNCTION amiko_note_visits()
""",
    f"""
CREATE TRIGGER amiko_note_updated AFTER UPDATE ON visits REFERENCING OLD TABLE AS gone NEW TABLE AS came
FOR EACH STATEMENT {_COUNTING} EXECUTE FUNCTION amiko_note_visits()
""",
)
_FUNCTIONS = {
    "amiko_clock(text)": _CLOCK,
    "amiko_note_visits()": _NOTE,
    "amiko_fold_visits(integer)": _FOLD,
    "amiko_recount_visits(integer[])": _RECOUNT,
    "amiko_clock_set()": _CLOCK_SET,
}


def install(execute: Callable[[str], object]) -> None:
    """Make functions and triggers, and count what visits there are.

    Args:
        execute: takes a statement; of a PostgreSQL database that has the tables of `db.rollup_models`, empty.
    """
    for function in _FUNCTIONS.values():
        execute(function)
    for trigger in (*_CLOCK_TRIGGERS, *_VISIT_TRIGGERS):
        execute(trigger)
    execute("SELECT amiko_recount_visits(ARRAY(SELECT id FROM shops))")


def remove(execute: Callable[[str], object]) -> None:
    """Take away functions and triggers; the tables stay."""
    for table, triggers in (("visits", ("note_inserted", "note_updated")), ("shops", ("clock_new", "clock_changed"))):
        for trigger in triggers:
            execute(f"DROP TRIGGER amiko_{trigger} ON {table}")
    for function in reversed(_FUNCTIONS):
        execute(f"DROP FUNCTION {function}")
