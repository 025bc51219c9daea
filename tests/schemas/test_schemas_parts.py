"""Elements at a path of names."""

from __future__ import annotations

import pytest

from schemas.parts import parts_at
from schemas.request import OtherBody, Part


def price(index: str, text: str) -> Part:
    return Part("Price", text, (("index", index),))


BODY = OtherBody(
    element="Tariff",
    parts=(
        Part("Prices", parts=(price("1", "a"), price("2", "b"))),
        Part("Row", parts=(Part("Number", "07"), Part("Value", "c"))),
        Part("Prices", parts=(price("1", "d"),)),
        Part("Row", parts=(Part("Number", "8"), Part("Value", "e"))),
    ),
)
PATHS = {
    "one name": ("Row", ["", ""]),
    "names one inside the other, in the document's order": ("Prices/Price", ["a", "b", "d"]),
    "the one that an attribute numbers": ("Prices/Price[index=1]", ["a", "d"]),
    "the one that an inner element numbers, however it is written": ("Row[Number=7]/Value", ["c"]),
    "no such number": ("Prices/Price[index=3]", []),
    "no such name": ("Prices/Cost", []),
    "not at the top": ("Price", []),
}


@pytest.mark.parametrize(("path", "texts"), PATHS.values(), ids=PATHS.keys())
def test_the_elements_at_a_path(path: str, texts: list[str]) -> None:
    assert texts == [part.text for part in parts_at(BODY, path)]


def test_a_path_starts_inside_a_part_too_and_in_nothing_else() -> None:
    assert ["07"] == [part.text for part in parts_at(BODY.parts[1], "Number")]
    assert [] == list(parts_at("Number", "Number"))
