"""What is wrong with a document that is not of the schema: in words for people, no parser's internals.

libxml2 decides; this module only tells it: every fault once, in the document's order, with line, column, path,
what was expected, what was found, and a hint where a mistake is a common one. The words for texts are in
``schemas.value_faults``, those for elements and attributes in ``schemas.content_faults``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Final, NamedTuple

from lxml import etree

from schemas.content_faults import (
    local,
    missing_attribute,
    missing_elements,
    text_among_elements,
    unexpected_element,
    unknown_attribute,
    wrong_root,
)
from schemas.declarations import Declarations, Declared
from schemas.ill_formed import not_xml
from schemas.mending import mended
from schemas.places import Place, Places, path_of
from schemas.request import Fault, Malformed
from schemas.value_faults import Finding, wrong_value
from schemas.wording import number

__all__ = ["MOST_FAULTS", "not_a", "not_xml", "path_of", "schema_faults"]

MOST_FAULTS: Final = 50
"""Told of one document; one more says how many there were."""

_TYPES: Final = etree.ErrorTypes
_ATTRIBUTE: Final = re.compile(r"Element '[^']*', attribute '([^']*)'")
_MISSING_ATTRIBUTE: Final = re.compile(r"Element '[^']*': The attribute '([^']*)' is required")
_MISSING: Final = "Missing child"
_ABOUT_ELEMENTS: Final = frozenset({_TYPES.SCHEMAV_ELEMENT_CONTENT, _TYPES.SCHEMAV_CVC_WILDCARD})
_ABOUT_TEXT_AMONG: Final = frozenset({_TYPES.SCHEMAV_CVC_COMPLEX_TYPE_2_1, _TYPES.SCHEMAV_CVC_COMPLEX_TYPE_2_3})
_ABOUT_ELEMENTS_IN_TEXT: Final = frozenset({_TYPES.SCHEMAV_CVC_TYPE_3_1_2, _TYPES.SCHEMAV_CVC_COMPLEX_TYPE_2_2})
_ABOUT_STRANGE_ATTRIBUTES: Final = frozenset(
    {
        _TYPES.SCHEMAV_CVC_COMPLEX_TYPE_3_2_1,
        _TYPES.SCHEMAV_CVC_COMPLEX_TYPE_3_2_2,
        _TYPES.SCHEMAV_CVC_TYPE_3_1_1,
    }
)
_ABOUT_VALUES: Final = frozenset(
    value
    for name, value in vars(_TYPES).items()
    if re.fullmatch(r"SCHEMAV_CVC_(?:\w+_VALID|DATATYPE_VALID_1_2_[123]|TYPE_3_1_3|FACET_VALID)", name)
)


def not_a(wanted: Sequence[str], root: etree._Element, document: bytes) -> Malformed:
    """The refusal of a document whose root is none of ``wanted``, each as ``{namespace}local``."""
    fault = _told(wrong_root(root, wanted), "", Places(root, document).of([root])[0])
    return Malformed(kind="not-schema-valid", faults=(fault,))


class _Found(NamedTuple):
    """One finding of libxml2."""

    entry: etree._LogEntry
    aspect: str
    """What of its element it is about: an attribute (``@`` and its name), ``elements`` or ``text``."""
    element: etree._Element
    """In the tree that was validated."""


def schema_faults(
    log: Iterable[etree._LogEntry],
    root: etree._Element,
    document: bytes,
    declarations: Declarations,
    validate: Callable[[etree._Element], Iterable[etree._LogEntry]],
) -> tuple[Fault, ...]:
    """One fault for each thing that is wrong at a place, at most MOST_FAULTS and one that says how many there were.

    ``log`` has libxml2's findings on ``root``, which was parsed from ``document``; ``validate`` gives those on another
    tree, here on a copy with misplaced elements put in order. Raises etree.LxmlError when ``validate`` does.
    """
    places = Places(root, document)
    count, found = _distinct(log, root, places)
    explained = _Words(root, declarations)
    told = [(one.element, one, explained) for one in found]
    second = mended(root, _disordered(found), declarations)
    if second is not None:
        twin, original = second
        known = {(one.element, one.aspect) for one in found} | {(parent, "elements") for parent in _disordered(found)}
        _, behind = _distinct(validate(twin), twin, Places(twin, b""))
        new = [one for one in behind if not _is_told(one, original, known)]
        told += [(original[one.element], one, _Words(twin, declarations)) for one in new]
        count += len(new)
    told = sorted(told[:MOST_FAULTS], key=lambda one: places.order(one[0]))
    located = places.of(element for element, _, _ in told)
    faults = [words.fault(one, place) for (_, one, words), place in zip(told, located, strict=True)]
    if count > MOST_FAULTS:
        faults.append(Fault(message=f"and more: {number(count)} faults in all", path=path_of(root)))
    return tuple(faults)


def _distinct(log: Iterable[etree._LogEntry], root: etree._Element, places: Places) -> tuple[int, list[_Found]]:
    """How many findings there are, each once, and the first of them.

    libxml2 says of one wrong value both that it fails a facet and its type, and of text in the place of elements also
    that they are missing.
    """
    first: dict[tuple[str | None, str], etree._LogEntry] = {}
    for entry in log:
        aspect = _aspect(entry)
        if aspect == "elements" and (entry.path, "text") in first and not _has_elements(places.element(entry.path)):
            continue
        first.setdefault((entry.path, aspect), entry)
    told = list(first.items())[:MOST_FAULTS]
    return len(first), [
        _Found(entry, aspect, root if (element := places.element(path)) is None else element)
        for (path, aspect), entry in told
    ]


def _has_elements(element: etree._Element | None) -> bool:
    return element is not None and any(True for _ in element.iterchildren("*"))


def _aspect(entry: etree._LogEntry) -> str:
    missing = entry.type == _TYPES.SCHEMAV_CVC_COMPLEX_TYPE_4
    # Only the beginning: further on there may be a value, and a value may say anything.
    attribute = _MISSING_ATTRIBUTE.match(entry.message) if missing else _ATTRIBUTE.match(entry.message)
    if attribute is not None:
        return f"@{attribute.group(1)}"
    return "elements" if entry.type in _ABOUT_ELEMENTS else "text"


def _disordered(found: Iterable[_Found]) -> list[etree._Element]:
    """The parents of elements that do not belong where they stand."""
    unexpected = [one.element for one in found if one.aspect == "elements" and _MISSING not in one.entry.message]
    return [parent for one in unexpected if (parent := one.getparent()) is not None]


def _is_told(
    one: _Found, original: Mapping[etree._Element, etree._Element], known: Set[tuple[etree._Element, str]]
) -> bool:
    """Whether the first look told this, or what is wrong with the order that it stands in."""
    element = original[one.element]
    parent = element.getparent()
    if (
        one.aspect == "elements"
        and parent is not None
        and _MISSING not in one.entry.message
        and (parent, "elements") in known
    ):
        return True
    return (element, one.aspect) in known


class _Words:
    """Explains findings about one document."""

    def __init__(self, root: etree._Element, declarations: Declarations) -> None:
        self._root = root
        self._declarations = declarations

    def fault(self, one: _Found, place: Place) -> Fault:
        """A finding in words."""
        entry, aspect, element = one
        kind, name = entry.type, local(element.tag)
        if aspect.startswith("@"):
            return self._of_attribute(entry, aspect[1:], element, place)
        if kind == _TYPES.SCHEMAV_CVC_ELT_1 and element is self._root:
            return _told(wrong_root(element, self._declarations.roots), "", place)
        if kind == _TYPES.SCHEMAV_CVC_ELT_1:
            return _told(Finding("an element that the schema declares", name), _above(element), place)
        if kind == _TYPES.SCHEMAV_ELEMENT_CONTENT and _MISSING in entry.message:
            return _told(missing_elements(element, entry.message, self._declared(element)), name, place)
        if kind in _ABOUT_ELEMENTS:
            parent = element.getparent()
            above = None if parent is None else self._declared(parent)
            finding = unexpected_element(element, entry.message, above, self._declarations, str(self._root.tag))
            return _told(finding, _above(element), place)
        declared = self._declared(element)
        if kind in _ABOUT_TEXT_AMONG:
            return _told(text_among_elements(element, declared), name, place)
        form = None if declared is None else declared.form
        if kind in _ABOUT_ELEMENTS_IN_TEXT:
            inside = next((local(child.tag) for child in element.iterchildren("*")), "nothing")
            expected = wrong_value(form, name, "").expected
            return _told(Finding(expected, f"the element {inside} inside"), name, place)
        if kind in _ABOUT_VALUES:
            return _told(
                wrong_value(form, name, element.text or "", optional=self._may_be_left_out(element)), name, place
            )
        return Fault(message=f"{name} is not of the DUIS schema", line=place.line, column=place.column, path=place.path)

    def _of_attribute(self, entry: etree._LogEntry, attribute: str, element: etree._Element, place: Place) -> Fault:
        name = local(element.tag)
        if entry.type == _TYPES.SCHEMAV_CVC_COMPLEX_TYPE_4:
            return _told(missing_attribute(attribute), name, place)
        place = place._replace(path=f"{place.path}/@{local(attribute)}")
        declared = self._declared(element)
        if entry.type in _ABOUT_STRANGE_ATTRIBUTES:
            return _told(unknown_attribute(attribute, declared), name, place)
        form = None if declared is None else declared.attributes.get(attribute)
        optional = declared is not None and attribute not in declared.required
        finding = wrong_value(form, attribute, element.get(attribute) or "", optional=optional)
        return _told(finding, f"{local(attribute)} of {name}", place)

    def _declared(self, element: etree._Element) -> Declared | None:
        names = [str(one.tag) for one in element.iterancestors()]
        return self._declarations.of([*reversed(names), str(element.tag)])

    def _may_be_left_out(self, element: etree._Element) -> bool:
        parent = element.getparent()
        declared = None if parent is None else self._declared(parent)
        return declared is not None and declared.may_be_left_out(str(element.tag))


def _above(element: etree._Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local(parent.tag)


def _told(finding: Finding, subject: str, place: Place) -> Fault:
    about = f"{subject}: " if subject else ""
    return Fault(
        message=f"{about}expected {finding.expected}, found {finding.found}",
        line=place.line,
        column=place.column,
        path=place.path,
        expected=finding.expected,
        found=finding.found,
        hint=finding.hint,
    )
