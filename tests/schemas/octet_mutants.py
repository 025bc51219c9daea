"""Mutants that no tree shows: encodings, type declarations, and bulk up to and beyond what is accepted.

``REFUSED`` makes, for each construct that ``schemas.hardening`` refuses before a schema is asked, a document that
has it; ``HARMLESS`` what XML counts as the same document, or is just within what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mutants import Change, Mutant

OctetChange = Callable[[bytes], bytes]


def _without_declaration(document: bytes) -> bytes:
    return document[document.index(b"?>") + 2 :].lstrip() if document.startswith(b"<?xml") else document


def _before_the_root(what: str) -> OctetChange:
    return lambda document: what.encode() + _without_declaration(document)


def _with_attributes(text: str) -> OctetChange:
    return lambda document: document.replace(b" schemaVersion=", f" {text} schemaVersion=".encode(), 1)


def _in_the_signature(what: str) -> OctetChange:
    """In an Object, which may hold anything; there is no Object in a template."""
    inside = f"<ds:Object>{what}</ds:Object>".encode()
    return lambda document: document.replace(b"</ds:KeyInfo>", b"</ds:KeyInfo>" + inside, 1)


def _named(count: int, each: str) -> str:
    return "".join(each.format(n=n) for n in range(count))


MANY = "<u/>" * 300
"""Tags enough for a document to be held to the limits of much markup."""
LONG = "A" * 20_000
"""A text long enough for the hardening to look past it."""

REFUSED: dict[str, OctetChange] = {
    "a type declaration": _before_the_root("<!DOCTYPE Request>"),
    "an entity": _before_the_root('<!DOCTYPE Request [<!ENTITY a "b">]>'),
    "UTF-16": lambda document: _without_declaration(document).decode().encode("utf-16"),
    "Latin-1 by name": _before_the_root('<?xml version="1.0" encoding="ISO-8859-1"?>'),
    "forty namespace declarations": _with_attributes(_named(40, 'xmlns:n{n}="urn:{n}" ')),
    "forty namespace declarations behind a long text": _in_the_signature(
        f"<u>{LONG}</u><v " + _named(40, 'xmlns:n{n}="urn:{n}" ') + "/>"
    ),
    "a type declaration behind a long comment": _before_the_root(f"<!-- >{LONG}--><!DOCTYPE Request>"),
    "nine namespace declarations in much markup": lambda document: _in_the_signature(MANY)(
        _with_attributes(_named(9, 'xmlns:n{n}="urn:{n}" '))(document)
    ),
    "forty levels in much markup": _in_the_signature(MANY + "<v>" * 40 + "</v>" * 40),
    "seventy elements in the signature": _in_the_signature("<u/>" * 70),
    "two hundred attributes of one element": _in_the_signature("<u " + _named(200, 'a{n}="" ') + "/>"),
    "three thousand attributes": _in_the_signature(("<u " + _named(10, 'a{n}="" ') + "/>") * 300),
    "an instruction": _before_the_root("<?do it?>"),
}
HARMLESS: dict[str, OctetChange] = {
    "no XML declaration": _without_declaration,
    "ASCII by name": _before_the_root("<?xml version='1.0' encoding='us-ascii' standalone='no'?>"),
    "a UTF-8 mark": lambda document: b"\xef\xbb\xbf" + document,
    "line ends of two characters": lambda document: document.replace(b"\n", b"\r\n"),
    "no white space between elements": lambda document: b"".join(line.strip() for line in document.splitlines()),
    "tabs for blanks": lambda document: _without_declaration(document).replace(b"  ", b"\t"),
    "another prefix": lambda document: document.replace(b"sr:", b"x:").replace(b":sr=", b":x="),
    "another namespace": lambda document: document.replace(b"/ServiceUserGateway", b"/ServiceUserGateway/1"),
    "twenty namespace declarations": _with_attributes(_named(20, 'xmlns:n{n}="urn:{n}" ')),
    "a prefix bound to nothing": _with_attributes('xmlns:n=""'),
    "an unknown prefix": lambda document: document.replace(b"<sr:Body", b"<n:Body", 1),
    "a character reference": lambda document: document.replace(b":1000<", b":&#49;000<", 1),
    "a section of characters": lambda document: document.replace(b":1000<", b":<![CDATA[1000]]><", 1),
    "a comment before the root": _before_the_root("<!-- a -->"),
    "something in an Object": _in_the_signature("<u a=''>text</u>"),
    "a long text in an Object": _in_the_signature(f"<u>{LONG}</u>"),
    "the last octet gone": lambda document: document.rstrip()[:-1],
    "another element behind it": lambda document: document + b"<u/>",
    "a control character": lambda document: document.replace(b"<sr:Body", b"\x01<sr:Body", 1),
    "octets that are no UTF-8": lambda document: document.replace(b"<sr:Body", b"\xff<sr:Body", 1),
}


PIECES = (
    *(b"<", b">", b"<!--", b"-->", b"<?a?>", b"<![CDATA[", b"]]>", b"&#0;", b"&#13;", b"\0", b"\xff", b"\r", b"="),
    *(b'"', b"</sr:Body>", b"<sr:Header>", b' xmlns:a="b"', b' xmlns=""', b"xsi:type", b"<!DOCTYPE a>", b"<a/>"),
)
"""For putting in anywhere."""


def octet_mutants(document: bytes) -> Iterator[Mutant]:
    """The document in each of the ways; those that change nothing in it are left out."""
    for name, change in (REFUSED | HARMLESS).items():
        mutant = change(document)
        if mutant != document:
            yield Mutant(name=name, change=Change.OCTETS, document=mutant)
