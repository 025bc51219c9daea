"""What is wrong with the elements and attributes of an element: expected, found, and how to mend it.

Order, names, namespaces, repetition. What libxml2 expected at the place comes with its finding; the order of the
schema tells whether what stands there is misplaced, misspelt or a stranger.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Final

from lxml import etree

from schemas.declarations import Declarations, Declared
from schemas.value_faults import Finding
from schemas.wording import counted, number, one_of, shortened, shown

_MOST_NAMED: Final = 8
_MOST_LISTED: Final = 10
"""libxml2 lists no more names than this of those that it expected."""
_LISTED: Final = re.compile(r"Expected is (?:one of )?\( (.*) \)")
_NAMESPACES: Final = {
    "http://www.dccinterface.co.uk/ServiceUserGateway": "DUIS",
    "http://www.dccinterface.co.uk/ResponseAndAlert": "the message mapping catalogue",
    "http://www.w3.org/2000/09/xmldsig#": "XML signatures",
}
_XML: Final = "http://www.w3.org/XML/1998/namespace"
USUAL_PREFIXES: Final = dict(zip(_NAMESPACES, ("sr", "ra", "ds"), strict=True))
"""By namespace; any other prefix would do as well."""


def local(name: object) -> str:
    """The name without its namespace, at most 80 characters of it."""
    return shortened(str(name).rpartition("}")[2])


def space(name: object) -> str:
    return str(name)[1:].rpartition("}")[0]


def qualified(element: etree._Element, beside: Sequence[str]) -> str:
    """The element's name; with its namespace where only that tells it from an expected one."""
    name = str(element.tag)
    if name in beside or all(local(one) != local(name) for one in beside):
        return local(name)
    return f"{local(name)} of namespace {shown(space(name))}" if space(name) else f"{local(name)} in no namespace"


def expected_names(message: str, declared: Declared | None) -> list[str]:
    """``{namespace}local`` of what libxml2 expected, in order; all that may stand there where it cut its list."""
    listed = _LISTED.search(message)
    names = [] if listed is None else [one.strip() for one in listed.group(1).split(",")]
    names = [one for one in names if one and "*" not in one]
    if declared is None:
        return names
    slots = [slot for slot in declared.slots if len(names) >= _MOST_LISTED or slot.name in names]
    in_a_choice = len(slots) > 1 and all(one.excludes(slots[0]) for one in slots[1:])
    ordered = list(dict.fromkeys(slot.name for slot in slots))
    return sorted(ordered) if in_a_choice else [*ordered, *(name for name in names if name not in ordered)]


def in_words(names: Sequence[str], wrong: str = "") -> str:
    """A few names, or how many there are and the nearest of them."""
    listed = [local(name) for name in names]
    if len(listed) <= _MOST_NAMED:
        return one_of(listed)
    nearest = _nearest(wrong, listed)
    such = f", the nearest of them {one_of(nearest, 'and')}" if nearest else f" such as {one_of(listed[:3])}"
    return f"one of {number(len(listed))} elements{such}"


