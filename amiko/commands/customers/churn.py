"""`amiko customers churn ID`: how likely a customer is to buy less, and why."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.errors import AmikoError
from amiko.options import ConfigOption, DatabaseOption
from customers.churn.words import reason_words
from db import churn_scores, customers
from db.shop_models import ChurnScore, Customer


def churn(
    customer: Annotated[int, typer.Argument(metavar="ID", help="The customer's number.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Show how likely a customer is to buy less than before, and what speaks for and against it."""
    who, score = asyncio.run(_score(with_database(load(config), db), customer))
    if who.synthetic:
        typer.echo("SYNTHETIC: this customer was generated and never lived.")
    typer.echo(f"Customer {customer}: P(buys less) = {score.probability:.2f}, by churn model {score.model_id}.")
    for heading, sign in (("For it:", 1), ("Against it:", -1)):
        told = [reason_words(reason, "en") for reason in score.reasons if reason["effect"] * sign > 0]
        if told:
            typer.echo(heading)
        for words in told:
            typer.echo(f"  {words}")


async def _score(config: Config, number: int) -> tuple[Customer, ChurnScore]:
    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            who, score = await customers.find(session, number), await churn_scores.find(session, number)
    finally:
        await database.close()
    if who is None:
        raise AmikoError(f"no customer has the number {number}; amiko customers import DIR brings customers in")
    if score is None:
        raise AmikoError(f"customer {number} is not scored yet; amiko customers train churn does that")
    return who, score
