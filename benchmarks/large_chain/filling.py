"""A chain's year in a PostgreSQL database: shops on their clocks, cameras, people, and the visits of every day.

The server makes the visits itself, with their deliveries and outcomes, in the order of time, by a seed. Triggers and
foreign keys are not asked meanwhile; every index is kept as it grows, so that it is as loose as in a chain. The figures
are counted at the end, as an upgrade does.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from db import cameras, partitions, shops, staff
from db.engine import Database
from tests.postgres_server import PostgresServer

SHOPS = 100
CLOCKS = (
    "Europe/Moscow",
    "Europe/Kaliningrad",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Vladivostok",
)
YEAR_DAYS = 365
ASSISTANTS = 4
FIRST_CHAT = 10_000
DOORS = ("Entrance", "Side door", "Till")
TABLES = ("visits", "deliveries", "outcomes")
FIGURES = ("visit_hours", "visit_days", "visit_waits")

_AT_ONCE = 20_000
_PLACES = """
CREATE TEMP TABLE places AS
SELECT row_number() OVER (ORDER BY shops.id) AS number, shops.id AS shop_id, time_zone,
    ARRAY(SELECT id FROM cameras WHERE cameras.shop_id = shops.id ORDER BY id) AS doors,
    ARRAY(SELECT id FROM staff WHERE staff.shop_id = shops.id AND role = 'assistant' ORDER BY id) AS people
