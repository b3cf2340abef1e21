"""`/predict` and `/count`: who is probably behind a session and what it looked at, as the first system said it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.problems import NO_DATABASE, NOT_READY
from api.service import Service
from db import shop_sessions

UNKNOWN_SESSION: Final = "UNKNOWN_SESSION_ID"
SYNTHETIC = {"X-Synthetic": "true"}
"""Told of sessions that were generated: the bodies are what the first system's clients know."""

SessionId = Annotated[str, Path(min_length=1, max_length=64, description="As in the shop's log, such as u25000.")]
Category = Annotated[str, Path(min_length=1, max_length=64, description="Of any level, such as B00002.")]
Gender = Literal["male", "female"]


class Asked(BaseModel):
    """How much is asked for; anything else in the query is refused."""

    model_config = ConfigDict(extra="forbid")

    detail: Literal["0", "1"] = Field("0", description="1: also say why.")


class Prediction(BaseModel):
    """Who is probably behind a session."""

    PREDICTION: Gender = Field(description="The likelier one, however thin the evidence.")
    SESSION_ID: str


class DetailedPrediction(Prediction):
    """The same, with how sure that is and why."""

    P_MALE: float = Field(description="Probability, 0 to 1.")
    VERDICT: Literal["male", "female", "unknown"] = Field(description="unknown where the evidence is too thin to tell.")
    REASONS: list[str] = Field(description="What speaks for the prediction, the strongest first.")
    PAST_SESSIONS: int = Field(description="Earlier sessions of the same visitor that were taken into account.")
    SYNTHETIC: bool = Field(description="The session was generated and never happened.")


class Count(BaseModel):
    """How many views of a session are of a category."""

    CATEGORY: str
    COUNT: int
    SESSION_ID: str


class DetailedCount(Count):
    """The same, with how many views there were in all."""

    VIEWS: int = Field(description="Of the session, whatever the category; 0 too where there is no such session.")
    REASONS: list[str] = Field(description="The count in words.")
    SYNTHETIC: bool = Field(description="The session was generated and never happened.")


def routes(service: Service) -> APIRouter:
    """The routes, for one shop."""
    router = APIRouter(tags=["sessions"])

    @router.get("/predict/{session_id}", summary="Who is probably behind a session", responses=NOT_READY)
    async def predict(
        session_id: SessionId, response: Response, asked: Annotated[Asked, Query()]
    ) -> DetailedPrediction | Prediction | Literal["UNKNOWN_SESSION_ID"]:
        """`male` or `female`; `"UNKNOWN_SESSION_ID"`, with the status 200, where there is no such session."""
        answer = await service.predictions.of(session_id)
        if answer is None:
            return UNKNOWN_SESSION
        if answer.synthetic:
            response.headers.update(SYNTHETIC)
        if asked.detail == "0":
            return Prediction(PREDICTION=answer.likelier, SESSION_ID=session_id)
        return DetailedPrediction(
            PREDICTION=answer.likelier,
            SESSION_ID=session_id,
            P_MALE=answer.p_male,
            VERDICT=answer.label,
            REASONS=list(answer.reasons),
            PAST_SESSIONS=answer.past_sessions,
            SYNTHETIC=answer.synthetic,
        )

    @router.get(
        "/count/{session_id}/{category}", summary="How often a session looked at a category", responses=NO_DATABASE
    )
    async def count(
        session_id: SessionId, category: Category, response: Response, asked: Annotated[Asked, Query()]
    ) -> DetailedCount | Count:
        """0 where there is no such session, or none of its views is of the category."""
        async with service.database.reading() as session:
            known = await shop_sessions.find(session, session_id)
            number = await shop_sessions.count_views(session, session_id, category) if known else 0
            views = len(await shop_sessions.views(session, [session_id])) if known and asked.detail == "1" else 0
        synthetic = known is not None and known.synthetic
        if synthetic:
            response.headers.update(SYNTHETIC)
        if asked.detail == "0":
            return Count(CATEGORY=category, COUNT=number, SESSION_ID=session_id)
        return DetailedCount(
            CATEGORY=category,
            COUNT=number,
            SESSION_ID=session_id,
            VIEWS=views,
            REASONS=[f"{number} of {views} views are of {category}" if known else "there is no such session"],
            SYNTHETIC=synthetic,
        )

    return router
