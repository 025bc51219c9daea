"""Documents made from a schema set's own structure: every branch of every choice, with the least and the most.

``Structure`` walks schema documents and knows no DUIS; ``values_of`` in ``published_values`` makes the texts.
It reads what the published set uses (sequences, choices, extensions, wildcards, no groups) and raises on
anything else, so that nothing is left out unseen. Whether a document is valid is for the schema sets to say.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from lxml import etree
from published_values import SimpleType, sample

XS = "{http://www.w3.org/2001/XMLSchema}"
FOREIGN = "{urn:other}thing"
MOST_REPEATS = 3

Row = list[etree._Element]
"""Elements one after the other: one way to fill a particle."""


class Typed(NamedTuple):
    """A text or an attribute of a document, and the simple type it must have."""

    element: etree._Element
    attribute: str | None
    type: SimpleType


class Structure:
    """The declarations of a schema set.

    ``given`` are ready contents, by the name of a complex type: such a type is not walked. ``prefixes`` are
    namespaces by the prefix that they get (the same one everywhere, or faults lose their paths). ``leaves`` and
    ``most`` fill as instances are made: which simple types stand at a place, and how often an element may.
    """

    def __init__(
        self, schemas: Iterable[bytes], given: Mapping[str, etree._Element], prefixes: Mapping[str, str]
    ) -> None:
        self._simple: dict[etree._Element | str, SimpleType] = {}
        self._declared: dict[tuple[str, str], etree._Element] = {}
        self._given = given
        self._prefixes = dict(prefixes)
        self._within_wildcard = False
        self.leaves: dict[tuple[str, str], dict[SimpleType, None]] = {}
        self.most: dict[tuple[str, str], tuple[int, int | None]] = {}
        for schema in schemas:
            root = etree.fromstring(schema)
            for declaration in root.iterchildren(f"{XS}element", f"{XS}complexType", f"{XS}simpleType"):
                name = f"{{{root.get('targetNamespace')}}}{declaration.get('name')}"
                kind = "element" if declaration.tag == f"{XS}element" else "type"
                self._declared[kind, name] = declaration

    def elements(self, namespace: str) -> list[str]:
        """Names of the elements that a namespace declares at the top."""
        return [n for kind, n in self._declared if kind == "element" and etree.QName(n).namespace == namespace]

    def children(self, namespace: str, type_name: str) -> list[str]:
        """Names of the elements that a named type declares, at any depth of its particles."""
        declared = self._declared["type", f"{{{namespace}}}{type_name}"]
        return [str(e.get("name")) for e in declared.iter(f"{XS}element")]

    def declared(self, name: str) -> set[tuple[str, str]]:
        """Every element below a top element, with the one around it; what a wildcard lets in is left out."""
        found: set[tuple[str, str]] = set()
        waiting = [("", self._declared["element", name])]
        while waiting:
            above, declaration = waiting.pop()
            tag = f"{{{declaration.getroottree().getroot().get('targetNamespace')}}}{declaration.get('name')}"
            kind = self._kind(declaration)
            if (above, tag) not in found and isinstance(kind, etree._Element):
                waiting += [(tag, part) for part in self._declarations(kind) if part.tag == f"{XS}element"]
            found.add((above, tag))
        return found

    def instances(self, name: str, *, full: bool) -> Iterator[etree._Element]:
        """Instances of a top element: one for each branch of each choice, and for each option.

        With ``full``, all options are there, and up to three of what may repeat; else only what is asked for,
        and in each document one thing more.
        """
        for document in self._elements(self._declared["element", name], full, ""):
            for number, element in enumerate(document.iter("*")):
                if "Id" in element.attrib:
                    element.set("Id", f"id{number}")
            once = self._prefixes | {"o": str(etree.QName(FOREIGN).namespace)}
            etree.cleanup_namespaces(document, top_nsmap=once, keep_ns_prefixes=[*self._prefixes])
            yield document

    def typed(self, root: etree._Element) -> Iterator[Typed]:
        """Every text and attribute of a valid document with its simple type; what a wildcard lets in is left out."""
        yield from self._typed(root, self._declared["element", str(root.tag)])

    def _typed(self, element: etree._Element, declaration: etree._Element) -> Iterator[Typed]:
        kind = self._kind(declaration)
        if isinstance(kind, str) or kind.tag == f"{XS}simpleType":
            yield Typed(element, None, self.simple_type(kind))
            return
        declared: dict[str, etree._Element] = {}
        for part in self._declarations(kind):
            if part.tag == f"{XS}attribute":
                if part.get("name") in element.attrib:
                    yield Typed(element, str(part.get("name")), self.simple_type(self._named("type", part, "type")))
            elif part.tag == f"{XS}extension":
                yield Typed(element, None, self.simple_type(self._named("type", part, "base")))
            else:
                declared[f"{{{part.getroottree().getroot().get('targetNamespace')}}}{part.get('name')}"] = part
        for child in element.iterchildren("*"):
            if child.tag in declared:
                yield from self._typed(child, declared[str(child.tag)])

    def _declarations(self, particle: etree._Element) -> Iterator[etree._Element]:
        """Elements and attributes of a complex type, and the extension that its text has for a type."""
        for part in _parts(particle):
            match etree.QName(part).localname:
                case "element":
                    yield self._named("element", part, "ref") if part.get("ref") else part
                case "attribute":
                    yield part
                case "simpleContent":
                    yield from part.iterchildren(f"{XS}extension")
                    yield from self._declarations(part)
                case "extension" if particle.tag == f"{XS}complexContent":
                    yield from self._declarations(self._named("type", part, "base"))
                    yield from self._declarations(part)
                case "sequence" | "choice" | "complexContent" | "extension":
                    yield from self._declarations(part)

    def _rows(self, particle: etree._Element, full: bool, above: str) -> list[Row]:
        """The first row is the plain one; each other differs from it in one place."""
        low, high = _occurrence(particle)
        count = max(low, min(high or MOST_REPEATS, MOST_REPEATS)) if full else low
        if high == 0 or (count == 0 and self._within_wildcard):
            return [[]]
        match etree.QName(particle).localname:
            case "element":
                declaration = self._named("element", particle, "ref") if particle.get("ref") else particle
                self.most[above, str(declaration.get("name"))] = (low, high)
                one = [[e] for e in self._elements(declaration, full, above)]
            case "sequence":
                one = _one_at_a_time([self._rows(part, full, above) for part in _parts(particle)])
            case "choice":
                one = [row for part in _parts(particle) for row in self._rows(part, full, above)]
            case "any":
                one = self._anything(particle, full)
            case tag:
                raise AssertionError(f"{tag} is not read here")
        plain = one[0]
        return [row + plain * (count - 1) for row in one] if count else [[], *one]

    def _anything(self, wildcard: etree._Element, full: bool) -> list[Row]:
        """What a wildcard lets in: an unknown element, if it may be unknown, and what it must know.

        Of its own namespace every element, but not within another wildcard; of the others the simple ones.
        """
        unknown = [[etree.Element(FOREIGN)]] if wildcard.get("processContents") == "lax" else []
        own = str(wildcard.getroottree().getroot().get("targetNamespace"))
        names = [name for kind, name in self._declared if kind == "element"]
        others = [n for n in names if etree.QName(n).namespace != own and not self._is_complex(n)]
        alone = self._within_wildcard or wildcard.get("namespace") == "##other"
        known = others if alone else [*others, *self.elements(own)]
        self._within_wildcard, before = True, self._within_wildcard
        rows = [[e] for name in known for e in self._elements(self._declared["element", name], False, "")]
        self._within_wildcard = before
        return unknown + rows

    def _is_complex(self, name: str) -> bool:
        kind = self._kind(self._declared["element", name])
        return isinstance(kind, etree._Element) and kind.tag == f"{XS}complexType"

    def _elements(self, declaration: etree._Element, full: bool, above: str) -> list[etree._Element]:
        name = str(declaration.get("name"))
        namespace = declaration.getroottree().getroot().get("targetNamespace")
        empty = etree.Element(f"{{{namespace}}}{name}", nsmap=self._prefixes)
        given = self._given.get(str(declaration.get("type")).rpartition(":")[2])
        if given is not None:
            return [_with(empty, list(given))]
        kind = self._kind(declaration)
        if isinstance(kind, etree._Element) and kind.tag == f"{XS}complexType":
            if full and kind.get("mixed") == "true":
                empty.text = "text"
            return [_with(empty, row) for row in self._content(kind, full, name, empty)]
        simple = self.simple_type(kind)
        self.leaves.setdefault((above, name), {})[simple] = None
        empty.text = sample(simple)
        return [empty]

    def _kind(self, declaration: etree._Element) -> etree._Element | str:
        if declaration.get("type"):
            named: etree._Element | str = self._named("type", declaration, "type")
            return named
        (kind,) = declaration.iterchildren(f"{XS}complexType", f"{XS}simpleType")
        return kind

    def _content(self, kind: etree._Element, full: bool, name: str, empty: etree._Element) -> list[Row]:
        """The ways to fill a complex type; its attributes and simple content go into ``empty``."""
        parts: list[list[Row]] = []
        for part in _parts(kind):
            if part.tag == f"{XS}attribute":
                if full or part.get("use") == "required":
                    empty.set(str(part.get("name")), sample(self.simple_type(self._named("type", part, "type"))))
            elif part.tag in {f"{XS}complexContent", f"{XS}simpleContent"}:
                (extension,) = part.iterchildren(f"{XS}extension")
                base = self._named("type", extension, "base")
                if part.tag == f"{XS}simpleContent":
                    empty.text = sample(self.simple_type(base))
                else:
                    assert isinstance(base, etree._Element)
                    parts.append(self._content(base, full, name, empty))
                parts.append(self._content(extension, full, name, empty))
            else:
                parts.append(self._rows(part, full, name))
        return _one_at_a_time(parts)

    def simple_type(self, kind: etree._Element | str) -> SimpleType:
        """A simple type with the limits of all that it is derived from."""
        if kind not in self._simple:
            self._simple[kind] = SimpleType(base=kind) if isinstance(kind, str) else self._restricted(kind)
        return self._simple[kind]

    def _restricted(self, kind: etree._Element) -> SimpleType:
        (restriction,) = kind.iterchildren(f"{XS}restriction")
        of = self.simple_type(self._named("type", restriction, "base"))
        for limit in _parts(restriction):
            of = of.limited(etree.QName(limit).localname, str(limit.get("value")))
        return of

    def _named(self, kind: str, where: etree._Element, attribute: str) -> Any:
        """The declaration that an attribute names, or the local name of a built-in type."""
        prefix, _, local = str(where.get(attribute)).rpartition(":")
        name = f"{{{where.nsmap[prefix or None]}}}{local}"
        return local if name.startswith(XS) else self._declared[kind, name]


def _parts(of: etree._Element) -> list[etree._Element]:
    return [part for part in of.iterchildren("*") if part.tag != f"{XS}annotation"]


def _occurrence(particle: etree._Element) -> tuple[int, int | None]:
    high = particle.get("maxOccurs", "1")
    return int(particle.get("minOccurs", "1")), None if high == "unbounded" else int(high)


def _one_at_a_time(parts: list[list[Row]]) -> list[Row]:
    """All parts plain, and then each other row of each part among the plain ones of the others."""
    plain = [rows[0] for rows in parts]
    combined = [plain]
    for number, rows in enumerate(parts):
        combined += [[*plain[:number], row, *plain[number + 1 :]] for row in rows[1:]]
    return [[element for row in each for element in row] for each in combined]


def _with(empty: etree._Element, row: Row) -> etree._Element:
    filled = copy.deepcopy(empty)
    filled.extend(copy.deepcopy(element) for element in row)
    return filled
