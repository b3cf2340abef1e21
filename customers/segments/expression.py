"""The conditions that define segments, such as `churn >= 0.7 and profit >= median`, read into a small tree.

    condition  = all {"or" all}
    all        = one {"and" one}
    one        = "not" one | "(" condition ")" | column compared
    compared   = (">=" | "<=" | ">" | "<" | "==" | "!=") value | ["not"] "in" "(" value {"," value} ")"
    value      = number | "text" | median | p1 … p99 | another column

Nothing is run: a name is a column or a quantile, or it is refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from customers.segments.columns import COLUMNS, Column
from customers.segments.tokens import ExpressionError, Token, tokens

Operator = Literal[">=", "<=", ">", "<", "==", "!="]

_OPERATORS = (">=", "<=", ">", "<", "==", "!=")
_WORDS = ("and", "or", "not", "in")
_LARGEST = 1e15
_DEEPEST = 30  # parentheses and nots within each other


@dataclass(frozen=True)
class Quantile:
    """The value below which this share of all customers lies: `median` is 0.5, `p75` is 0.75."""

    share: float


@dataclass(frozen=True)
class Other:
    """Another column of the same customer."""

    column: str


Value = float | str | Quantile | Other


@dataclass(frozen=True)
class Compared:
    """A column held against a value."""

    column: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class OneOf:
    """A column that has one of some values."""

    column: str
    values: tuple[float | str, ...]


@dataclass(frozen=True)
class Not:
    """What a condition leaves out."""

    part: Condition


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """At least one part holds."""

    parts: tuple[Condition, ...]


Condition = Compared | OneOf | Not | All | Either


def parse(source: str, columns: Mapping[str, Column] = COLUMNS) -> Condition:
    """A condition as a tree.

    Raises:
        ExpressionError: it cannot be read, names an unknown column, or compares what cannot be compared.
    """
    reader = _Reader(source, columns, iter(tokens(source)))
    return reader.whole()


def named(condition: Condition) -> frozenset[str]:
    """The columns that a condition looks at."""
    match condition:
        case Compared(column, _, Other(other)):
            return frozenset({column, other})
        case Compared(column=column) | OneOf(column=column):
            return frozenset({column})
        case Not(part):
            return named(part)
        case All(parts) | Either(parts):
            return frozenset().union(*(named(part) for part in parts))


@dataclass
class _Reader:
    """Reads a condition from left to right, one token ahead."""

    source: str
    columns: Mapping[str, Column]
    rest: Iterator[Token]
    depth: int = 0
    token: Token = field(init=False)

    def __post_init__(self) -> None:
        self.token = next(self.rest)

    def whole(self) -> Condition:
        """All of it."""
        if not self.source.strip():
            raise self._refused("the condition is empty; write one such as churn >= 0.7")
        condition = self._either()
        if self.token.text == ",":
            raise self._refused("a comma has no meaning here; decimals have a point: 0.7")
        if self.token.kind != "end":
            raise self._refused(f"{self.token.text!r} is too much here; join conditions with and, or")
        return condition

    def _either(self) -> Condition:
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._takes("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Condition:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._refused(f"more than {_DEEPEST} parentheses and nots within each other; make it simpler")
        try:
            if self._takes("not"):
                return Not(self._one())
            if self._takes("("):
                condition = self._either()
                self._must(")", "the parenthesis is not closed")
                return condition
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Condition:
        name, column = self._subject()
        if self._takes("not"):
            self._must("in", "after a column, not goes with in: category not in (…)")
            return Not(self._listed(name, column))
        if self._takes("in"):
            return self._listed(name, column)
        if self.token.kind != "sign" or self.token.text not in _OPERATORS:
            raise self._refused(f"after {name}, one of {' '.join(_OPERATORS)} or in is missing")
        sign = self._next()
        if column.kind == "text" and sign.text not in ("==", "!="):
            raise ExpressionError(
                self.source, sign.position, f"{name} is a text, which has no order; use == or != or in"
            )
        return Compared(name, cast(Operator, sign.text), self._value(name, column))

    def _subject(self) -> tuple[str, Column]:
        """The column with which a comparison begins."""
        start = self.token
        if start.kind in ("number", "text"):
            raise self._refused("a comparison begins with a column, such as churn >= 0.7")
        if start.kind != "name" or start.text in _WORDS:
            raise self._refused("a column is missing here, such as churn or profit")
        if self._quantile(start) is not None and start.text not in self.columns:
            raise self._refused(f"{start.text} is a value; write it after a column: profit >= {start.text}")
        column = self._column(start)
        return self._next().text, column

    def _listed(self, name: str, column: Column) -> Condition:
        self._must("(", "the values after in stand in parentheses")
        values = [self._plain_value(name, column)]
        while self._takes(","):
            if self.token.text == ")":
                break
            values.append(self._plain_value(name, column))
        self._must(")", "the list of values is not closed; values are separated by commas")
        return OneOf(name, tuple(values))

    def _plain_value(self, name: str, column: Column) -> float | str:
        start = self.token
        value = self._value(name, column)
        if isinstance(value, Quantile | Other):
            raise ExpressionError(self.source, start.position, "a list after in holds plain numbers or texts only")
        return value

    def _value(self, name: str, column: Column) -> Value:
        start = self.token
        if start.text == "-" and start.kind == "sign":
            self._next()
            if self.token.kind != "number":
                raise self._refused("a number is missing after the minus")
            return -self._number(name, column)
        if start.kind == "number":
            return self._number(name, column)
        if start.kind == "text":
            return self._text(name, column)
        if start.kind == "name" and start.text not in _WORDS:
            return self._other(name, column)
        raise self._refused(f"a value to hold {name} against is missing here")

    def _number(self, name: str, column: Column) -> float:
        if column.kind == "text":
            raise self._refused(f"{name} is a text, and this is a number; put it in quotes")
        number = float(self.token.text)
        if column.share and number > 1:
            raise self._refused(f"{name} runs from 0 to 1; 70 % is 0.7")
        if abs(number) > _LARGEST:
            raise self._refused("this number is too large")
        self._next()
        return number

    def _text(self, name: str, column: Column) -> str:
        word = self.token.text
        if column.kind == "number":
            raise self._refused(f"{name} is a number, and this is a text")
        if word not in column.words:
            near = difflib.get_close_matches(word, column.words, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"it is one of: {', '.join(column.words)}"
            raise self._refused(f"{name} is never {word!r}; {hint}")
        self._next()
        return column.words[word]

    def _other(self, name: str, column: Column) -> Quantile | Other:
        quantile = self._quantile(self.token)
        if quantile is not None and self.token.text not in self.columns:
            if column.kind == "text":
                raise self._refused(f"{name} is a text, which has no {self.token.text}")
            self._next()
            return quantile
        if column.kind == "text":
            raise self._refused(f'a text stands in quotes: {name} == "{self.token.text}"')
        other = self._column(self.token)
        if other.kind != column.kind:
            raise self._refused(f"{name} is a {column.kind}, and {self.token.text} is a {other.kind}")
        return Other(self._next().text)

    def _quantile(self, token: Token) -> Quantile | None:
        if token.text == "median":
            return Quantile(0.5)
        if digits := re.fullmatch(r"p(\d+)", token.text, re.ASCII):
            if not (1 <= int(digits[1]) <= 99 and digits[1][0] != "0"):
                raise self._refused("quantiles run from p1 to p99; median is p50")
            return Quantile(int(digits[1]) / 100)
        return None

    def _column(self, token: Token) -> Column:
        column = self.columns.get(token.text)
        if column is None:
            near = difflib.get_close_matches(token.text, self.columns, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(self.columns)}"
            raise self._refused(f"no column is called {token.text}; {hint}")
        return column

    def _takes(self, word: str) -> bool:
        if self.token.kind in ("name", "sign") and self.token.text == word:
            self._next()
            return True
        return False

    def _must(self, word: str, problem: str) -> None:
        if not self._takes(word):
            raise self._refused(f"{problem}; {word} is missing here")

    def _next(self) -> Token:
        taken = self.token
        if taken.kind != "end":
            self.token = next(self.rest)
        return taken

    def _refused(self, problem: str) -> ExpressionError:
        return ExpressionError(self.source, self.token.position, problem)