FROM shops
"""
_VISITS = """
WITH dice AS MATERIALIZED (
    SELECT i, i * $7::numeric / $3::numeric AS days, 1 + floor(random() * $4::int)::int AS number,
        random() < 0.05 AS till, random() AS fate, random() AS female, random() AS age,
        floor(random() * 6)::int AS taste, random() AS sure, random() AS haste,
        1 + floor(random() * $5::int)::int AS taker, random() AS formal, random() AS casual, random() AS sport
    FROM generate_series($1::bigint, $2::bigint - 1) AS i
), seen AS (
    SELECT dice.*, shop_id, doors, people,
        ($6::date + floor(days)::int + time '10:00' + mod(days, 1)::float8 * interval '11 hours')
            AT TIME ZONE time_zone AS at,
        round((5 + 70 * age)::numeric, 1)::float8 AS years,
        ARRAY['kids', 'textiles', 'cosmetics', 'electronics', 'beauty', 'kitchen'] AS keys
    FROM dice JOIN places USING (number)
), visit AS (
    INSERT INTO visits (id, shop_id, camera_id, origin, first_seen, decided_at, last_seen, recorded_at, faces,
        age_mean, age_low, age_high, age_band, age_bands, gender, p_female, attire_labels, attire_scores,
        department, department_p, ranking, propensity, reason, state, claimed_by, claimed_at, first_claimed_at,
        gone_at, closed_at, wanted, checkout, age_check)
    SELECT (  -- version 7, as a worker gives them: the time, then chance
            lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5($8::text || i), 1, 3)
            || '8' || substr(md5($8::text || i), 4, 15)
        )::uuid, shop_id, CASE WHEN till THEN doors[3] ELSE doors[1 + (sure * 2)::int % 2] END,
        'camera', at, at + interval '1.2 s',
        at + 20 * haste * interval '1 s', at + interval '1.25 s', 5 + (haste * 60)::int,
        years, years - 6, years + 8, ('{0-12,13-17,18-24,25-34,35-44,45-54,55-64,65+}'::text[])[
            1 + width_bucket(years, ARRAY[13, 18, 25, 35, 45, 55, 65]::float8[])],
        json_build_array(0.0012, 0.0104, round(age::numeric, 4), round(1 - age::numeric, 4), 0.1204, 0.0311, 0.006, 0),
        CASE WHEN female < 0.35 THEN 'male' WHEN female > 0.65 THEN 'female' ELSE 'unknown' END, female,
        CASE WHEN casual > 0.5 THEN '["casual"]' ELSE '["formal", "outerwear"]' END::json,
        json_build_object('formal', formal, 'casual', casual, 'sport', sport, 'outerwear', age, 'dress', haste),
        keys[1 + taste], 0.25 + sure / 5, (
            SELECT json_agg(json_build_array(keys[1 + (taste + place) % 6], (0.25 + sure / 5) / (place + 1)))
            FROM generate_series(0, 5) AS place),
        CASE WHEN NOT till THEN 1 END,
        keys[1 + taste] || ' by age x1.35, gender x1.34, attire x1.08, from 4 good faces',
        CASE WHEN till THEN 'recorded' WHEN fate < 0.55 THEN 'served' WHEN fate < 0.75 THEN 'left'
            WHEN fate < 0.85 THEN 'unknown' ELSE 'missed' END,
        CASE WHEN fate < 0.85 AND NOT till THEN people[taker] END,
        CASE WHEN fate < 0.85 AND NOT till THEN at + (4 + 50 * haste ^ 3) * interval '1 s' END,
        CASE WHEN fate < 0.85 AND NOT till THEN at + (4 + 50 * haste ^ 3) * interval '1 s' END,
        at + 20 * haste * interval '1 s', CASE WHEN NOT till THEN at + interval '5 min' END,
        CASE WHEN fate < 0.55 AND NOT till THEN keys[1 + (taste + (sure * 2)::int) % 6] END,
        till, CASE WHEN till AND sure < 0.1 THEN 'possible' END
    FROM seen ORDER BY i
    RETURNING id, shop_id, first_seen, recorded_at, closed_at, state, claimed_by, wanted, checkout
), card AS (
    INSERT INTO deliveries (kind, visit_id, visit_seen, staff_id, state, attempts, message_id, photo, sent_at, edit_due)
    SELECT 'offer', id, first_seen, person, 'sent', 0, 1 + (extract(epoch FROM recorded_at) / 60)::bigint, true,
        recorded_at + interval '40 ms', false
    FROM visit JOIN places USING (shop_id)
        CROSS JOIN unnest(CASE WHEN state = 'missed' THEN people[1:2] ELSE ARRAY[claimed_by, people[1]] END) AS person
    WHERE NOT checkout
    ON CONFLICT DO NOTHING  -- of two cards for one person
)
INSERT INTO outcomes (visit_id, visit_seen, staff_id, kind, department, at)
SELECT id, first_seen, claimed_by, state, wanted, closed_at FROM visit WHERE claimed_by IS NOT NULL
"""
_BYTES = """
SELECT sum(CASE WHEN $2 THEN pg_indexes_size(part) ELSE pg_total_relation_size(part) END)::bigint FROM (
    SELECT $1::text::regclass AS part UNION SELECT relid FROM pg_partition_tree($1::text::regclass)
) AS parts
"""


@dataclass(frozen=True)
class Filled:
    """What a year of a chain takes.

    Attributes:
        rows: by table.
        seconds: to write them, indexes included; without `counting`.
        counting: seconds to count their figures.
        bytes: on disk: of "all", and of each table with its indexes.
        indexes: bytes of those of `visits`.
    """

    rows: dict[str, int]
    seconds: float
    counting: float
    bytes: dict[str, int]
    indexes: int

    @property
    def visits(self) -> int:
        """How many there are."""
        return self.rows["visits"]


async def found(database: Database, first_day: date, days: int) -> list[int]:
    """Write down the shops with their cameras and people; the ids of the shops. One assistant of each waits.

    The months from a day on, so many days long, have their partitions, as if the bot had run all the time.
    """
    begin = datetime(first_day.year, first_day.month, 1, tzinfo=UTC)
    async with database.session() as session:
        every = (begin + timedelta(days=day) for day in range(days + 35))
        await partitions.make(session, {partitions.Month.of(day) for day in every})
    async with database.session() as session:
        await shops.settle(session, "Shop 1", CLOCKS[0])
        for number in range(2, SHOPS + 1):
            await shops.add(session, f"Shop {number}", CLOCKS[(number - 1) % len(CLOCKS)])
        ids = sorted(shop.id for shop in await shops.list_all(session))
        chat = FIRST_CHAT
        for shop_id in ids:
            for door in DOORS:
                await cameras.id_of(session, shop_id, door)
            for place in range(ASSISTANTS):
                person = await staff.add(session, f"Assistant {chat}", "assistant", telegram_id=chat, shop_id=shop_id)
                await staff.login(session, telegram_id=chat, username=None, chat_id=chat)
                if place == 0:
                    await staff.set_status(session, person.id, "waiting")
                chat += 1
    return ids


async def fill(server: PostgresServer, database: str, visits: int, first_day: date, days: int, seed: int) -> Filled:
    """Write so many visits, evenly over the opening hours of these days, and let the server learn what it has."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(
        host=str(server.folder), port=server.port, user="postgres", database=database
    )
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_PLACES)
        await connection.execute("ANALYZE places")
        await connection.execute("SET jit = off")
        began = time.monotonic()
        for start in range(0, visits, _AT_ONCE):
            end = min(visits, start + _AT_ONCE)
            async with connection.transaction():
                await connection.execute("SELECT setseed($1)", (seed * 7919 + start // _AT_ONCE) % 100_003 / 100_003)
                await connection.execute(
                    _VISITS, start, end, visits, SHOPS, ASSISTANTS, first_day, days, f"{seed}:", timeout=600
                )
            if sys.stderr.isatty():
                print(f"\r{end:,} of {visits:,} visits", end="", file=sys.stderr)
        seconds = time.monotonic() - began
        await connection.execute("SELECT amiko_recount_visits(ARRAY(SELECT id FROM shops))", timeout=3600)
        counting = time.monotonic() - began - seconds
        await connection.execute("VACUUM ANALYZE", timeout=3600)
        await connection.execute("CHECKPOINT", timeout=600)
        rows = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES + FIGURES}
        sizes = {table: await connection.fetchval(_BYTES, table, False) for table in TABLES + FIGURES}
        sizes["all"] = await connection.fetchval("SELECT pg_database_size(current_database())")
        indexes = await connection.fetchval(_BYTES, "visits", True)
        return Filled(rows, seconds, counting, sizes, indexes)
    finally:
        await connection.close()
