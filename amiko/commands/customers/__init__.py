"""`amiko customers`: the online shop, a module for each command."""

from __future__ import annotations

import typer

from amiko.commands.customers import (
    churn,
    demo_data,
    evaluate,
    importing,
    quarantine,
    rollback,
    segments,
    sessions,
    train,
)

app = typer.Typer(help="The online shop: its customers, and who is behind a session.", no_args_is_help=True)
app.command("demo-data")(demo_data.demo_data)
app.command("import")(importing.import_)
app.command("quarantine")(quarantine.quarantine)
app.command("import-sessions")(sessions.import_)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("rollback")(rollback.rollback)
app.command("churn")(churn.churn)
app.command("segments")(segments.segments)
