"""A published schema set walked as data: instances of its elements, and values around each limit of its simple types.

Understands what the published DUIS set is made of (sequence, choice, extension, restriction, attributes) and
raises on anything else, so that a construct it does not know cannot pass for a construct without a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"

LARGEST_REPEAT = 3
"""Times that a greedy instance repeats what may come more often."""

BUILTIN_LIMITS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "positiveInteger": (1, None),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
}
OTHER_SAMPLES = {
    "boolean": ("true", "1", "TRUE", "2"),
    "date": ("2026-11-21", "2024-02-29Z", "2026-02-29", "65535-04-29Z", "26-11-21", "2026-11-21T00:00:00Z"),
    "time": ("09:30:00.00Z", "24:00:00", "24:00:01", "09:30", "09:30:00+14:01"),
    "dateTime": ("2026-11-21T09:30:00.00Z", "3000-12-31T00:00:00Z", "2026-11-21", "2026-11-21T24:00:00"),
    "base64Binary": ("AAAA", "AA==", "AAA", "A A A A", "AB=="),
    "hexBinary": ("00", "0", "0g", "aF"),
    "string": ("text", "A0-00-00-00-00-00-00-01", "A0-00-00-00-00-00-00-01,b0-00-00-00-00-00-00-02", "0" * 20, "😀"),
    "token": (
        "A0-00-00-00-00-00-00-01",
        "A0-00-00-00-00-00-00-01:a0-00-00-00-00-00-00-02:18446744073709551615",
        "A0-00-00-00-00-00-00-01:A0-00-00-00-00-00-00-02:18446744073709551616",
    ),
    "anyURI": ("urn:a",),
    "decimal": ("5.4", "1"),
}
"""Of each built-in type without numbers to count from: the first is valid where no facet forbids it."""


class Simple(msgspec.Struct, frozen=True, kw_only=True):
    """A simple type with all that its ancestors add, down to the built-in one."""

    builtin: str
    facets: dict[str, str]
    values: tuple[str, ...]
    """Of its enumeration; empty when it has none."""

    @property
    def limits(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the greatest number allowed; ``None`` is no limit, or no number."""
        step = Decimal(10) ** -int(self.facets.get("fractionDigits", 0))
        least, most = (None if n is None else Decimal(n) for n in BUILTIN_LIMITS.get(self.builtin, (None, None)))
        for name, text in self.facets.items():
            match name:
                case "minInclusive":
                    least = Decimal(text)
                case "minExclusive":
                    least = Decimal(text) + step
                case "maxInclusive":
                    most = Decimal(text)
                case "maxExclusive":
                    most = Decimal(text) - step
                case "totalDigits":
                    most = min(Decimal(10) ** int(text) - 1, Decimal("Infinity") if most is None else most)
        return least, most

    def samples(self) -> Iterator[str]:
        """Values at, inside and outside of every limit, without saying which are valid."""
        for text in self.values:
            yield from (text, text.swapcase(), f" {text}", f"{text}x")
        yield from OTHER_SAMPLES.get(self.builtin, ())
        lengths = {int(self.facets[name]) for name in ("length", "minLength", "maxLength") if name in self.facets}
        for length in sorted({n for most in lengths for n in (most - 1, most, most + 1) if 0 <= n < 1000}):
            match self.builtin:
                case "hexBinary":
                    yield "0a" * length
                case "base64Binary":
                    yield "AAAA" * length
                case _:
                    yield from (letter * length for letter in ("a", "0", "é", "~", " "))
        if self.builtin in BUILTIN_LIMITS or self.builtin == "decimal":
            yield from self._numbers()

    def _numbers(self) -> Iterator[str]:
        step = Decimal(10) ** -int(self.facets.get("fractionDigits", 0))
        for limit in self.limits:
            for number in [] if limit is None else [limit - step, limit, limit + step, limit + step / 10, -limit]:
                text = f"{number:f}"
                yield from (text, f"+{text}", f"0{text}", f"{text}0", f"{text}.", f"{text}.0")
        yield from ("-0", "+0", "0", "00", "1", "01", "-1", "1.0", ".5", "1e1", "0x1", "1 1", "9" * 19, "9" * 25, "INF")

    def valid_sample(self) -> str:
        """The first sample that the facets allow, as far as this model knows. Raises ValueError if there is none."""
        if self.values:
            return self.values[0]
        least, most = self.limits
        if self.builtin in BUILTIN_LIMITS or self.builtin == "decimal":
            return f"{least if least is not None else most if most is not None else 1:f}"
        shortest, longest = int(self.facets.get("minLength", 0)), int(self.facets.get("maxLength", 10**9))
        for text in self.samples():
            if shortest <= self._length(text) <= longest and re.fullmatch(self.facets.get("pattern", ".*"), text):
                return text
        raise ValueError(f"no sample of {self} is valid")

    def _length(self, text: str) -> int:
        return len(text) // 2 if self.builtin == "hexBinary" else len(text)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One element of an instance and the declaration that it follows."""

    element: etree._Element
    declaration: etree._Element


