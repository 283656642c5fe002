"""Repeatable random numbers that depend only on a key and a purpose.

A key is an integer from 1 to 2**31 - 2. The key of a page comes from the key of its session, that from the person's
and the day's, and so on up to the seed, by multiplication modulo a prime. So what happens on a day does not depend on
which other days are made, in which order, or by how many threads; random() could promise none of that. md5 makes the
first keys, because its result will not change with the engine's version as hash() may.
"""

import hashlib

PRIME = 2**31 - 1


def constant(purpose: str) -> int:
    """The key that a text stands for."""
    return int.from_bytes(hashlib.md5(purpose.encode(), usedforsecurity=False).digest()[:8]) % (PRIME - 1) + 1


def first_key(text: str) -> str:
    """SQL of the key of a text (SQL), such as a person's name in the scenario of a seed."""
    # as md5_number_lower has it, at a quarter of the cost
    return f"((md5_number({text}) >> 64)::UBIGINT % {PRIME - 1} + 1)::BIGINT"


def draw(key: str, purpose: str) -> str:
    """SQL of a number in (0, 1). Draws of one key with different purposes are independent for all that matters here."""
    return f"({key} * {constant(purpose)} % {PRIME} / {PRIME}.0)"


def pick(key: str, purpose: str, size: int) -> str:
    """SQL of an integer from 0 to `size` - 1."""
    return f"CAST(floor({draw(key, purpose)} * {size}) AS INTEGER)"


def child(key: str, kind: str, index: str, size: int) -> str:
    """SQL of the key of child number `index` (SQL, 0 to `size` - 1) of `key`."""
    salts = ", ".join(str(constant(f"{kind} {number}")) for number in range(size))
    return f"({key} * ([{salts}]::BIGINT[])[{index} + 1] % {PRIME})"


def uuid(*parts: str) -> str:
    """SQL of a UUID, as text, that stands for these parts (SQL expressions that are never null)."""
    return f"md5(concat_ws('|', {', '.join(parts)}))::UUID::VARCHAR"
