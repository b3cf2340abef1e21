"""Who is in which segment, and in which order to look at them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from customers.segments.membership import members
from customers.segments.segment import Segment
from customers.segments.table import Customers, Flags


def segments_of(customer_id: int, segments: Sequence[Segment], customers: Customers) -> tuple[Segment, ...]:
    """The segments that a customer is in, in their order.

    Raises:
        ValueError: there is no such customer.
    """
    place = customers.ids.index(customer_id)
    return tuple(segment for segment in segments if members(segment.condition, customers)[place])


def likeliest_first(customers: Customers, chosen: Flags) -> list[int]:
    """The places of the chosen customers [n], those likeliest to buy less first, of equal ones who brings most."""
    churn, profit = customers.numbers("churn"), customers.numbers("profit")
    order = np.lexsort((np.asarray(customers.ids), -profit, np.where(np.isnan(churn), np.inf, -churn)))
    return [int(place) for place in order if chosen[place]]
