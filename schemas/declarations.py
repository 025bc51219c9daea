"""What a schema set declares, as values: which elements stand where, in which order, and what their texts may be.

libxml2 alone decides whether a document is valid; this is read to explain what it decided. Only what explanations
need is here: content models are flattened to an order, identity constraints and substitution are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from lxml import etree

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST: Final = 40
"""Groups and bases within one another; more is a schema that goes in circles."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What the text of an element or attribute may be: the facets of its type and of all types that it restricts."""

    builtin: str
    """The built-in type underneath, ``unsignedShort``; empty for lists and unions."""
    patterns: tuple[str, ...] = ()
    """Each must match; in the schema language's own regular expressions."""
    values: tuple[str, ...] = ()
    """Empty when any will do."""
    least: str = ""
    most: str = ""
    """Inclusive limits as the schema writes them; empty for none."""
    above: str = ""
    below: str = ""
    """Exclusive limits."""
    shortest: int | None = None
    longest: int | None = None
    """Characters, or octets of binary types."""
    digits: int | None = None
    decimals: int | None = None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """An element's place among the elements that may stand in another."""

    name: str
    """``{namespace}local``."""
    optional: bool
    """It may be left out: of itself, or because another may stand in its place."""
    most: int | None
    """How often in a row; ``None`` for without limit."""
    branches: tuple[tuple[int, int], ...] = ()
    """The choices that it stands in, outermost first, and which branch of each."""

    @property
    def is_free(self) -> bool:
        """It may be left out without another in its place."""
        return self.optional and not self.branches

    def excludes(self, other: Slot) -> bool:
        """They are in different branches of one choice."""
        mine = dict(self.branches)
        return any(mine.get(choice, branch) != branch for choice, branch in other.branches)


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of one element."""

    form: Form | None
    """Of its text; ``None`` where elements or nothing stand inside."""
    slots: tuple[Slot, ...]
    """In the order of the schema."""
    attributes: Mapping[str, Form | None]
    required: frozenset[str]

    def slot(self, name: str) -> int | None:
        """Where in the order that element stands."""
        return next((n for n, slot in enumerate(self.slots) if slot.name == name), None)

    def may_be_left_out(self, name: str) -> bool:
        return any(slot.name == name and slot.is_free for slot in self.slots)

    def must_be_there(self, name: str) -> bool:
        return any(slot.name == name and not slot.optional for slot in self.slots)


class Declarations:
    """The declarations of one schema set. Not for several threads at once: it holds parsed schema files."""

    def __init__(self, roots: Sequence[etree._Element]) -> None:
        """``roots`` are the schema elements of all files of the set, the one that stands for the set first."""
        self._global: dict[tuple[str, str], etree._Element] = {}
        self._schemas = [root for root in roots if root.tag == _XS + "schema"]
        for root in self._schemas:
            space = root.get("targetNamespace") or ""
            for node in root.iterchildren("*"):
                name = node.get("name")
                if name:
                    self._global.setdefault((_kind(node), f"{{{space}}}{name}"), node)
        self._declared: dict[etree._Element, Declared] = {}
        self._choices: dict[etree._Element, int] = {}
        self._inside: dict[etree._Element, dict[str, etree._Element]] = {}
        self._owners: dict[str, dict[str, tuple[str, ...]]] = {}

    @property
    def roots(self) -> tuple[str, ...]:
        """``{namespace}local`` of the elements of the first schema's namespace that can hold a whole document."""
        wanted = f"{{{self._schemas[0].get('targetNamespace') or ''}}}"
        elements = [(name, node) for (kind, name), node in self._global.items() if kind == "element"]
        return tuple(name for name, node in elements if name.startswith(wanted) and self._resolved(node).required)

    def of(self, names: Sequence[str]) -> Declared | None:
        """What is declared of the element that is reached by ``{namespace}local`` names from the root."""
        node: etree._Element | None = None
        for name in names:
            inside = {} if node is None else self._elements_in(node)
            node = inside.get(name) if node is not None and name in inside else self._global.get(("element", name))
            if node is None:
                return None
        return None if node is None else self._resolved(node)

    def owners(self, root: str, local_name: str) -> tuple[str, ...]:
        """Local names, in alphabetical order, of the elements below that root in which such an element may stand."""
        if root not in self._owners:
            self._owners[root] = self._owners_below(root)
        return self._owners[root].get(local_name, ())

    def _owners_below(self, root: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        waiting = [(root, node)] if (node := self._global.get(("element", root))) is not None else []
        seen = {node for _, node in waiting}
        while waiting:
            owner, node = waiting.pop()
            for name, inside in self._elements_in(node).items():
                found.setdefault(_local(name), set()).add(_local(owner))
                if inside not in seen:
                    seen.add(inside)
                    waiting.append((name, inside))
        return {name: tuple(sorted(owners)) for name, owners in found.items()}

    # ---- from schema nodes to values

    def _resolved(self, node: etree._Element) -> Declared:
        if node not in self._declared:
            kind = self._type_of(node)
            attributes = dict(self._attributes(kind, 0)) if kind is not None else {}
            self._declared[node] = Declared(
                form=self._text_form(node, kind),
                slots=tuple(slot for slot, _ in self._slots(kind, 0)) if kind is not None else (),
                attributes={name: form for name, (form, _) in attributes.items()},
                required=frozenset(name for name, (_, required) in attributes.items() if required),
            )
        return self._declared[node]

    def _elements_in(self, node: etree._Element) -> dict[str, etree._Element]:
        if node not in self._inside:
            kind = self._type_of(node)
            found = () if kind is None else self._slots(kind, 0)
            self._inside[node] = {slot.name: inside for slot, inside in found}
        return self._inside[node]

    def _type_of(self, node: etree._Element) -> etree._Element | None:
        """The type's node; ``None`` for a built-in type or none."""
        named = node.get("type")
        if named is not None:
            return self._global.get(("type", _expanded(node, named)))
        return next((child for child in node.iterchildren("*") if _kind(child) == "type"), None)

    def _text_form(self, node: etree._Element, kind: etree._Element | None) -> Form | None:
        if kind is None:
            named = node.get("type")
            return None if named is None else Form(builtin=_local(named))
        if kind.tag == _XS + "simpleType":
            return self._form(kind, 0)
        content = kind.find(_XS + "simpleContent/*")
        return None if content is None else self._form_of_base(content, 0)

    def _form(self, simple: etree._Element, depth: int) -> Form:
        restriction = simple.find(_XS + "restriction")
        if restriction is None or depth > _DEEPEST:
            return Form(builtin="")
        return _restricted(self._form_of_base(restriction, depth), restriction)

    def _form_of_base(self, derived: etree._Element, depth: int) -> Form:
        inner = derived.find(_XS + "simpleType")
        if inner is not None:
            return self._form(inner, depth + 1)
        base = derived.get("base") or ""
        kind = self._global.get(("type", _expanded(derived, base)))
        if kind is None:
            return Form(builtin=_local(base))
        form = self._form(kind, depth + 1) if kind.tag == _XS + "simpleType" else self._text_form(kind, kind)
        return form if form is not None else Form(builtin="")

    def _slots(
        self, node: etree._Element, depth: int, *, optional: bool = False, branches: tuple[tuple[int, int], ...] = ()
    ) -> Iterator[tuple[Slot, etree._Element]]:
        if depth > _DEEPEST:
            return
        is_choice = node.tag == _XS + "choice"
        for number, part in enumerate(node.iterchildren(_XS + "*")):
            tag = _local(str(part.tag))
            free = optional or is_choice or part.get("minOccurs") == "0"
            into = (*branches, (self._choices.setdefault(node, len(self._choices)), number)) if is_choice else branches
            if tag == "element":
                yield self._slot(part, free, into)
            elif tag in {"sequence", "choice", "all", "complexContent"}:
                yield from self._slots(part, depth + 1, optional=free, branches=into)
            elif tag == "group":
                group = self._global.get(("group", _expanded(part, part.get("ref") or "")))
                if group is not None:
                    yield from self._slots(group, depth + 1, optional=free, branches=into)
            elif tag in {"extension", "restriction"} and node.tag == _XS + "complexContent":
                base = self._global.get(("type", _expanded(part, part.get("base") or "")))
                if tag == "extension" and base is not None:
                    yield from self._slots(base, depth + 1, optional=free, branches=into)
                yield from self._slots(part, depth + 1, optional=free, branches=into)

    def _slot(
        self, part: etree._Element, optional: bool, branches: tuple[tuple[int, int], ...]
    ) -> tuple[Slot, etree._Element]:
        most = part.get("maxOccurs", "1")
        reference = part.get("ref")
        name = f"{{{_space(part)}}}{part.get('name')}" if reference is None else _expanded(part, reference)
        slot = Slot(name=name, optional=optional, most=None if most == "unbounded" else int(most), branches=branches)
        return slot, part if reference is None else self._global.get(("element", name), part)

    def _attributes(self, node: etree._Element, depth: int) -> Iterator[tuple[str, tuple[Form | None, bool]]]:
        if depth > _DEEPEST:
            return
        for part in node.iterchildren(_XS + "*"):
            tag = _local(str(part.tag))
            if tag == "attribute":
                yield part.get("name") or _expanded(part, part.get("ref") or ""), self._attribute(part)
            elif tag == "attributeGroup":
                group = self._global.get(("attributeGroup", _expanded(part, part.get("ref") or "")))
                if group is not None:
                    yield from self._attributes(group, depth + 1)
            elif tag in {"complexContent", "simpleContent"}:
                yield from self._attributes(part, depth + 1)
            elif tag in {"extension", "restriction"}:
                base = self._global.get(("type", _expanded(part, part.get("base") or "")))
                if base is not None:
                    yield from self._attributes(base, depth + 1)
                yield from self._attributes(part, depth + 1)

    def _attribute(self, part: etree._Element) -> tuple[Form | None, bool]:
        return self._text_form(part, self._type_of(part)), part.get("use") == "required"


def _kind(node: etree._Element) -> str:
    tag = _local(str(node.tag))
    return "type" if tag in {"simpleType", "complexType"} else tag


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


def _space(node: etree._Element) -> str:
    return node.getroottree().getroot().get("targetNamespace") or ""


def _expanded(node: etree._Element, name: str) -> str:
    """A prefixed name of a schema as ``{namespace}local``."""
    prefix, _, local = name.rpartition(":")
    return f"{{{node.nsmap.get(prefix or None) or ''}}}{local}"


_LENGTHS: Final = {"length": ("shortest", "longest"), "minLength": ("shortest",), "maxLength": ("longest",)}
_LIMITS: Final = {"minInclusive": "least", "maxInclusive": "most", "minExclusive": "above", "maxExclusive": "below"}
_DIGITS: Final = {"totalDigits": "digits", "fractionDigits": "decimals"}


def _restricted(base: Form, restriction: etree._Element) -> Form:
    changes: dict[str, object] = {}
    patterns, values = [], []
    for facet in restriction.iterchildren(_XS + "*"):
        name, value = _local(str(facet.tag)), facet.get("value") or ""
        if name == "pattern":
            patterns.append(value)
        elif name == "enumeration":
            values.append(value)
        elif name in _LIMITS:
            changes[_LIMITS[name]] = value
        elif name in _DIGITS:
            changes[_DIGITS[name]] = int(value)
        else:
            changes |= dict.fromkeys(_LENGTHS.get(name, ()), int(value) if name in _LENGTHS else None)
    if patterns:  # those of one step are alternatives
        changes["patterns"] = (*base.patterns, patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})")
    if values:
        changes["values"] = tuple(values)
    return msgspec.structs.replace(base, **changes)
