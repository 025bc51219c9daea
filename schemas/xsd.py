"""Parsing and schema validation: bytes to one checked tree, or every reason why not.

One hardened parse per document; ``schemas.hardening`` says what is refused around it. Trees stay inside
``schemas``. A schema set is given as names and bytes: this module opens no files but the package's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from threading import Lock, get_ident, local
from typing import Any, Final

from lxml import etree

from schemas.declarations import Declarations
from schemas.faults import not_xml, path_of, schema_faults
from schemas.hardening import markup_of, refuse_after_parsing, refuse_before_parsing
from schemas.request import Fault, Malformed

DUIS_NAMESPACE: Final = "http://www.dccinterface.co.uk/ServiceUserGateway"
MESSAGE_MAPPING_NAMESPACE: Final = "http://www.dccinterface.co.uk/ResponseAndAlert"
SIGNATURE_NAMESPACE: Final = "http://www.w3.org/2000/09/xmldsig#"


class SchemaError(Exception):
    """A schema set cannot be compiled; the message says where."""


class DuisSchema:
    """A compiled schema set: for the thread that made it, and once more for all others, who take turns.

    Both are compiled at once: while one thread compiles, libxml2 finds a schema's parts through a loader that
    any other thread's parsing takes away. ``revision`` is twelve hexadecimal digits that name exactly this set.
    """

    def __init__(self, documents: Mapping[str, bytes], root: str) -> None:
        """Raises SchemaError. ``documents`` are schema files by name; ``root`` names the first one."""
        digest = hashlib.sha256()
        for name in sorted(documents):
            digest.update(name.encode() + b"\0" + documents[name] + b"\0")
        self.revision: Final = digest.hexdigest()[:12]
        self._home = get_ident()
        self._here = _Validator(documents, root)
        self._elsewhere = _Validator(documents, root)
        self._turn = Lock()
        self._parsers = _Parsers()

    def parse(self, document: bytes, *, large: bool = False) -> etree._Element | Malformed:
        """The root of the well-formed document, not yet validated. ``large`` allows texts above 10 MB.

        Comments are left beside the root and its children, and nowhere else.
        """
        markup = markup_of(document)
        refusal = refuse_before_parsing(document, markup)
        if refusal is not None:
            return refusal
        try:
            root = etree.fromstring(document, self._parsers.huge if large else self._parsers.ordinary)
        except etree.XMLSyntaxError as fault:
            return not_xml(fault, document)
        except ValueError:
            unreadable = Fault(message="expected well-formed XML, found what cannot be read", line=1, column=1)
            return Malformed(kind="not-xml", faults=(unreadable,))
        refusal = refuse_after_parsing(markup, root)
        return root if refusal is None else refusal

    def validate(self, root: etree._Element, document: bytes) -> Malformed | None:
        """Every schema error once, or ``None``. ``document`` is what ``root`` was parsed from."""
        if get_ident() == self._home:
            return _validated(self._here, root, document)
        with self._turn:
            return _validated(self._elsewhere, root, document)

    def accepts(self, document: etree._Element | bytes) -> bool:
        """The verdict alone, of octets or of a tree made in memory: finding the words for a refusal costs far more.

        Octets pass the hardening first and are not ``large``; a tree is put to the schema as it is.
        """
        root = self.parse(document) if isinstance(document, bytes) else document
        if isinstance(root, Malformed):
            return False
        if get_ident() == self._home:
            return self._here.accepts(root)
        with self._turn:
            return self._elsewhere.accepts(root)

    def read(self, document: bytes, *, large: bool = False) -> etree._Element | Malformed:
        """Parse and validate."""
        root = self.parse(document, large=large)
        if not isinstance(root, etree._Element):
            return root
        refusal = self.validate(root, document)
        return root if refusal is None else refusal


def own_schema() -> DuisSchema:
    """The schema set that this package carries."""
    folder = resources.files("schemas.duis")
    return DuisSchema({f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".xsd")}, "duis.xsd")


def published_schema(documents: Mapping[str, bytes]) -> DuisSchema:
    """A published schema set as it is: blanks in names, a DTD in the signature schema.

    Raises SchemaError when no file of it declares the Request element.
    """
    for name in sorted(documents):
        head = documents[name][:4000]
        if name.endswith(".xsd") and b'targetNamespace="' + DUIS_NAMESPACE.encode() in head:
            return DuisSchema(documents, name)
    raise SchemaError(f"none of {', '.join(sorted(documents)) or 'no files'} has target namespace {DUIS_NAMESPACE}")


class _Named(etree.Resolver):
    """Finds a schema's parts by file name among the documents given, and nothing else."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        super().__init__()
        self._documents = documents

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        name = (system_url or "").rsplit("/", 1)[-1].replace("%20", " ")
        document = self._documents.get(name)
        if document is None:
            return self.resolve_empty(context)
        return self.resolve_string(_with_uris(document), context, base_url=system_url)


def _with_uris(schema: bytes) -> bytes:
    """Published files name their parts with blanks in them, which no URI may have."""
    return re.sub(rb'schemaLocation="[^"]*"', lambda found: found.group().replace(b" ", b"%20"), schema)


class _Parsers(local):
    """Each thread's own: a shared one halves throughput."""

    def __init__(self) -> None:
        self.ordinary = _hardened(huge=False)
        self.huge = _hardened(huge=True)


def _validated(validator: _Validator, root: etree._Element, document: bytes) -> Malformed | None:
    try:
        if validator.schema(root):
            return None
        log = validator.schema.error_log
        faults = schema_faults(log, root, document, validator.declarations, validator.findings)
    except etree.LxmlError:
        faults = (Fault(message="the document cannot be validated", path=path_of(root)),)
    return Malformed(kind="not-schema-valid", faults=faults)


class _Validator:
    """What one thread at a time may use: a schema object keeps the errors of its last validation."""

    def __init__(self, documents: Mapping[str, bytes], root: str) -> None:
        # The schema files are ours or the operator's: their DTD and entities may be read.
        loader = etree.XMLParser(load_dtd=True, resolve_entities=True, no_network=True)
        loader.resolvers.add(_Named(documents))
        if root not in documents:
            raise SchemaError(f"{root} is not among the schema files")
        try:
            self.schema = etree.XMLSchema(etree.fromstring(_with_uris(documents[root]), loader, base_url="root.xsd"))
        except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as fault:
            raise SchemaError(f"{root}: {fault}") from None
        self.declarations = Declarations(_set(documents, root, loader))

    def accepts(self, tree: etree._Element) -> bool:
        try:
            return self.schema(tree)
        except etree.LxmlError:
            return False

    def findings(self, tree: etree._Element) -> etree._ListErrorLog:
        """What libxml2 finds wrong with a tree."""
        self.schema.validate(tree)
        return self.schema.error_log


def _set(documents: Mapping[str, bytes], root: str, loader: etree.XMLParser) -> list[etree._Element]:
    """The schema elements of a set that compiles: the first file and all that it includes and imports."""
    found: dict[str, etree._Element] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in found or name not in documents:
            continue
        found[name] = etree.fromstring(documents[name], loader, base_url="root.xsd")
        parts = found[name].iterchildren("{*}include", "{*}import")
        waiting += [(part.get("schemaLocation") or "").rsplit("/", 1)[-1].replace("%20", " ") for part in parts]
    return list(found.values())


def _hardened(*, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="UTF-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge, collect_ids=False
    )
