"""/cameras: how the cameras are doing, as the worker last wrote it down."""

from __future__ import annotations

from datetime import UTC, datetime

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes

from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.shop import Shop
from bot.texts import Speech
from bot.words import duration
from db.cameras import CameraStatus, statuses

_UNHEARD_SECONDS = 15  # the worker writes every two
_MOST = 30  # cameras in one message, which holds 4096 characters


class Cameras:
    """Tells managers how the cameras are doing."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command."""
        return [CommandHandler("cameras", self._command, PRIVATE)]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        async with self._shop.database.reading() as session:
            names = await self._shop.at(person.shop).cameras(session)
            known = await statuses(session, names, person.shop_id)
        if not names:
            await update.message.reply_html(t("No camera is configured; add one under cameras: in config.yaml."))
            return
        now = datetime.now(UTC)
        blocks = [_block(name, known.get(name), now, t) for name in names[:_MOST]]
        if len(names) > _MOST:
            blocks.append(t("Cameras that have no room here: {number}.", number=len(names) - _MOST))
        await update.message.reply_html("\n\n".join(blocks))


def _block(name: str, status: CameraStatus | None, now: datetime, t: Speech) -> str:
    title = t("<b>{camera}</b>", camera=name)
    if status is None or (status.report.last_frame_at is None and status.report.state == "stopped"):
        return f"{title}\n" + t("⚪ never watched; is the worker running?")
    report = status.report
    unheard = (now - status.reported_at).total_seconds()
    if unheard > _UNHEARD_SECONDS:
        state = t("⚪ the worker has said nothing for {duration}", duration=duration(unheard, t))
    else:
        state = {
            "starting": t("🟡 opened, no frame yet"),
            "running": t("🟢 works, {fps} frames/s", fps=f"{report.fps:.1f}"),
            "stalled": t("🔴 open, but gives no frames"),
            "failed": t("🔴 does not open, is tried again"),
            "stopped": t("⚪ stopped"),
        }[report.state]
    lines = [title, state]
    if report.last_frame_at is None:
        lines.append(t("no frame so far"))
    else:
        age = max(0.0, (now - report.last_frame_at).total_seconds())
        lines.append(t("last frame {duration} ago", duration=duration(age, t)))
    lines.append(
        t("reconnects: {reconnects}, frames left out: {dropped}", reconnects=report.reconnects, dropped=report.dropped)
    )
    return "\n".join(lines)
