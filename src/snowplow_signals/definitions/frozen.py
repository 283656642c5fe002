"""An immutable dictionary for definitions, which are values."""

from typing import Any, NoReturn


class FrozenDict(dict[str, Any]):
    """A dictionary that cannot change, so that the definition that holds it can be hashed."""

    def __hash__(self) -> int:  # type: ignore[override]  # dict has None there
        return hash(frozenset(self.items()))

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a definition cannot be changed")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __reduce__(self) -> tuple[type["FrozenDict"], tuple[dict[str, Any]]]:
        return FrozenDict, (dict(self),)
