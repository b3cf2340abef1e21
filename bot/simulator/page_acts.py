"""What a person or a tester does on the page, as the JSON objects that it posts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.simulator.fault_panel import FaultPanel
from bot.simulator.limits import Limits
from bot.simulator.state import State

Seconds = Annotated[float, Field(gt=0, le=3600)]
Times = Annotated[int, Field(ge=1, le=1000)]


class Act(BaseModel, ABC):
    """One act; `do` raises LookupError or ValueError with a sentence where it makes no sense."""

    model_config = ConfigDict(strict=True, extra="forbid")

    @abstractmethod
    def do(self, state: State) -> None:
        """Do it."""


class Say(Act):
    """A person writes."""

    person: int
    text: str

    def do(self, state: State) -> None:
        """Write."""
        state.say(self.person, self.text)


class Press(Act):
    """A person presses an inline button, named by its callback data or label."""

    person: int
    message: int
    button: str

    def do(self, state: State) -> None:
        """Press."""
        state.press(self.person, self.message, self.button)


class Follow(Act):
    """A person opens a link to the bot."""

    person: int
    link: str

    def do(self, state: State) -> None:
        """Open it, and press Start."""
        state.follow(self.person, self.link)


class Block(Act):
    """A person blocks the bot, or lets it in again."""

    person: int
    blocked: bool

    def do(self, state: State) -> None:
        """Block or unblock."""
        state.set_blocked(self.person, self.blocked)


class Join(Act):
    """Somebody whom the bot does not know gets a phone, and may open a link at once."""

    name: str
    language: Literal["ru", "en"]
    link: str | None = None

    def do(self, state: State) -> None:
        """Give them a phone."""
        person = state.join(self.name, "", self.language)
        if self.link is not None:
            state.follow(person.id, self.link)


class Break(Act):
    """Something goes wrong; the kinds are those of `faults.Fault`."""

    kind: Literal["away", "revoked", "error", "flood", "slow", "drop", "lose"]
    person: int | None = None
    method: str | None = None
    seconds: Seconds = 10
    times: Times = 1

    def do(self, state: State) -> None:
        """Let it go wrong."""
        panel = FaultPanel(state.faults)
        if self.person is not None:
            state.person(self.person)
        match self.kind:
            case "away":
                panel.away(self.seconds)
            case "revoked":
                panel.revoke_token()
            case "flood":
                panel.flood(self.seconds, self.person)
            case "error":
                panel.fail(self.method, 500, self.times, person_id=self.person)
            case "slow":
                panel.slow(self.seconds, self.method, self.times, self.person)
            case "drop" | "lose":
                panel.drop(self.method, self.times, self.person, done=self.kind == "lose")


class Lift(Act):
    """A fault ends, or all of them (None)."""

    id: int | None

    def do(self, state: State) -> None:
        """End it."""
        state.faults.lift(self.id)


class Limit(Act):
    """Telegram's limits apply, or do not."""

    on: bool

    def do(self, state: State) -> None:
        """Switch them."""
        state.set_limits(Limits() if self.on else None)


_ALL: tuple[type[Act], ...] = (Say, Press, Follow, Block, Join, Break, Lift, Limit)
ACTS = {act.__name__.lower(): act for act in _ALL}
