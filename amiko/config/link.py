"""What a shop does while it is cut off from the chain's database."""

from __future__ import annotations

from pydantic import Field, SecretStr

from amiko.config.section import Section


class LinkConfig(Section):
    """A bot of the shop's own, for the time that it is cut off."""

    serve_locally: bool = Field(
        False, description="A second bot serves the shop from its own machine while PostgreSQL cannot be reached."
    )
    token: SecretStr | None = Field(
        None, description="Of the second bot, from @BotFather; only from the environment: AMIKO_LINK__TOKEN."
    )
