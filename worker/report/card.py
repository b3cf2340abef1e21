"""One visitor's card: their looks, traits with distributions, and why this department."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np

from amiko.config import Config
from routing.rank import rank
from vision.age_check import ADULT
from worker.reading import GENERAL
from worker.report.charts import ages, hue
from worker.report.evidence import Decision, Shot
from worker.report.markup import Html, join, tag
from worker.report.words import Words


def card(decision: Decision, config: Config, thresholds: Mapping[str, float], words: Words) -> Html:
    """The card of one visitor.

    Args:
        config: as the clip was replayed with.
        thresholds: P(trait) from which attire is told as worn.
    """
    visit = decision.visit
    times = words(
        "In view {start}–{end} s, faces: {faces}",
        start=f"{visit.first_seen:.1f}", end=f"{visit.last_seen:.1f}", faces=visit.faces,
    )  # fmt: skip
    return tag(
        "article",
        tag(
            "header",
            tag("h3", tag("i", class_="chip"), words("Visitor #{number}", number=decision.number)),
            tag("p", *_verdict(decision, config, words), class_="verdict"),
            tag("p", times, class_="times"),
        ),
        _looks(decision, words),
        tag("p", tag("b", words("Decided at {at} s", at=f"{visit.decided:.1f}")), ": ", why(decision, config, words)),
        tag(
            "div",
            tag(
                "div",
                _age(decision, words),
                _gender(decision, config, words),
                _attire(decision, thresholds, words),
                class_="traits",
            ),
            Html() if visit.checkout else _departments(decision, config, words),
            class_="pair",
        ),
        class_=f"card {hue(decision.number)}", id=f"visitor-{decision.number}", data_visit=visit.id,
    )  # fmt: skip


def _verdict(decision: Decision, config: Config, words: Words) -> tuple[str, Html]:
    """What came of it, and how sure that is: the department, or at a till whether to ask for a document."""
    visit, department = decision.visit, decision.visit.reading.department
    if visit.checkout:
        said = words("Ask for ID" if visit.age_check else "No document needed")
        return said, tag(
            "span", words("under 18 with {p}", p=f"{decision.traits.age[:ADULT].sum():.0%}"), class_="share"
        )
    if department == GENERAL:
        return words("General"), Html()
    return _name(department, config, words), tag("span", f"{visit.reading.department_p:.0%}", class_="share")


def why(decision: Decision, config: Config, words: Words) -> str:
    """Why the decision was made at that moment, as the end of a sentence."""
    if decision.cause == "unseen":
        phrase = "too little was seen: none of {faces} faces was large, sharp and frontal"
        return words(phrase, faces=decision.visit.faces)
    if decision.cause == "time":
        phrase = "the time was up: {seconds} s after the first good face"
        return words(phrase, seconds=f"{config.worker.decide_within:g}")
    if decision.cause == "end":
        return words("the visitor left before enough good faces were seen")
    read = [shot.traits for shot in decision.shots if shot.good and shot.traits is not None]
    return words(
        "the good looks agree: ages within {years} years of each other, P(female) within {p}",
        years=f"{np.ptp([traits.age_mean for traits in read]):.0f}",
        p=f"{np.ptp([traits.p_female for traits in read]):.2f}",
    )


def _looks(decision: Decision, words: Words) -> Html:
    return tag("div", *(_look(shot, words) for shot in decision.shots), class_="looks", tabindex=0)


def _look(shot: Shot, words: Words) -> Html:
    quality = words("quality {quality}", quality=f"{shot.quality:.2f}")
    if shot.picture is None:
        picture = Html()
    else:
        data = base64.b64encode(shot.picture).decode("ascii")
        picture = tag("img", src=f"data:image/jpeg;base64,{data}", alt=quality)
    said = words("not read")
    if shot.traits is not None:
        said = f"{shot.traits.age_mean:.0f} · {words('P(female) {p}', p=f'{shot.traits.p_female:.2f}')}"
    caption = tag("figcaption", tag("span", quality, class_="quality"), tag("span", said))
    return tag("figure", picture, caption, class_="look" if shot.good else "look poor")


def _age(decision: Decision, words: Words) -> Html:
    reading = decision.visit.reading
    said = words(
        "{mean} years, 80 % between {low} and {high}",
        mean=f"{reading.age_mean:.0f}", low=reading.age_low, high=reading.age_high,
    )  # fmt: skip
    drawing = ages(decision.traits.age, reading.age_low, reading.age_high, reading.age_mean, words)
    return tag("section", tag("h4", words("Age"), tag("span", said)), drawing)


def _gender(decision: Decision, config: Config, words: Words) -> Html:
    reading, (low, high) = decision.visit.reading, config.vision.gender_unknown
    band = tag("i", class_="band", style=f"left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%")
    pin = tag("i", class_="pin", style=f"left:{100 * reading.p_female:.1f}%")
    ends = tag("div", tag("span", words("male")), tag("span", words("female")), class_="ends")
    said = f"{words(reading.gender)} · {words('P(female) {p}', p=f'{reading.p_female:.2f}')}"
    note = words("told as unknown between {low} and {high}", low=low, high=high)
    return tag(
        "section",
        tag("h4", words("Gender"), tag("span", said)),
        tag("div", band, pin, class_="meter"),
        ends,
        tag("p", note, class_="note"),
    )


def _attire(decision: Decision, thresholds: Mapping[str, float], words: Words) -> Html:
    reading = decision.visit.reading
    rows = []
    for trait, p in sorted(reading.attire_scores.items(), key=lambda pair: -pair[1]):
        mark = tag("i", class_="threshold", style=f"left:{100 * thresholds[trait]:.1f}%")
        kind = "row worn" if trait in reading.attire else "row"
        rows.append(_row(words(trait), p, join(_fill(p), mark), kind))
    note = tag("p", words("worn from the mark on; a dress is not told of a man"), class_="note")
    return tag("section", tag("h4", words("Attire")), *rows, note)


def _departments(decision: Decision, config: Config, words: Words) -> Html:
    departments, traits = config.routing.as_departments(), decision.traits
    ranking = rank(departments, traits.age, traits.p_female, traits.attire)
    priors = {department.key: department.prior for department in departments}
    rows = []
    for key, p in ranking.departments:
        factors = {"prior": priors[key], **ranking.factors[key]}
        reasons = [
            tag("span", words(f"{what} ×{{factor}}", factor=f"{factors[what]:.2f}"), class_=_direction(factors[what]))
            for what in factors
        ]
        kind = "row department worn" if key == decision.visit.reading.department else "row department"
        rows.append(_row(_name(key, config, words), p, _fill(p), kind, tag("div", *reasons, class_="reasons")))
    return tag("section", tag("h4", words("Department")), *rows)


def _row(name: str, p: float, bar: Html, kind: str, below: Html | None = None) -> Html:
    label, value = tag("span", name, class_="name"), tag("span", f"{p:.2f}", class_="value")
    return tag("div", label, tag("div", bar, class_="meter"), value, below or Html(), class_=kind)


def _fill(p: float) -> Html:
    return tag("i", class_="fill", style=f"width:{100 * p:.1f}%")


def _direction(factor: float) -> str:
    """Whether a factor speaks for a department, against it, or not at all."""
    return "for" if factor >= 1.05 else "against" if factor <= 0.95 else "even"


def _name(key: str, config: Config, words: Words) -> str:
    names = {department.key: department.names for department in config.routing.departments}
    return words("General") if key == GENERAL else names[key][config.store.language]
