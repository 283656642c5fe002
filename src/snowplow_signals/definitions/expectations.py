"""What is expected of an attribute's values, checked after each run."""

import math
import sys
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from snowplow_signals.definitions.base import Definition, concerning, refused


def _number(
    what: str, least: float = -math.inf, most: float = math.inf, rule: str = "a finite number"
) -> BeforeValidator:
    def check(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
        if not is_number or not least <= value <= most:
            raise refused(f"{what} {value!r} must be {rule}")
        return float(value)

    return BeforeValidator(check)


Rate = Annotated[float, _number("max_null_rate", 0, 1, "a share of the entities, from 0 to 1")]
Least = Annotated[float, _number("min")]
Most = Annotated[float, _number("max")]
Distance = Annotated[float, _number("max_psi", 0, rule="0 or more")]
Change = Annotated[float, _number("max_change", 0, rule="0 or more")]


class Expect(Definition):
    """What the values of an attribute have to be in each publication. What is left out is not checked.

    - `max_null_rate`: the share of the entities that may have no value, from 0 to 1.
    - `min`, `max`: bounds of the values: of numbers themselves, of times of their age in whole days, of lists, maps and
      bytes of their size. Texts and booleans have none.
    - `max_psi`: how far the distribution may be from that of the baseline, as a population stability index.
    - `max_change`: by which share the mean may differ from that of the publication before; of texts and booleans, by
      how much the share of any frequent value may.

    An expectation is no part of what is computed: changing it reads no event and no state.
    """

    noun: ClassVar[str] = "expectation"

    max_null_rate: Rate | None = None
    min: Least | None = None
    max: Most | None = None
    max_psi: Distance | None = None
    max_change: Change | None = None

    @concerning("min", "max")
    def _order(self) -> Iterator[str]:
        if self.min is not None and self.max is not None and self.min > self.max:
            yield f"min {self.min:g} is above max {self.max:g}"

    @concerning("max_null_rate", "min", "max", "max_psi", "max_change")
    def _something(self) -> Iterator[str]:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            yield "expects nothing: give max_null_rate, min, max, max_psi or max_change, or leave expect out"
