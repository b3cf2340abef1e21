"""`amiko customers segments`: how the online shop's customers divide, what sets a segment apart, and its offers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.errors import AmikoError
from amiko.options import ConfigOption, DatabaseOption
from bot.online.table import table
from bot.shop import Shop
from bot.texts import speech
from customers.segments.comparison import CONFIDENCE, Difference, Standing, differences, standing
from customers.segments.loading import load as load_customers
from customers.segments.segment import Segment
from customers.segments.table import Customers


def segments(
    name: Annotated[str | None, typer.Argument(help="One segment: its key, or its name.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write its customers there, each with an offer.")
    ] = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Show the segments of config.yaml beside the rest of the customers, or one of them with what sets it apart."""
    settings = with_database(load(config), db)
    if csv is not None and name is None:
        raise AmikoError("--csv writes the customers of one segment; name it: amiko customers segments NAME --csv FILE")
    asyncio.run(_segments(settings, name, csv))


async def _segments(config: Config, name: str | None, csv: Path | None) -> None:
    chosen = None if name is None else _chosen(config, name)
    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            customers = await load_customers(session)
        if not len(customers):
            raise AmikoError("no customers have been imported yet; amiko customers import DIR does that")
        if customers.synthetic:
            typer.echo("SYNTHETIC: these customers were generated and never lived.")
        if unscored := int(np.isnan(customers.numbers("churn")).sum()):
            typer.echo(f"{unscored} of {len(customers)} are not scored yet; amiko customers train churn does that.")
        if chosen is None:
            _show_all(config.customers.programme().segments, customers)
        else:
            _show_one(chosen, customers)
        if chosen is None or csv is None:
            return
        content = await table(Shop(config, database), chosen, speech(config.store.language))
    finally:
        await database.close()
    _write(csv, content)


def _chosen(config: Config, name: str) -> Segment:
    programme = config.customers.programme()
    segment = programme.find(name)
    if segment is None:
        near = programme.near(name)
        known = ", ".join(one.key for one in programme.segments)
        hint = f"did you mean {near}?" if near else f"there are: {known or 'none, as customers.segments is empty'}"
        raise AmikoError(f"no segment is called {name}; {hint}")
    return segment


def _show_all(segments: tuple[Segment, ...], customers: Customers) -> None:
    shown = Table("segment", "customers", "P(buys less)", "revenue", "profit", "revenue, profit at risk")
    shown.columns[0].no_wrap = True
    for column in shown.columns:
        column.overflow = "fold"
    for segment in segments:
        told = standing(segment, customers)
        shown.add_row(
            segment.key,
            f"{told.inside.customers} ({told.share:.0%})",
            _beside(told.inside.churn, told.outside.churn, ".0%"),
            _beside(told.inside.revenue, told.outside.revenue, ",.0f"),
            _beside(told.inside.profit, told.outside.profit, ",.2f"),
            f"{told.at_risk.revenue:,.0f}, {told.at_risk.profit:,.0f}",
        )
    Console().print(shown)
    typer.echo(
        f"{len(customers)} customers. Segment / rest: mean P(buys less), median revenue and profit a month. At risk a "
        "month: P(buys less) × what each brings, summed; docs/customers.md says what that means."
    )


def _show_one(segment: Segment, customers: Customers) -> None:
    told = standing(segment, customers)
    typer.echo(f"{segment.names['en']} ({segment.key}): {segment.source}")
    typer.echo(f"{told.inside.customers} customers, {told.share:.1%} of {len(customers)}")
    for line in _figures(told):
        typer.echo(line)
    clear = [difference for difference in differences(segment, customers) if difference.effect.clear]
    if not clear:
        typer.echo("Nothing else surely sets them apart.")
        return
    shown = Table("what sets them apart", "segment", "rest", "Cliff's delta", "interval")
    for difference in clear:
        shown.add_row(*_row(difference))
    Console().print(shown)
    typer.echo(
        f"All intervals hold at once with {CONFIDENCE:.0%} confidence; columns of the condition itself are left out. "
        "What goes with P(buys less) differs wherever the condition names churn: the model looks at it."
    )


def _figures(told: Standing) -> list[str]:
    return [
        f"P(buys less), mean: {_beside(told.inside.churn, told.outside.churn, '.0%')} (segment / rest)",
        f"Revenue a month, median: {_beside(told.inside.revenue, told.outside.revenue, ',.0f')}",
        f"Profit a month, median: {_beside(told.inside.profit, told.outside.profit, ',.2f')}",
        f"At risk a month: revenue {told.at_risk.revenue:,.0f}, profit {told.at_risk.profit:,.0f}",
    ]


def _row(difference: Difference) -> tuple[str, ...]:
    column = difference.column if difference.value is None else f"{difference.column} = {difference.value}"
    form = ".0%" if difference.value is not None else ",.2f"
    effect = difference.effect
    return (
        column,
        format(difference.inside, form),
        format(difference.outside, form),
        f"{effect.delta:+.2f}",
        f"{effect.low:+.2f} to {effect.high:+.2f}",
    )


def _beside(inside: float | None, outside: float | None, form: str) -> str:
    return " / ".join("-" if one is None else format(one, form) for one in (inside, outside))


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        problem = f"--csv {file} cannot be written ({error.strerror})"
        raise AmikoError(f"{problem}; name a file in a folder that may be written") from None
    typer.echo(f"Wrote {file}.")