class Published:
    """The global types of one published schema document. Raises ValueError on constructs it does not know."""

    def __init__(self, document: bytes) -> None:
        self._root = etree.fromstring(document)
        self._prefix = f"{{{self._root.get('targetNamespace')}}}"
        named = self._root.iterchildren(f"{XS}complexType", f"{XS}simpleType")
        self._types = {str(e.get("name")): e for e in named}

    def declarations(self, type_name: str, *path: str) -> list[etree._Element]:
        """The choice of elements inside ``path`` below a global type: ``("Request", "Body")`` gives the bodies."""
        (place,) = [self._types[type_name]]
        for name in path:
            (place,) = [e for e in place.iter(f"{XS}element") if e.get("name") == name]
        (choice,) = place.iterfind(f"{XS}complexType/{XS}choice")
        return list(choice.iterchildren(f"{XS}element"))

    def instance(self, declaration: etree._Element, branch: int, *, greedy: bool) -> list[Place]:
        """One element with all inside it, the element itself first.

        ``branch`` numbers the alternatives of all choices (``ways`` says how many there are); ``greedy`` takes
        everything optional and repeats up to LARGEST_REPEAT times.
        """
        places: list[Place] = []
        self._build(declaration, None, branch, places, greedy=greedy)
        return places

    def ways(self, particle: etree._Element) -> int:
        """How many branches are needed until each alternative of each choice was taken."""
        match etree.QName(particle).localname:
            case "element":
                inside = self._complex(particle)
                return max((self.ways(p) for p in self._particles(inside)), default=1) if inside is not None else 1
            case "sequence":
                return max((self.ways(p) for p in _parts(particle)), default=1)
            case "choice":
                return len(_parts(particle)) * max(self.ways(p) for p in _parts(particle))
            case other:
                raise ValueError(f"{other} is not known here")

    def children(self, declaration: etree._Element) -> Iterator[etree._Element]:
        """The declarations of the elements directly inside."""
        inside = self._complex(declaration)
        for particle in [] if inside is None else self._particles(inside):
            yield from _elements(particle)

    def simple(self, declaration: etree._Element) -> Simple | None:
        """The type of an element's or attribute's text; ``None`` if it has no text."""
        inside = self._complex(declaration)
        if inside is not None:
            extension = inside.find(f"{XS}simpleContent/{XS}extension")
            return None if extension is None else self._resolved(str(extension.get("base")))
        inline = declaration.find(f"{XS}simpleType")
        return self._resolved(str(declaration.get("type"))) if inline is None else self._restricted(inline)

    def attributes(self, declaration: etree._Element) -> list[etree._Element]:
        inside = self._complex(declaration)
        return [] if inside is None else list(self._attributes(inside))

    def _complex(self, declaration: etree._Element) -> etree._Element | None:
        named = (declaration.get("type") or "").removeprefix("sr:")
        found = self._types.get(named) if named else declaration.find(f"{XS}complexType")
        return found if found is not None and found.tag == f"{XS}complexType" else None

    def _extended(self, complex_type: etree._Element) -> etree._Element | None:
        return complex_type.find(f"{XS}complexContent/{XS}extension")

    def _particles(self, complex_type: etree._Element) -> Iterator[etree._Element]:
        extension = self._extended(complex_type)
        if extension is not None:
            yield from self._particles(self._types[str(extension.get("base")).removeprefix("sr:")])
        for part in complex_type if extension is None else extension:
            if part.tag in {f"{XS}sequence", f"{XS}choice"}:
                yield part
            elif part.tag not in {f"{XS}attribute", f"{XS}simpleContent", etree.Comment}:
                raise ValueError(f"{etree.QName(part).localname} is not known here")

    def _attributes(self, complex_type: etree._Element) -> Iterator[etree._Element]:
        extension = self._extended(complex_type)
        if extension is not None:
            yield from self._attributes(self._types[str(extension.get("base")).removeprefix("sr:")])
        yield from complex_type.iterfind(f"{XS}attribute")
        yield from complex_type.iterfind(f"*/{XS}extension/{XS}attribute")

    def _resolved(self, name: str) -> Simple:
        if name.startswith("xs:"):
            return Simple(builtin=name.removeprefix("xs:"), facets={}, values=())
        return self._restricted(self._types[name.removeprefix("sr:")])

    def _restricted(self, simple_type: etree._Element) -> Simple:
        (restriction,) = simple_type.iterchildren(f"{XS}restriction")
        base = self._resolved(str(restriction.get("base")))
        facets = {etree.QName(f).localname: str(f.get("value")) for f in restriction.iterchildren("*")}
        values = tuple(str(f.get("value")) for f in restriction.iterchildren(f"{XS}enumeration"))
        facets.pop("enumeration", None)
        return Simple(builtin=base.builtin, facets=base.facets | facets, values=values or base.values)

    def _build(
        self,
        declaration: etree._Element,
        parent: etree._Element | None,
        branch: int,
        places: list[Place],
        *,
        greedy: bool,
    ) -> None:
        tag = self._prefix + str(declaration.get("name"))
        prefixes = {"sr": self._prefix[1:-1]}
        element = etree.Element(tag, nsmap=prefixes) if parent is None else etree.SubElement(parent, tag)
        places.append(Place(element=element, declaration=declaration))
        simple = self.simple(declaration)
        if simple is not None:
            element.text = simple.valid_sample()
        for attribute in self.attributes(declaration):
            kind = self.simple(attribute)
            assert kind is not None
            element.set(str(attribute.get("name")), kind.valid_sample())
        inside = self._complex(declaration)
        for particle in [] if inside is None else self._particles(inside):
            self._fill(particle, element, branch, places, greedy=greedy)

    def _fill(
        self, particle: etree._Element, parent: etree._Element, branch: int, places: list[Place], *, greedy: bool
    ) -> None:
        least, most = occurrence(particle)
        for turn in range(max(least, min(most, LARGEST_REPEAT)) if greedy else least):
            match etree.QName(particle).localname:
                case "element":
                    self._build(particle, parent, branch + turn, places, greedy=greedy)
                case "sequence":
                    for part in _parts(particle):
                        self._fill(part, parent, branch, places, greedy=greedy)
                case _:
                    alternatives = _parts(particle)
                    chosen = alternatives[branch % len(alternatives)]
                    self._fill(chosen, parent, branch // len(alternatives), places, greedy=greedy)


def occurrence(particle: etree._Element) -> tuple[int, int]:
    """minOccurs and maxOccurs; unbounded is a million."""
    most = particle.get("maxOccurs", "1")
    return int(particle.get("minOccurs", "1")), 10**6 if most == "unbounded" else int(most)


def _parts(group: etree._Element) -> list[etree._Element]:
    return list(group.iterchildren("*"))


def _elements(particle: etree._Element) -> Iterator[etree._Element]:
    if particle.tag == f"{XS}element":
        yield particle
    else:
        for part in _parts(particle):
            yield from _elements(part)
