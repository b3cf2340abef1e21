"""`/segments`: the configured segments in figures."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import NotReadyError
from api.problems import NOT_READY
from api.service import Service
from customers.segments.comparison import Standing, standing
from customers.segments.loading import load
from customers.segments.programme import Programme
from customers.segments.segment import Segment
from customers.segments.table import Customers
from db import churn_scores, customers

_State = tuple[int, datetime | None, datetime | None]


class SideAnswer(BaseModel):
    """Some customers; a figure is null where it is known of none of them."""

    customers: int
    churn: float | None = Field(description="Mean probability that they buy less.")
    revenue: float | None = Field(description="Median of what each spends a month.")
    profit: float | None = Field(description="Median of what each brings a month.")


class AtRiskAnswer(BaseModel):
    """What a month may lose: the sum of probability times what each brings; an upper bound."""

    revenue: float
    profit: float
    unscored: int = Field(description="Customers without a probability, who are in no sum.")


class SegmentAnswer(BaseModel):
    """One segment beside everybody else."""

    key: str
    names: dict[str, str] = Field(description="By language.")
    condition: str
    share: float = Field(description="Of all customers, 0 to 1.")
    inside: SideAnswer
    outside: SideAnswer
    at_risk_monthly: AtRiskAnswer


class SegmentsAnswer(BaseModel):
    """All segments, in the order of the configuration."""

    customers: int
    synthetic: bool = Field(description="Some customers are made up.")
    segments: list[SegmentAnswer]


class _Figures:
    """The answer, worked out again only after an import or a scoring: of many customers that takes a second."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._state: _State | None = None
        self._answer: SegmentsAnswer | None = None
        self._working = asyncio.Lock()

    async def answer(self, session: AsyncSession) -> SegmentsAnswer:
        """The figures of the customers as they are now.

        Raises:
            NotReadyError: none was imported.
        """
        async with self._working:
            state = await _state(session)
            if self._answer is None or state != self._state:
                everybody = await load(session)
                if not len(everybody):
                    raise NotReadyError("No customers were imported yet; `amiko customers import DIR` does that.")
                # In a thread: other requests are answered meanwhile.
                self._answer = await asyncio.to_thread(_worked_out, self._programme, everybody)
                self._state = state
            return self._answer


async def _state(session: AsyncSession) -> _State:
    known = await customers.counts(session)
    return known.customers, known.imported_at, await churn_scores.last_scored(session)


def _worked_out(programme: Programme, everybody: Customers) -> SegmentsAnswer:
    return SegmentsAnswer(
        customers=len(everybody),
        synthetic=everybody.synthetic,
        segments=[_told(segment, standing(segment, everybody)) for segment in programme.segments],
    )


def _told(segment: Segment, figures: Standing) -> SegmentAnswer:
    return SegmentAnswer(
        key=segment.key,
        names=dict(segment.names),
        condition=segment.source,
        share=figures.share,
        inside=SideAnswer(**asdict(figures.inside)),
        outside=SideAnswer(**asdict(figures.outside)),
        at_risk_monthly=AtRiskAnswer(**asdict(figures.at_risk)),
    )


def routes(service: Service) -> APIRouter:
    """The route, for one shop."""
    router = APIRouter(tags=["customers"])
    figures = _Figures(service.config.customers.programme())

    @router.get("/segments", summary="The segments in figures", responses=NOT_READY)
    async def segments() -> SegmentsAnswer:
        async with service.database.reading() as session:
            return await figures.answer(session)

    return router
