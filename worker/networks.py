"""What the networks are asked about visitors: their faces as they come, their attire once they are decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vision.crops import Views
from vision.traits import ATTIRE, Traits
from worker.visitor import Visitor

BODIES = 2
"""Best looks of a visitor of which the attire is read, one of them mirrored: reading it takes four times as long as
reading the face, and it changes less from one look to the next."""


class Networks(Protocol):
    """The three networks, as vision.runtime.TraitNetworks offers them."""

    @property
    def attire_thresholds(self) -> Mapping[str, float]:
        """P(trait) from which a trait is told as worn."""

    @property
    def views(self) -> Views:
        """In which vision.crops.face_view shows them a face."""

    def face_looks(
        self, faces: Sequence[NDArray[np.uint8]], turns: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """P(age = year) (N, 101) and P(female) (N,) of face views (size, size, 3), and whose turn each was there."""

    def body_looks(self, bodies: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """(N, 5) P(trait), in the order of vision.traits.ATTIRE, of body crops (288, 200, 3)."""


def read_faces(networks: Networks, visitors: Sequence[Visitor]) -> None:
    """Have every face of these visitors that was not read yet read, in one batch."""
    unread = [look for visitor in visitors for look in visitor.take_unread()]
    if not unread:
        return
    ages, females = networks.face_looks([look.face for look in unread], [look.turn for look in unread])
    for look, age, female in zip(unread, ages, females, strict=True):
        look.traits = Traits(age, float(female), {})


def read_bodies(networks: Networks, visitors: Sequence[Visitor]) -> None:
    """Have the attire of these visitors read, in one batch; their faces were read before."""
    looks = [look for visitor in visitors for look in visitor.looks[:BODIES]]
    if not looks:
        return
    for look, worn in zip(looks, networks.body_looks([look.body() for look in looks]), strict=True):
        assert look.traits is not None
        look.traits = replace(look.traits, attire=dict(zip(ATTIRE, worn.tolist(), strict=True)))
