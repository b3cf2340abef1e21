"""How messages reach people: at Telegram's pace, again after errors, once where that can be had."""
