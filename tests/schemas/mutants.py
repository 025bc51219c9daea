"""Mutations of documents: small damage of every kind that a schema has an opinion on.

``sweep`` tries everything at every place once; ``mutants`` adds what only chance finds (moves, two changes
at a time), ``of_each_kind`` the same number of every kind, all the same for the same seed on every machine.
What the verdict on a mutant should be is not known here: the tests compare two schema sets.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec
from lxml import etree

SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
XML = "{http://www.w3.org/XML/1998/namespace}"


class Change(StrEnum):
    """What was done to a document."""

    DELETED = "an element deleted"
    DOUBLED = "an element doubled"
    SWAPPED = "an element swapped with the one before"
    MOVED = "an element moved"
    RENAMED = "an element renamed"
    VALUE = "another value"
    EDITED = "a value edited"
    AT_A_LIMIT = "a value at a limit of its type"
    INSIDE_A_LIMIT = "a value inside a limit of its type"
    OUTSIDE_A_LIMIT = "a value outside a limit of its type"
    LISTED = "a value of an enumeration"
    NEARLY_LISTED = "a value near one of an enumeration"
    ATTRIBUTE = "an attribute"
    NAMESPACE = "a namespace"
    WHITE_SPACE = "white space"
    REMARK = "a comment"
    INSTRUCTION = "a processing instruction"
    OCTETS = "the document as octets"


VALUES = (
    *("", " ", "\n", "x", "0", "1", "-1", "+1", "01", "007", "8", "9", "10", "1.0", "true", "false", "TRUE"),
    *("3599", "3600", "3601", "65535", "65536", "999999999999", "1000000000000", "1000000000001", "4294967296"),
    *("18446744073709551615", "18446744073709551616", "١", "1" * 19, "1" * 20, "1" * 21, "1" * 13, "1" * 14),
    *(
        "a" * 5,
        "a" * 6,
        "a" * 7,
        "a" * 8,
        "a" * 9,
        "a" * 12,
        "a" * 20,
        "a" * 21,
        "a" * 30,
        "a" * 31,
        "é" * 30,
        "😀" * 30,
    ),
    *("A0-00-00-00-00-00-00-01", "a0-00-00-00-00-00-00-0f", "A0-00-00-00-00-00-00", "A000000000000001"),
    *("A0-00-00-00-00-00-00-01,A0-00-00-00-00-00-00-02", "A0-00-00-00-00-00-00-01,", "A0:00:00:00:00:00:00:01"),
    "A0-00-00-00-00-00-00-01:A0-00-00-00-00-00-00-02:18446744073709551615",
    "A0-00-00-00-00-00-00-01:A0-00-00-00-00-00-00-02:18446744073709551616",
    "A0-00-00-00-00-00-00-01:A0-00-00-00-00-00-00-02:00",
    "A0-00-00-00-00-00-00-01:A0-00-00-00-00-00-00-02",
    *("2030-01-15T09:00:00Z", "2030-01-15T24:00:00Z", "2030-01-15", "2030-02-30T00:00:00Z", "12030-01-15T09:00:00Z"),
    *("2030-01-15T09:00:00", "2030-01-15T09:00:00.123+01:00", "2030-01-15 09:00:00Z", "3000-12-31T00:00:00Z"),
    *("00" * 5, "00" * 6, "0g" * 8, "00" * 16, "00" * 17, "0" * 31, "00" * 31, "00" * 32, "00" * 33, "8F66", "8f66"),
    *("AA==", "AB==", "AAAA", "AAA", "A A A A", "AA=A", "!AAAA", "AAAA\r\n"),
    *("Add", "Remove", "add", "ESME", "IHD", "IHD2", "CAD", "Pending", "Active", "ADEF", "BG", "SMETS1", "Virtual"),
    *("1.1", "4.1", "4.1.1", "4.1.9", "6.20", "6.20.1", "8.2", "8.10", "11.4", "14.1", "I0", "I99", "E999", "E110106"),
    *("AD1", "N32", "N55", "N66", "N999", "5.1", "5.4", "5,4", "INF"),
)
ATTRIBUTES = (
    *("Id", "URI", "Algorithm", "Type", "MimeType", "Encoding", "schemaVersion", "version", "{urn:other}Id"),
    *(f"{XSI}type", f"{XSI}nil", f"{XSI}schemaLocation", f"{XML}space", f"{XML}lang", f"{XML}id"),
)
ATTRIBUTE_VALUES = ("", "a", "1", "5.4", "+5.40", " 5.4 ", "5.", "x y", "http://www.w3.org/", "#a", "%", "[")


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    """What was done, where."""
    change: Change
    """The first, where there are two."""
    document: bytes


def mutants(document: bytes, seed: int, count: int) -> Iterator[Mutant]:
    """``count`` mutants with one change, or now and then two."""
    chance = random.Random(seed)
    original = etree.fromstring(document)
    for _ in range(count):
        root = copy.deepcopy(original)
        change = chance.choice(_BY_CHANCE)
        done = [mutate(root, change, chance)]
        if chance.random() < 0.2:
            done.append(mutate(root, chance.choice(_BY_CHANCE), chance))
        yield Mutant(name="; ".join(done), change=change, document=etree.tostring(root))


def of_each_kind(document: bytes, seed: int, each: int) -> Iterator[Mutant]:
    """Up to ``each`` mutants of every kind of change that chance can make, one change at a time.

    Fewer where a change had nothing to change, such as the order of an only child.
    """
    chance = random.Random(seed)
    original = etree.fromstring(document)
    unchanged = etree.tostring(original)
    for change in OPERATIONS:
        for _ in range(each):
            root = copy.deepcopy(original)
            name = mutate(root, change, chance)
            mutant = etree.tostring(root)
            if mutant != unchanged:
                yield Mutant(name=name, change=change, document=mutant)


def sweep(document: bytes, done: set[str]) -> Iterator[Mutant]:
    """Everything once at every place not in ``done`` (a place is an element and its parent, by name)."""
    original = etree.fromstring(document)
    for number, place in enumerate(original.iter("*")):
        above = place.getparent()
        names = "/".join(etree.QName(e).localname for e in (above, place) if e is not None)
        if names in done:
            continue
        done.add(names)
        for change, what, apply in _everything(place):
            root = copy.deepcopy(original)
            apply(next(e for n, e in enumerate(root.iter("*")) if n == number))
            yield Mutant(name=f"{what} at {names}", change=change, document=etree.tostring(root))


def _everything(place: etree._Element) -> Iterator[tuple[Change, str, Callable[[etree._Element], object]]]:
    signature = etree.QName(place).namespace == SIGNATURE
    if place.getparent() is None or signature:
        for name in ATTRIBUTES:
            for text in ATTRIBUTE_VALUES:
                yield Change.ATTRIBUTE, f"{name}={text!r}", lambda e, n=name, t=text: e.set(n, t)
    for name in place.attrib:
        yield Change.ATTRIBUTE, f"without {name!r}", lambda e, n=name: e.attrib.pop(n)
    if place.find("*") is None:
        for text in (*VALUES, *_edits(place.text or "")):
            yield Change.VALUE, f"value {text!r}", lambda e, t=text: setattr(e, "text", t)
    else:
        yield Change.VALUE, "text inside", lambda e: setattr(e, "text", "x")
        yield Change.WHITE_SPACE, "no-break space inside", lambda e: setattr(e, "text", "\xa0")
    if place.getparent() is not None:
        yield Change.DELETED, "deleted", lambda e: _parent(e).remove(e)
        yield Change.DOUBLED, "twice", lambda e: e.addnext(copy.deepcopy(e))
        yield Change.DOUBLED, "eighteen times", lambda e: [e.addnext(copy.deepcopy(e)) for _ in range(17)]
        yield Change.NAMESPACE, "in no namespace", lambda e: setattr(e, "tag", etree.QName(e).localname)
        yield Change.RENAMED, "unknown", lambda e: setattr(e, "tag", f"{e.tag}X")
        yield Change.SWAPPED, "before the one before", lambda e: swap(e, e, random.Random(0))


def _edits(text: str) -> list[str]:
    """Small changes to the value that is there: case, white space, one character more or less."""
    return [text.lower(), text.upper(), text + " ", "\n" + text, "\t" + text, text[:-1], text[1:], text + "0", text * 2]


def mutate(root: etree._Element, change: Change, chance: random.Random) -> str:
    """Make one change somewhere below the root. Returns what was done, where."""
    elements = [e for e in root.iter("*") if e is not root]
    if not elements:
        return "nothing is left to change"
    place = chance.choice(elements)
    before = root.getroottree().getpath(place)
    return f"{change} {OPERATIONS[change](root, place, chance)} at {before}".replace("  ", " ")


def delete(_root: etree._Element, place: etree._Element, _chance: random.Random) -> str:
    _parent(place).remove(place)
    return ""


def double(_root: etree._Element, place: etree._Element, _chance: random.Random) -> str:
    place.addnext(copy.deepcopy(place))
    return ""


def swap(_root: etree._Element, place: etree._Element, _chance: random.Random) -> str:
    other = place.getprevious()
    if other is not None:
        place.addnext(other)
    return ""


def move(root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    inside = set(place.iter())
    goals = [e for e in root.iter("*") if e not in inside]
    goal = chance.choice(goals)
    goal.insert(chance.randint(0, len(goal)), place)
    return f"into {etree.QName(goal).localname}"


def rename(root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    place.tag = chance.choice([*(e.tag for e in root.iter("*")), place.tag + "X", etree.QName(place).localname])
    return f"to {place.tag}"


def value(_root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    leaf = _leaf(place, chance)
    leaf.text = chance.choice(VALUES)
    return f"of {etree.QName(leaf).localname} to {leaf.text!r}"


def edit(_root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    leaf = _leaf(place, chance)
    leaf.text = chance.choice(_edits(leaf.text or ""))
    return f"of {etree.QName(leaf).localname} to {leaf.text!r}"


def attribute(root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    target = chance.choice([root, place, *root.iter(f"{{{SIGNATURE}}}*")])
    if target.attrib and chance.random() < 0.5:
        name = chance.choice(sorted(map(str, target.attrib)))
        if chance.random() < 0.3:
            del target.attrib[name]
            return f"{name} gone from {etree.QName(target).localname}"
    else:
        name = chance.choice(ATTRIBUTES)
    target.set(name, chance.choice(ATTRIBUTE_VALUES))
    return f"{name}={target.get(name)!r} on {etree.QName(target).localname}"


def namespace(_root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    other = chance.choice(["urn:other", SIGNATURE[:-1], ""])
    place.tag = f"{{{other}}}{etree.QName(place).localname}"
    return f"to {place.tag}"


def spaces(_root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    if chance.random() < 0.5:
        place.tail = chance.choice(["\n  ", "\t", " ", "\r\n", "text", "\xa0", "0"])
        return f"{place.tail!r} after it"
    leaf = _leaf(place, chance)
    old, space = leaf.text or "", chance.choice(["\n", " ", "\t", "\r\n", "\xa0", "\u2003"])
    middle = len(old) // 2
    leaf.text = chance.choice([space + old, old + space, space * 3 + old + space, old[:middle] + space + old[middle:]])
    return f"in {etree.QName(leaf).localname}: {leaf.text!r}"


def remark(_root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    place.insert(chance.randint(0, len(place)), etree.Comment("remark"))
    return ""


def instruct(_root: etree._Element, place: etree._Element, chance: random.Random) -> str:
    place.insert(chance.randint(0, len(place)), etree.ProcessingInstruction("do", "it"))
    return ""


OPERATIONS: dict[Change, Callable[[etree._Element, etree._Element, random.Random], str]] = {
    Change.DELETED: delete,
    Change.DOUBLED: double,
    Change.SWAPPED: swap,
    Change.MOVED: move,
    Change.RENAMED: rename,
    Change.VALUE: value,
    Change.EDITED: edit,
    Change.ATTRIBUTE: attribute,
    Change.NAMESPACE: namespace,
    Change.WHITE_SPACE: spaces,
    Change.REMARK: remark,
    Change.INSTRUCTION: instruct,
}
_BY_CHANCE = (*OPERATIONS, Change.VALUE, Change.VALUE, Change.VALUE, Change.EDITED)


def _leaf(place: etree._Element, chance: random.Random) -> etree._Element:
    return chance.choice([e for e in place.iter("*") if e.find("*") is None])


def _parent(place: etree._Element) -> etree._Element:
    parent = place.getparent()
    assert parent is not None
    return parent
