"""Structs that stand for elements: one reader and one writer for all of them.

A struct's fields are its element's content, in the order of the schema. A field's name is the element's in lower
case (``dsp_schedule_id`` is DSPScheduleID) and its type says how the text is read: the identifiers of
``schemas.vocabulary``, enumerations, numbers, ``datetime``, ``Day``, ``time``, octets (base64), another struct.
``X | None`` may be left out, ``tuple[X, ...]`` repeats, a union of structs is a choice among their elements.
``Annotated`` says what those words do not: ``At``, ``Attribute``, ``Mark``.

Documents are of a schema when they get here, so what they hold is not checked again. What a valid document may say
and no value of ours can hold is ``Unheld``, for whoever knows the document to make a refusal of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum, StrEnum
from functools import cache, reduce
from itertools import groupby
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from schemas.request import Part
from schemas.value_texts import HEXADECIMAL, Form, form_of, with_commas
from schemas.vocabulary import DeviceId


class Element(msgspec.Struct, frozen=True, tag=True, omit_defaults=True, gc=False):
    """One element; its tag in records, and its name where it stands for itself, is the class's."""


E = TypeVar("E", bound=Element)


class At(msgspec.Struct, frozen=True):
    """Where the value stands, from the struct's element: ``UPRN``, ``PropertyFilter/PostCode``.

    A choice stands inside of what is named, by its own name. Fields with the same element around them are next to
    each other.
    """

    path: str


class Attribute(msgspec.Struct, frozen=True):
    """The value is an attribute."""

    name: str


class Numbered(msgspec.Struct, frozen=True):
    """Whole numbers that are part of the names of empty elements: ``Channel0``, ``Channel26``."""

    prefix: str


_MOST_NUMBERS: Final = 62
"""Of elements whose names are numbered: the channels of the lower band."""


class Mark(Enum):
    """What else an annotation says."""

    TEXT = "the text of the struct's own element"
    NAME = "the name of the struct's own element, in a choice"
    HEXADECIMAL = "octets in hexadecimal"
    COMMAS = "several values in one text, with commas between"
    EMPTY = "an element that says all by being there"
    VERBATIM = "octets of an element that stands there as it came"


Hexadecimal = Annotated[bytes, Mark.HEXADECIMAL]
DeviceList = Annotated[tuple[DeviceId, ...], Mark.COMMAS]
Presence = Annotated[bool, Mark.EMPTY]


class Unheld(Exception):
    """A value that a schema allows and no value of ours can hold: where, names from the struct's element, and why."""

    def __init__(self, path: tuple[str, ...], finding: str) -> None:
        super().__init__(finding)
        self.path = path


# ---- what a struct says, worked out once

_WORDS: Final = {
    word.lower(): word
    for word in (
        *("ACB", "AD", "ALCSHCALCS", "CH", "CHF", "CPL", "CPV", "CRA", "CSP", "DCC", "DSP", "DUIS", "ESME", "GBCS"),
        *("CHTS", "GIS", "GPF", "GSME", "HAN", "ID", "KA", "MPAN", "MPRN", "MPxN", "MPxNs", "PPMID", "S1SP", "SMETS"),
        *("SMI", "UPRN", "UTRN", "WAN", "ECoS", "GHz"),
    )
}


def element_name(field: str) -> str:
    """``comms_hub_device_id`` as CommsHubDeviceID."""
    return "".join(_WORDS.get(word, word.capitalize()) for word in field.split("_"))


class _Content(msgspec.Struct, frozen=True):
    """What stands in one element, to a value and back."""

    read: Callable[[Part], Any]
    write: Callable[[Any], Part]
    names: frozenset[str]
    """Of the elements that it may be."""


class _Field(msgspec.Struct, frozen=True):
    name: str
    around: tuple[str, ...]
    """Names of the elements between the struct's own and the content's."""
    content: _Content
    repeats: bool
    absent: Any
    """The value that leaves it out."""

    def takes(self, part: Part) -> bool:
        return part.name in self.content.names


class _Shape(msgspec.Struct, frozen=True):
    struct: type[Element]
    fields: tuple[_Field, ...]
    attributes: tuple[tuple[str, str, Form], ...]
    """Field, attribute, form."""
    text: tuple[str, Form] | None
    named: tuple[str, type[StrEnum]] | None
    required: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.struct.__name__} if self.named is None else map(str, self.named[1]))


@cache
def _shape(struct: type[Element]) -> _Shape:
    fields, attributes = [], []
    text, named = None, None
    for name, hint in get_type_hints(struct, include_extras=True).items():
        kind, notes, repeats = _read_hint(hint)
        attribute = next((note.name for note in notes if isinstance(note, Attribute)), None)
        if attribute is not None:
            attributes.append((name, attribute, form_of(kind)))
        elif Mark.TEXT in notes:
            text = name, _form(kind, notes)
        elif Mark.NAME in notes:
            named = name, kind
        else:
            fields.append(_field(name, kind, notes, repeats))
    required = frozenset(field.name for field in msgspec.structs.fields(struct) if field.required)
    return _Shape(struct, tuple(fields), tuple(attributes), text, named, required)


def _read_hint(hint: Any) -> tuple[Any, list[Any], bool]:
    """The type of one value, what annotations add, and whether there may be several."""
    notes: list[Any] = []
    repeats = False
    while True:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            hint, *more = arguments
            notes += more
        elif origin in {Union, UnionType} and NoneType in arguments:
            hint = reduce(or_, [one for one in arguments if one is not NoneType])
        elif origin is tuple:
            hint, repeats = arguments[0], Mark.COMMAS not in notes
        else:
            return hint, notes, repeats


