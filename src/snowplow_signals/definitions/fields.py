"""Types of single fields that several definitions share, each with the message that it refuses with."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    StrictBool,
    StrictInt,
    TypeAdapter,
    ValidationError,
    validate_email,
)
from pydantic_core import PydanticCustomError

from snowplow_signals.definitions.base import refused
from snowplow_signals.definitions.frozen import FrozenDict
from snowplow_signals.definitions.names import name_problem
from snowplow_signals.errors import did_you_mean

MAX_DAYS = 36_500
"""A century: no duration is longer."""
LONGEST_LIST = 100
MAX_VERSION = 2**31 - 1
DAY = timedelta(days=1)
EVERY_ELEMENT = ("all", "any")
"""Instead of the place of an element: each of them, and at least one of them."""

_DURATION = TypeAdapter(timedelta)


def text_problem(text: str) -> str | None:
    """What keeps the text from being stored on every engine, or None."""
    if "\0" in text:
        return "holds the character NUL, which no engine can store"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half of a surrogate pair, which is not text"
    return None


def _check_text(text: str) -> str:
    problem = text_problem(text)
    if problem:
        raise refused(f"text {text!r} {problem}")
    return text


def _read_share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise refused(f"{value!r} is not a number from 0 to 1")
    return float(value)


Share = Annotated[float, BeforeValidator(_read_share)]
"""A number from 0 to 1."""


def _read_length(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_LIST:
        raise refused(f"{value!r} is not a whole number from 1 to {LONGEST_LIST}")
    return int(value)


Length = Annotated[int, BeforeValidator(_read_length)]
"""Of a list."""


def _checked(problem: Callable[[str], str | None]) -> AfterValidator:
    def check(text: str) -> str:
        message = problem(text)
        if message:
            raise refused(message)
        return text

    return AfterValidator(check)


def pattern(what: str, regex: str, description: str, longest: int = 128) -> AfterValidator:
    """Refuses text that does not match as a whole: `what` names the field, `description` says what it may hold."""
    compiled = re.compile(regex, re.ASCII)

    def problem(text: str) -> str | None:
        if not compiled.fullmatch(text):
            return f"{what} {text!r} must be {description}"
        return f"{what} {text!r} is longer than {longest} characters" if len(text) > longest else None

    return _checked(problem)


def show_duration(duration: timedelta) -> str:
    """The duration in its largest whole unit: `36 hours`."""
    for unit, length in (("day", DAY), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if not duration % length:
            count = duration // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{duration.total_seconds():g} seconds"


def read_duration(value: Any) -> timedelta:
    """A year is 365 days: that is how pydantic, and so public clients, write 365 days."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and re.match(r"[+-]?P", value):
        if re.search(r"P[^T]*M", value):
            raise refused(f"duration {value!r} has months, which have no fixed length; write it in days")
        try:
            return _DURATION.validate_python(value)
        except ValidationError:
            pass
    raise refused(
        f"{value!r} is not a duration; write a timedelta, such as timedelta(days=7), or ISO 8601, such as 'P7D'"
    )


def write_duration(duration: timedelta) -> str:
    """ISO 8601 in days and shorter units, which have a fixed length; pydantic would write years."""
    days, rest = divmod(duration, DAY)
    short = _DURATION.dump_python(rest, mode="json").removeprefix("P") if rest else ""
    return f"P{days}D{short}" if days or not short else f"P{short}"


def _check_positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        raise refused(f"{show_duration(duration)} is not a positive duration; use a timedelta above zero")
    if duration > timedelta(days=MAX_DAYS):
        raise refused(
            f"{show_duration(duration)} is longer than a century, {MAX_DAYS:,} days; leave it out for no bound"
        )
    return duration


def _check_owner(owner: str) -> str:
    problem = refused(f"owner {owner!r} is not an e-mail address; use one such as 'user@company.com'")
    if "<" in owner:  # pydantic takes `Name <user@company.com>` too
        raise problem
    try:
        validate_email(owner)
    except PydanticCustomError:
        raise problem from None
    if len(owner) > 255:
        raise refused("owner is longer than 255 characters")
    return owner


def _read_moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise refused(f"{value!r} is not a date and time; use a datetime, or ISO 8601 text") from None
    if not isinstance(value, datetime):
        raise refused(f"{value!r} is not a date and time; use a datetime, or ISO 8601 text")
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise refused(f"{value.isoformat()!r} is outside the years 1 to 9999 in UTC") from None


def _at_least(what: str, least: int) -> AfterValidator:
    def check(number: int) -> int:
        if not least <= number <= MAX_VERSION:
            raise refused(f"{what} {number} must be a whole number from {least} to {MAX_VERSION}")
        return number

    return AfterValidator(check)


def _read_index(value: Any) -> Any:
    if value is None:
        return 0
    if isinstance(value, str) and value in EVERY_ELEMENT:
        return value
    if isinstance(value, str) or not isinstance(value, int) or isinstance(value, bool):
        near = did_you_mean(str(value), EVERY_ELEMENT)
        raise refused(f"index {value!r} must be a whole number from 0, or 'all' or 'any'{near}")
    if not 0 <= value <= MAX_VERSION:
        raise refused(f"index {value} must be a whole number from 0 to {MAX_VERSION}")
    return value


def _none_is_empty(value: Any) -> Any:
    return () if value is None else value


Text = Annotated[str, AfterValidator(_check_text)]
Name = Annotated[str, _checked(name_problem)]
Version = Annotated[StrictInt, _at_least("version", 1)]
MajorVersion = Annotated[StrictInt, _at_least("major_version", 1)]
ElementIndex = Annotated[StrictInt | Literal["all", "any"], BeforeValidator(_read_index)]
"""Which element of a list: a number from 0, or one of the words that mean every element."""
Owner = Annotated[str, AfterValidator(_check_owner)]
Tags = Annotated[dict[str, Text], AfterValidator(FrozenDict), PlainSerializer(dict)]
"""The user's own labels of a definition, by name. They are kept and served, and have no effect."""
_AS_JSON = PlainSerializer(write_duration, return_type=str, when_used="json")
Duration = Annotated[timedelta, BeforeValidator(read_duration), AfterValidator(_check_positive), _AS_JSON]
Moment = Annotated[datetime, BeforeValidator(_read_moment)]
Flag = StrictBool
NoneIsEmpty = BeforeValidator(_none_is_empty)
