"""The OpenAPI description is true: schemathesis asks a running service for everything it promises, and for nonsense."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from db.churn_scores import NewScore
from tests.api.online_shop import (
    TOOLS,
    activate_gender_model,
    customer,
    save_customers,
    save_sessions,
    score_customers,
)
from tests.api.server import Place, served

KEY = "6f1ed002ab5595859014ebf0951522d9"
REASON = {"reason": "promo_share", "effect": 0.4, "value": 0.9, "usual": 0.2}


def test_every_answer_is_as_described_and_nonsense_is_refused(place: Place) -> None:
    asyncio.run(save_sessions(place))
    asyncio.run(activate_gender_model(place, {f"a:{TOOLS}": 2.0}))
    asyncio.run(save_customers(place, customer(1), customer(2, synthetic=True)))
    asyncio.run(score_customers(place, NewScore(1, 0.8, [REASON])))
    with served(place, "cameras: [{name: door, url: 0}]", AMIKO_API__KEY=KEY) as api:
        assert api.get("/predict/u1", X_API_Key=KEY).status_code == 200  # from here on the model is loaded
        command = ["run", api.url + "/openapi.json", "--header", f"X-API-Key: {KEY}", "--checks", "all"]
        found = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *command, "--max-examples", "20", "--seed", "1", "--no-color"],
            cwd=place.folder,
            env=os.environ | {"NO_PROXY": "*"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert "Traceback" not in api.log.read_text()
    assert found.returncode == 0, found.stdout + found.stderr
    assert "6 selected / 6 total" in found.stdout
