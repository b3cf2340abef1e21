"""`amiko customers`: the online shop, a module for each command."""

from __future__ import annotations

import typer

from amiko.commands.customers import demo_data, importing, quarantine, sessions

app = typer.Typer(help="The online shop: its customers, and who is behind a session.", no_args_is_help=True)
app.command("demo-data")(demo_data.demo_data)
app.command("import")(importing.import_)
app.command("quarantine")(quarantine.quarantine)
app.command("import-sessions")(sessions.import_)