def _field(name: str, kind: Any, notes: Sequence[Any], repeats: bool) -> _Field:
    path = next((tuple(note.path.split("/")) for note in notes if isinstance(note, At)), None)
    absent = False if Mark.EMPTY in notes else () if repeats or Mark.COMMAS in notes else None
    alternatives = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    structs = [one for one in alternatives if isinstance(one, type) and issubclass(one, Element)]
    numbered = next((note for note in notes if isinstance(note, Numbered)), None)
    if numbered is not None:
        return _Field(name, path or (), _numbered(numbered.prefix), repeats, absent)
    if len(structs) > 1 or any(_shape(struct).named for struct in structs):
        return _Field(name, path or (), _choice(structs), repeats, absent)
    if Mark.VERBATIM in notes:
        return _Field(name, path or (), _VERBATIM, repeats, absent)
    *around, last = path or (element_name(name),)
    content = _struct(last, structs[0]) if structs else _simple(last, _form(kind, notes), notes)
    return _Field(name, tuple(around), content, repeats, absent)


def _form(kind: Any, notes: Iterable[Any]) -> Form:
    form = HEXADECIMAL if Mark.HEXADECIMAL in notes else form_of(kind)
    return with_commas(form) if Mark.COMMAS in notes else form


def _simple(name: str, form: Form, notes: Iterable[Any]) -> _Content:
    if Mark.EMPTY in notes:
        return _Content(lambda part: True, lambda value: Part(name), frozenset({name}))
    read, write = form.read, form.write
    return _Content(lambda part: read(part.text), lambda value: Part(name, write(value)), frozenset({name}))


_VERBATIM: Final = _Content(lambda part: part.text.encode(), lambda value: Part("", value.decode()), frozenset({""}))


def _numbered(prefix: str) -> _Content:
    names = frozenset(f"{prefix}{number}" for number in range(_MOST_NUMBERS))
    return _Content(lambda part: int(part.name[len(prefix) :]), lambda value: Part(f"{prefix}{value}"), names)


def _struct(name: str, struct: type[Element]) -> _Content:
    return _Content(lambda part: read(struct, part), lambda value: to_part(value, name), frozenset({name}))


def _choice(structs: Sequence[type[Element]]) -> _Content:
    of = {name: struct for struct in structs for name in _shape(struct).names}
    return _Content(lambda part: read(of[part.name], part), to_part, frozenset(of))


# ---- values of elements


def read(struct: type[E], part: Part) -> E:
    """The element as a value. Raises Unheld."""
    shape = _shape(struct)
    found: dict[str, Any] = {}
    for field in shape.fields:
        inside = part.parts
        for name in field.around:
            inside = next((one.parts for one in inside if one.name == name), ())
        values = [_held(field.content.read, one, *field.around, one.name) for one in inside if field.takes(one)]
        if field.repeats:
            found[field.name] = tuple(values)
        elif len(values) > 1:
            raise Unheld(field.around, f"expected one {' or '.join(sorted(field.content.names))}, found {len(values)}")
        elif values:
            found[field.name] = values[0]
    given = dict(part.attributes)
    for field_name, attribute, form in shape.attributes:
        if attribute in given:
            found[field_name] = _held(form.read, given[attribute], f"@{attribute}")
    if shape.text is not None:
        found[shape.text[0]] = _held(shape.text[1].read, part.text)
    if shape.named is not None:
        found[shape.named[0]] = shape.named[1](part.name)
    if missing := shape.required - found.keys():
        names = [" or ".join(sorted(field.content.names)) for field in shape.fields if field.name in missing]
        raise Unheld((), f"expected {', '.join(names)}")
    return struct(**found)


def _held(reader: Callable[[Any], Any], what: Any, *path: str) -> Any:
    try:
        return reader(what)
    except Unheld as fault:
        raise Unheld((*path, *fault.path), str(fault)) from None
    except ValueError as fault:
        raise Unheld(path, str(fault)) from None


# ---- elements of values


def to_part(value: Element, name: str | None = None) -> Part:
    """The value as an element of that name, or of its own."""
    shape = _shape(type(value))
    if name is None:
        name = type(value).__name__ if shape.named is None else str(getattr(value, shape.named[0]))
    text = "" if shape.text is None else shape.text[1].write(getattr(value, shape.text[0]))
    attributes = [(a, form.write(v)) for f, a, form in shape.attributes if (v := getattr(value, f)) is not None]
    return Part(name, text, tuple(attributes), content_of(value))


def content_of(value: Element) -> tuple[Part, ...]:
    """What stands inside the value's element."""
    placed: list[_Placed] = []
    for field in _shape(type(value)).fields:
        found = getattr(value, field.name)
        if found != field.absent:
            write, around = field.content.write, field.around
            placed += [(around, write(one)) for one in (found if field.repeats else (found,))]
    return _nested(placed)


_Placed = tuple[tuple[str, ...], Part]
"""Names of the elements around it, and the element."""


def _nested(placed: Sequence[_Placed]) -> tuple[Part, ...]:
    """Neighbours with the same element around them share it."""
    if not any(around for around, _ in placed):
        return tuple([part for _, part in placed])
    found: list[Part] = []
    for name, group in groupby(placed, lambda one: one[0][:1]):
        inside = _nested([(around[1:], part) for around, part in group])
        found += [Part(name[0], "", (), inside)] if name else inside
    return tuple(found)
