"""Fits what shops' outcomes say beside config.yaml's affinities: a penalised multinomial correction of their logarithm.

P(department) is softmax((log P by the rules + correction) / temperature). The correction is linear in the standardised
features, with one part for the chain and one for each shop, which is drawn to the chain's: a Gaussian prior centred on
zero on every weight (the maximum a posteriori of a hierarchical multinomial logistic regression; Gelman and Hill, Data
Analysis Using Regression and Multilevel Models, 2007). So ten outcomes change little, and a thousand much.

An outcome is what somebody pressed on a card whose first department had an advantage. In a share of them, the `lean`,
it is taken to be that first one whatever was wanted (trust bias: Agarwal et al., Addressing Trust Bias for Unbiased
Learning-to-Rank, WWW 2019): P(answer) = (1 - lean) P(department) + lean [answer = first].
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from routing.evidence import Floats

Integers = NDArray[np.int_]

STRENGTHS = (0.08, 0.12, 0.17, 0.25, 0.4, 0.7)
"""Standard deviations of the prior of a standardised feature's weight, of which cross-validation takes one."""

_USUAL, _UNUSUAL = 0.17, 0.4  # the logarithm of that deviation is itself about this, give or take so much

_OWN = 0.5  # of a shop's own part and a camera's, as a share of the chain's: they differ less than all from the rules
_FOLDS = 4  # the first only trains, each of the others is foreseen by those before it
_CONSTANT = 3.0  # of the constant, as a multiple of a feature's: the rules know least how often a department is wanted
_LEAST_SPREAD = 0.05  # of a feature: what hardly varies shall not be blown up by standardising it
_TEMPERATURE = 0.25  # standard deviation of the prior of its logarithm
_WIDEST = 1.0  # |log temperature|
_MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What N visitors really wanted, oldest first.

    Attributes:
        x: (N, D) features.
        rules: (N, K) log P by the rules.
        wanted: (N,) department, 0 to K - 1, that was pressed.
        first: (N,) department that the card showed first.
        shop, camera: (N,) numbers from 0.
    """

    x: Floats
    rules: Floats
    wanted: Integers
    first: Integers
    shop: Integers
    camera: Integers

    def __len__(self) -> int:
        return len(self.wanted)

    def take(self, rows: NDArray[np.int_] | NDArray[np.bool_]) -> Outcomes:
        """Only these rows."""
        return Outcomes(*(values[rows] for values in vars(self).values()))


@dataclass(frozen=True, eq=False)
class Correction:
    """What was learnt: weights for departments K, features D, shops S and cameras C.

    Attributes:
        mean, scale: (D,) by which features are standardised.
        chain: (K, D + 1) weights that all shops share, the constant last.
        own: (S, K, D + 1) what each shop adds.
        cameras: (C, K) what each camera adds.
        temperature: above 1 for less sure answers.
        strength: standard deviation of the prior.
        lean: share of answers that are the first department of the card, whatever was wanted.
    """

    mean: Floats
    scale: Floats
    chain: Floats
    own: Floats
    cameras: Floats
    temperature: float
    strength: float
    lean: float

    def logits(self, outcomes: Outcomes) -> Floats:
        """(N, K) before the softmax, without the temperature."""
        z = _standardised(outcomes.x, self.mean, self.scale)
        shift = z @ self.chain.T + self.cameras[outcomes.camera]
        for shop in np.unique(outcomes.shop):
            rows = outcomes.shop == shop
            shift[rows] += z[rows] @ self.own[shop].T
        return np.asarray(outcomes.rules + shift, np.float64)

    def probabilities(self, outcomes: Outcomes) -> Floats:
        """(N, K) P(department); rows sum to 1."""
        return _softmax(self.logits(outcomes) / self.temperature)

    def known_to(self, outcomes: Outcomes) -> Correction:
        """The same with nothing added for those shops and cameras of the outcomes that it has not seen."""
        shops, cameras = int(outcomes.shop.max(initial=0)) + 1, int(outcomes.camera.max(initial=0)) + 1
        return replace(self, own=_longer(self.own, shops), cameras=_longer(self.cameras, cameras))

    def at_temperature(self, temperature: float) -> Correction:
        """The same, as sure as this."""
        return replace(self, temperature=temperature)


def learn(outcomes: Outcomes, lean: float) -> Correction:
    """Choose the prior by time-ordered cross-validation, fit, and calibrate the temperature on what was foreseen.

    Raises:
        ValueError: there is no outcome.
    """
    if not len(outcomes):
        raise ValueError("there is nothing to learn from")
    edges = np.linspace(0, len(outcomes), _FOLDS + 1).astype(int)
    if edges[1] == 0:
        return fit(outcomes, STRENGTHS[0], lean)
    foreseen = {strength: _foreseen(outcomes, edges, strength, lean) for strength in STRENGTHS}
    judged = outcomes.take(np.arange(edges[1], len(outcomes)))
    # Few outcomes cannot tell which is best: then it is the usual one.
    losses = {
        strength: float(-log_likelihood(_softmax(logits), judged, lean).sum())
        + np.log(strength / _USUAL) ** 2 / (2 * _UNUSUAL**2)
        for strength, logits in foreseen.items()
    }
    strength = min(losses, key=lambda one: losses[one])
    fitted = fit(outcomes, strength, lean)
    return fitted.at_temperature(_calibrated(foreseen[strength], judged, lean))


def fit(outcomes: Outcomes, strength: float, lean: float) -> Correction:
    """The most probable weights under a prior of this strength; the temperature is 1."""
    model = _Posterior(outcomes, strength, lean)
    found = minimize(model, np.zeros(model.size), jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS})
    chain, own, cameras = model.parts(found.x)
    return Correction(model.mean, model.scale, chain, own, cameras, 1.0, strength, lean)


def log_likelihood(p: Floats, outcomes: Outcomes, lean: float) -> Floats:
    """(N,) log P(answer), which knows that some answers are only what stood first."""
    rows = np.arange(len(outcomes))
    told = (1 - lean) * p[rows, outcomes.wanted] + lean * (outcomes.wanted == outcomes.first)
    return np.asarray(np.log(np.maximum(told, 1e-12)), np.float64)


class _Posterior:
    """Minus the logarithm of the posterior, per outcome, and its gradient, of all weights in one vector."""

    def __init__(self, outcomes: Outcomes, strength: float, lean: float) -> None:
        self.mean = outcomes.x.mean(axis=0)
        self.scale = np.maximum(outcomes.x.std(axis=0), _LEAST_SPREAD)
        self._z = _standardised(outcomes.x, self.mean, self.scale)
        self._outcomes, self._strength, self._lean = outcomes, strength, lean
        departments, width = outcomes.rules.shape[1], self._z.shape[1]
        shops, cameras = int(outcomes.shop.max()) + 1, int(outcomes.camera.max()) + 1
        self._shops = [np.flatnonzero(outcomes.shop == shop) for shop in range(shops)] if shops > 1 else []
        self._shapes = ((departments, width), (shops, departments, width), (cameras, departments))
        self._ends = np.cumsum([int(np.prod(shape)) for shape in self._shapes])
        self.size = int(self._ends[-1])

    def parts(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """The weights of the chain, of each shop, and of each camera."""
        chain, own, cameras = (
            part.reshape(shape) for part, shape in zip(np.split(weights, self._ends[:-1]), self._shapes, strict=True)
        )
        return chain, own, cameras

    def __call__(self, weights: Floats) -> tuple[float, Floats]:
        chain, own, cameras = self.parts(weights)
        logits = self._outcomes.rules + self._z @ chain.T + cameras[self._outcomes.camera]
        for shop, rows in enumerate(self._shops):
            logits[rows] += self._z[rows] @ own[shop].T
        loss, slope = self._data(logits)
        spread = np.append(np.full(self._z.shape[1] - 1, self._strength), self._strength * _CONSTANT)
        spreads = (spread, spread * _OWN, np.array(self._strength * _OWN))
        gradients = (slope.T @ self._z, np.zeros_like(own), np.zeros_like(cameras))
        for shop, rows in enumerate(self._shops):
            gradients[1][shop] = slope[rows].T @ self._z[rows]
        np.add.at(gradients[2], self._outcomes.camera, slope)
        for part, gradient, sd in zip((chain, own, cameras), gradients, spreads, strict=True):
            loss += float((part**2 / (2 * sd**2)).sum())
            gradient += part / sd**2
        count = len(self._outcomes)
        return loss / count, np.concatenate([gradient.ravel() for gradient in gradients]) / count

    def _data(self, logits: Floats) -> tuple[float, Floats]:
        """Minus the log-likelihood, and its slope in the logits (N, K)."""
        p = _softmax(logits)
        loss = -float(log_likelihood(p, self._outcomes, self._lean).sum())
        rows, wanted = np.arange(len(p)), self._outcomes.wanted
        meant = (1 - self._lean) * p[rows, wanted]
        # How surely each answer was meant, and not only what stood first.
        sure = meant / np.maximum(meant + self._lean * (wanted == self._outcomes.first), 1e-300)
        slope = p.copy()
        slope[rows, wanted] -= 1
        return loss, slope * sure[:, None]


def _foreseen(outcomes: Outcomes, edges: Integers, strength: float, lean: float) -> Floats:
    """Logits of every fold but the first, each by a model of those before it."""
    logits = []
    for start, end in pairwise(edges[1:]):
        model = fit(outcomes.take(np.arange(start)), strength, lean)
        later = outcomes.take(np.arange(start, end))
        logits.append(model.known_to(later).logits(later))
    return np.concatenate(logits)


def _calibrated(logits: Floats, outcomes: Outcomes, lean: float) -> float:
    """The temperature that makes probabilities mean what they say, drawn to 1."""

    def loss(log_temperature: float) -> float:
        told = log_likelihood(_softmax(logits / np.exp(log_temperature)), outcomes, lean)
        return float(-told.sum() + log_temperature**2 / (2 * _TEMPERATURE**2))

    return float(np.exp(minimize_scalar(loss, bounds=(-_WIDEST, _WIDEST), method="bounded").x))


def _standardised(x: Floats, mean: Floats, scale: Floats) -> Floats:
    """With the constant as the last column."""
    return np.column_stack([(x - mean) / scale, np.ones(len(x))])


def _softmax(logits: Floats) -> Floats:
    return np.asarray(np.exp(logits - logsumexp(logits, axis=1, keepdims=True)), np.float64)


def _longer(values: Floats, count: int) -> Floats:
    """At least so many of them, the new ones zero."""
    missing = max(0, count - len(values))
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]))])
