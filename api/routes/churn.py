"""`/customers/{id}/churn`: how likely a customer is to buy less, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field

from api.errors import NotReadyError
from api.problems import NOT_READY, refusing
from api.service import Service
from customers.churn.words import reason_words
from db import churn_scores, customers
from db.shop_models import ChurnScore

# As text, so that 1_000, +5 or a number in other digits is no id.
CustomerId = Annotated[str, Path(pattern="^[0-9]{1,18}$", description="The customer's number in the shop's files.")]


class Reason(BaseModel):
    """One thing that moves a customer's probability."""

    speaks: Literal["for", "against"] = Field(description="For or against that they will buy less.")
    ru: str
    en: str


class Churn(BaseModel):
    """How likely a customer is to buy less."""

    customer: int
    probability: float
    at_risk: bool = Field(description="Whether that is customers.at_risk or more.")
    reasons: list[Reason] = Field(description="The weightiest first; worked out for the 5,000 likeliest customers.")
    scored_at: datetime
    synthetic: bool = Field(description="The customer was generated and never lived.")


def routes(service: Service) -> APIRouter:
    """The route, for one shop."""
    router = APIRouter(tags=["customers"])

    @router.get(
        "/customers/{id}/churn",
        summary="How likely a customer is to buy less",
        responses=NOT_READY | refusing(404, "There is no such customer."),
    )
    async def churn(id: CustomerId) -> Churn:
        async with service.database.reading() as session:
            customer = await customers.find(session, int(id))
            score = await churn_scores.find(session, int(id))
        if customer is None:
            raise HTTPException(404, f"There is no customer {int(id)}; `amiko customers import DIR` imports them.")
        if score is None:
            raise NotReadyError("No model has seen this customer yet; `amiko customers train churn` does that.")
        return Churn(
            customer=customer.id,
            probability=score.probability,
            at_risk=score.probability >= service.config.customers.at_risk,
            reasons=_reasons(score),
            scored_at=score.scored_at,
            synthetic=customer.synthetic,
        )

    return router


def _reasons(score: ChurnScore) -> list[Reason]:
    return [
        Reason(
            speaks="for" if reason["effect"] > 0 else "against",
            ru=reason_words(reason, "ru"),
            en=reason_words(reason, "en"),
        )
        for reason in score.reasons
    ]
