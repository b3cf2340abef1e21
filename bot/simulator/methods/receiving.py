"""How the bot gets its updates: by asking for them, or at its webhook."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.simulator.errors import bad_request
from bot.simulator.methods.asked import Answer
from bot.simulator.params import Params
from bot.simulator.state import State
from bot.simulator.webhook import Webhook

SECRET_LIMIT = 256
MAX_CONNECTIONS, DEFAULT_CONNECTIONS = 100, 40
OWN_HOSTS = {"127.0.0.1", "localhost", "::1"}


async def get_updates(state: State, params: Params) -> Answer:
    """getUpdates, the only method that waits."""
    return await state.updates.poll(
        params.integer("offset"), params.integer("limit", 100), params.integer("timeout"), _allowed(params)
    )


def set_webhook(state: State, params: Params) -> Answer:
    """setWebhook; an empty url deletes it. Like a local Bot API server, this one takes http and any port."""
    url = params.text("url")
    if not url:
        return delete_webhook(state, params)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.hostname not in OWN_HOSTS:
        raise bad_request("bad webhook: this simulator calls http://127.0.0.1 and localhost only, no other machine")
    if params.upload("certificate") is not None:
        raise bad_request("bad webhook: this simulator takes no certificate, use http")
    secret = params.text("secret_token")
    if len(secret) > SECRET_LIMIT:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    connections = min(max(params.integer("max_connections", DEFAULT_CONNECTIONS), 1), MAX_CONNECTIONS)
    state.updates.allow(_allowed(params))
    if params.flag("drop_pending_updates"):
        state.updates.drop()
    state.updates.deliver_to(Webhook(url, secret, connections))
    return True


def delete_webhook(state: State, params: Params) -> Answer:
    """deleteWebhook: updates wait for getUpdates again."""
    if params.flag("drop_pending_updates"):
        state.updates.drop()
    state.updates.deliver_to(None)
    return True


def get_webhook_info(state: State, params: Params) -> Answer:
    """getWebhookInfo."""
    webhook, allowed = state.updates.webhook, sorted(state.updates.allowed)
    info = {"url": "", "has_custom_certificate": False, "pending_update_count": len(state.updates)}
    return info | (webhook.as_json() if webhook else {}) | ({"allowed_updates": allowed} if allowed else {})


def _allowed(params: Params) -> list[str] | None:
    """The kinds of updates that the bot wants; None keeps its last choice."""
    kinds = params.structure("allowed_updates")
    if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise bad_request("can't parse allowed updates JSON object")
    return kinds
