"""Listeners of the feed get every event, and one that falls far behind is let go."""

from __future__ import annotations

from bot.simulator.feed import MAX_WAITING, Feed


async def test_every_listener_gets_every_event_while_it_listens() -> None:
    feed = Feed()
    with feed.listen() as first:
        feed.publish("one", person=1)
        with feed.listen() as second:
            feed.publish("two")
        feed.publish("three")
    assert [first.get_nowait() for _ in range(3)] == [("one", {"person": 1}), ("two", {}), ("three", {})]
    assert second.get_nowait() == ("two", {})
    assert second.empty()


async def test_a_listener_far_behind_is_told_to_start_again() -> None:
    feed = Feed()
    with feed.listen() as slow:
        for n in range(MAX_WAITING + 5):
            feed.publish("event", n=n)
        assert slow.get_nowait() is None
        assert slow.empty()


async def test_a_closed_feed_ends_listeners_old_and_new() -> None:
    feed = Feed()
    with feed.listen() as old:
        feed.close()
        with feed.listen() as new:
            assert (old.get_nowait(), new.get_nowait()) == (None, None)
