"""Which letters are alike without regard to case: as CaseFolding.txt of Unicode says, one code point for another."""

import sys

import pytest
from tests import reference

from snowplow_signals.dialects.folding import folded, others_of

LETTERS = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


@pytest.mark.parametrize(
    "alike",
    ["Kk\u212a", "Ssſ", "Ååå\u212b", "ΣσςςΣ", "ẞß", "Μμµ", "Ωω\u2126", "ΘθϑϴΘ", "ǄǅǆǄ", "ᾈᾀ", "\U00010400\U00010428"],
)
def test_letters_that_are_alike(alike: str) -> None:
    [form] = set(map(folded, alike))
    assert {form, *others_of(form)} == set(alike)


@pytest.mark.parametrize("apart", ["iİ", "iı", "IİI"[1:], "ﬅﬆ", "ŉn", "eé", "ÅA"])
def test_letters_that_are_not(apart: str) -> None:
    assert folded(apart[0]) != folded(apart[1])


def test_one_code_point_is_one_and_folding_again_changes_nothing() -> None:
    text = "".join(LETTERS)
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)
    assert folded(text) == reference.folded(text)


def test_no_letter_is_left_out() -> None:
    """Above what is searched, none has another case."""
    found = others_of(folded("".join(LETTERS)))
    assert found == {one: folded(one) for one in LETTERS if folded(one) != one}
    assert len(found) > 1300