def _nearest(wrong: str, names: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(wrong[:60], list(dict.fromkeys(names)), 3, 0.7)


def missing_elements(element: etree._Element, message: str, declared: Declared | None) -> Finding:
    """The element ends before all that must stand inside has come."""
    names = expected_names(message, declared)
    parent = local(element.tag)
    found = f"the end of {parent}" if any(True for _ in element.iterchildren("*")) else f"nothing inside {parent}"
    if not names:
        return Finding("more elements", found)
    required = [local(name) for name in names if declared is not None and declared.must_be_there(name)]
    hint = f"{one_of(required, 'and')} must not be left out" if required and len(names) > 1 else ""
    return Finding(in_words(names), found, hint)


def unexpected_element(
    element: etree._Element, message: str, declared: Declared | None, known: Declarations, root: str
) -> Finding:
    """An element that may not stand where it stands. ``declared`` is its parent's."""
    parent = element.getparent()
    names = expected_names(message, declared)
    above = "the document" if parent is None else local(parent.tag)
    passed = {str(one.tag) for one in element.itersiblings("*", preceding=True)} if names else set()
    end = f"the end of {above}"
    if not names:
        expected = end
    elif declared is not None and all(name in passed or declared.may_be_left_out(name) for name in names):
        few = len(names) <= _MOST_NAMED
        expected = one_of([*map(local, names), end] if few else [in_words(names, local(element.tag)), end])
    else:
        expected = in_words(names, local(element.tag))
    found = qualified(element, names)
    if parent is None or declared is None:
        return Finding(expected, found)
    name = str(element.tag)
    hint = (
        _namespace_hint(element, parent, names or [slot.name for slot in declared.slots])
        or (_order_hint(element, parent, declared, names) if declared.slot(name) is not None else "")
        or _name_hint(local(name), names or [slot.name for slot in declared.slots])
        or _stranger_hint(local(name), above, known.owners(root, local(name)))
    )
    return Finding(expected, found, hint)


def _namespace_hint(element: etree._Element, parent: etree._Element, names: Sequence[str]) -> str:
    name = str(element.tag)
    meant = next((one for one in names if local(one) == local(name) and one != name), None)
    if meant is None or name in names:
        return ""
    return namespace_hint(element, space(meant), parent)


def namespace_hint(element: etree._Element, wanted: str, scope: etree._Element) -> str:
    """How to bring an element into the namespace it was meant for. ``scope`` is asked for a prefix of it."""
    name, found = local(element.tag), space(element.tag)
    prefixes = [prefix for prefix, uri in scope.nsmap.items() if uri == wanted]
    if None in prefixes and not found:
        return 'remove xmlns=""'
    prefix = next((prefix for prefix in prefixes if prefix), "")
    if prefix:
        return f"write {prefix}:{name}: the prefix {shortened(prefix)} stands for the namespace of {_called(wanted)}"
    if "dccinterface" in found and "dccinterface" in wanted:
        return f"the namespace is {wanted} in every version of DUIS; schemaVersion tells the version"
    usual = USUAL_PREFIXES.get(wanted, "p")
    return f'declare xmlns:{usual}="{wanted}" and write {usual}:{name}'


def _called(namespace: str) -> str:
    return _NAMESPACES.get(namespace, shown(namespace))


def _order_hint(element: etree._Element, parent: etree._Element, declared: Declared, names: Sequence[str]) -> str:
    """The element may stand in its parent, but not here."""
    name = str(element.tag)
    place = declared.slot(name) or 0
    siblings = [str(one.tag) for one in parent.iterchildren("*")]
    before = [str(one.tag) for one in element.itersiblings("*", preceding=True)]
    most = declared.slots[place].most
    if most is not None and before.count(name) >= most:
        times = "once only" if most == 1 else f"{number(most)} times at most"
        return f"{local(name)} may stand in {local(parent.tag)} {times}"
    mine, passed = declared.slots[place], set(before)
    other = next((slot for slot in declared.slots if slot.name in passed and slot.excludes(mine)), None)
    if other is not None:
        return f"{local(parent.tag)} has either {local(other.name)} or {local(name)}, not both"
    follows = next((slot.name for slot in declared.slots[place + 1 :] if slot.name in passed), None)
    if follows is not None:
        return f"{local(name)} must stand before {local(follows)}"
    to_come = set(siblings[len(before) + 1 :])
    missing = [one for one in names if declared.must_be_there(one) and one not in to_come]
    if missing:
        return f"{local(missing[0])} is missing: it stands before {local(name)}"
    leads = [slot.name for slot in declared.slots[:place] if slot.name in to_come]
    return f"{local(name)} must stand after {local(leads[-1])}" if leads else ""


def _name_hint(name: str, names: Sequence[str]) -> str:
    listed = [local(one) for one in names]
    for one in listed:
        if one.casefold() == name.casefold() and one != name:
            return f"write {one}: capitals and small letters differ"
    nearest = _nearest(name, listed)
    return f"perhaps {nearest[0]} was meant" if nearest and nearest[0] != name else ""


def _stranger_hint(name: str, parent: str, owners: Sequence[str]) -> str:
    owners = [one for one in owners if one != parent]
    if not owners:
        return ""
    if len(owners) > _MOST_NAMED:
        return f"{name} is an element of {number(len(owners))} others, but not of {parent}"
    return f"{name} is an element of {one_of(owners, 'and')}, but not of {parent}"


# ---- attributes and text


def missing_attribute(name: str) -> Finding:
    hint = 'write schemaVersion="5.4" in its start tag' if name == "schemaVersion" else ""
    return Finding(f"the attribute {shortened(name)}", "none", hint)


def unknown_attribute(name: str, declared: Declared | None) -> Finding:
    """``name`` as libxml2 writes it, ``{namespace}local``."""
    allowed = [] if declared is None else sorted(declared.attributes)
    expected = f"only the attribute {one_of([local(one) for one in allowed])}" if allowed else "no attributes"
    found = f"xml:{local(name)}" if space(name) == _XML else local(name)
    if space(name) not in {"", _XML}:
        found += f" of namespace {shown(space(name))}"
    return Finding(expected, f"the attribute {found}", _name_hint(local(name), allowed))


def text_among_elements(element: etree._Element, declared: Declared | None) -> Finding:
    """Text where only elements, or nothing at all, may stand. Not repeated: it may be a value that lost its element."""
    texts = [element.text, *(child.tail for child in element.iterchildren())]
    size = sum(len(text.strip(" \t\r\n")) for text in texts if text)
    inside = next((local(child.tag) for child in element.iterchildren("*")), "")
    found = f"text ({counted(size, 'character')})" if size else f"the element {inside}"
    if declared is None or not declared.slots:
        return Finding("nothing inside", found)
    return Finding("elements only" if inside else in_words(_first(declared)), found)


def _first(declared: Declared) -> list[str]:
    """The elements that may begin the content."""
    names = []
    for slot in declared.slots:
        names.append(slot.name)
        if not slot.optional:
            break
    in_a_choice = all(slot.branches for slot in declared.slots)
    return sorted(names) if in_a_choice else names


def wrong_root(root: etree._Element, wanted: Sequence[str]) -> Finding:
    """The root is none of ``wanted``, each as ``{namespace}local``."""
    names = list(wanted)
    meant = next((one for one in names if local(one) == local(root.tag)), None)
    if meant is None:
        return Finding(in_words(names), local(root.tag), _name_hint(local(root.tag), names))
    return Finding(in_words(names), qualified(root, names), namespace_hint(root, space(meant), root))
