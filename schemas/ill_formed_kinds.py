"""The kinds of mistakes that make a document no XML, each in words, and the place where each of them begins.

Nothing of a text is told but single signs; ``schemas.ill_formed`` says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from lxml import etree

from schemas.content_faults import USUAL_PREFIXES
from schemas.value_faults import Finding
from schemas.wording import counted, shortened, shown

_E: Final = etree.ErrorTypes
_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r\n"
_USUAL: Final = {prefix: namespace for namespace, prefix in USUAL_PREFIXES.items()}
"""Namespaces by the prefixes that everybody gives them."""


class Open(NamedTuple):
    """An element that has begun and not ended."""

    name: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shortened(self.name)} begins at line {self.line}, column {self.column}"


class Stop(NamedTuple):
    """Where reading had to stop."""

    document: bytes
    message: str
    """libxml2's, for the names in it only."""
    at: int
    """Octets before the mistake."""
    open: list[Open]

    def text(self, length: int = 200) -> str:
        return self.document[self.at : self.at + length].decode("utf-8", "replace")

    def back_to(self, sign: bytes) -> Stop:
        """The same at the last such sign before or at the place."""
        found = self.document.rfind(sign, 0, self.at + 1)
        return self if found < 0 else self._replace(at=found)


def position(stop: Stop) -> tuple[int, int]:
    """Line and column, both from 1; a byte order mark counts for nothing."""
    before = stop.document[: stop.at].removeprefix(_BOM)
    line_start = before.rfind(b"\n") + 1
    return before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1


def explained(code: int, stop: Stop) -> tuple[Stop, Finding]:
    """The mistake of libxml2's ``code`` in words, and where it really begins."""
    body = stop.document.removeprefix(_BOM)
    if not body.strip(_BLANKS):
        found = counted(len(body), "blank") + " only" if body else "an empty document"
        return stop._replace(at=0), Finding("an XML document", found)
    if code == _E.ERR_DOCUMENT_EMPTY:
        return _no_xml(stop, body)
    kind = _KINDS.get(code)
    return (stop, Finding("well-formed XML", "a mistake")) if kind is None else kind(stop)


def _no_xml(stop: Stop, body: bytes) -> tuple[Stop, Finding]:
    at = len(stop.document) - len(body.lstrip(_BLANKS))
    first = stop.document[at : at + 1]
    found = shown(first.decode()) if first.isascii() else f"octet {first.hex().upper()}"
    hint = "this looks like JSON; requests are XML" if first in {b"{", b"["} else ""
    if stop.document[at : at + 3] == _BOM:
        hint = "the document has two byte order marks: remove them"
    return stop._replace(at=at, open=[]), Finding("an XML document, which begins with '<'", found, hint)


def _wrong_end(stop: Stop) -> tuple[Stop, Finding]:
    stop = stop.back_to(b"</")
    name = (re.match(r"</\s*([^\s>]*)", stop.text(60_000)) or ("", ""))[1]
    found = f"</{shortened(name)}>"
    if not stop.open:
        opened = (re.match(r"Opening and ending tag mismatch: (\S+) ", stop.message) or ("", ""))[1]
        return stop, Finding(f"the end of {shortened(opened)}", found)
    inner = stop.open[-1]
    same = [one for one in stop.open if one.name == name]
    hint = f"{inner} and has no end" if same else str(inner)
    return stop, Finding(f"</{shortened(inner.name)}>", found, hint)


def _too_short(stop: Stop) -> tuple[Stop, Finding]:
    stop = stop._replace(at=len(stop.document))
    if not stop.open:
        return stop, Finding("the rest of the document", "its end")
    inner = stop.open[-1]
    return stop, Finding(f"</{shortened(inner.name)}>", "the end of the document", str(inner))


_UNFINISHED: Final = ((b"<!--", "-->"), (b"<![CDATA[", "]]>"), (b"<?", "?>"), (b"<", ">"))


def _unfinished(stop: Stop) -> tuple[Stop, Finding]:
    """A comment, section, instruction or tag that does not end before the document does."""
    sign, wanted = next(
        ((sign, wanted) for sign, wanted in _UNFINISHED if stop.document[stop.at :].startswith(sign)), (b"", "")
    )
    if not sign and stop.document.rfind(b"<![CDATA[") > stop.document.rfind(b"]]>"):
        return _unfinished(stop._replace(at=stop.document.rfind(b"<![CDATA[")))
    if not sign:
        return stop, Finding("'>' at the end of the tag", _next(stop))
    line, column = position(stop)
    what = {">": "the tag", "-->": "the comment", "]]>": "the CDATA section"}.get(wanted, "the instruction")
    hint = f"{what} begins at line {line}, column {column}"
    return stop._replace(at=len(stop.document)), Finding(f"'{wanted}'", "the end of the document", hint)


def _next(stop: Stop) -> str:
    text = stop.text(8)
    return shown(text[0]) if text else "the end of the document"


def _bare_sign(stop: Stop) -> tuple[Stop, Finding]:
    """``&`` or ``<`` that begins nothing."""
    sign = stop.document[max(stop.at - 1, 0) : stop.at]
    if sign in {b"&", b"<"}:
        return _bare(stop._replace(at=stop.at - 1), sign.decode())
    return _bare(stop.back_to(b"&"), "&") if stop.document[stop.at : stop.at + 1] != b"<" else _bare(stop, "<")


def _bare(stop: Stop, sign: str) -> tuple[Stop, Finding]:
    after = stop.text(2)[1:]
    found = f"{shown(after)} after it" if after else "the end of the document"
    if sign == "&":
        return stop, Finding("the name of an entity and ';' after '&'", found, "write &amp; for the sign itself")
    if after == "!":
        return stop, Finding("an element's name, a comment or a CDATA section after '<'", found)
    return stop, Finding("an element's name after '<'", found, "write &lt; for the sign itself")


def _no_semicolon(stop: Stop) -> tuple[Stop, Finding]:
    stop = stop.back_to(b"&")
    return stop, Finding("the name of an entity and ';' after '&'", "no ';'", "write &amp; for the sign itself")


def _unknown_entity(stop: Stop) -> tuple[Stop, Finding]:
    stop = stop.back_to(b"&")
    expected = "one of &amp; &lt; &gt; &quot; &apos; or a character's number"
    return stop, Finding(expected, "another entity", "write &amp; for the sign '&' itself")


def _after_the_end(stop: Stop) -> tuple[Stop, Finding]:
    if stop.document[stop.at - 1 : stop.at + 1] == b"</":
        stop = stop._replace(at=stop.at - 1)
    after = stop.document[stop.at :].lstrip(_BLANKS)
    stop = stop._replace(at=len(stop.document) - len(after), open=[])
    found = f"text ({counted(len(after.decode('utf-8', 'replace')), 'character')})"
    if after.startswith(b"</"):
        found = "an end tag without a beginning"
    elif after.startswith(b"<"):
        found = "another element"
    return stop, Finding("nothing after the end of the root element", found)


def _not_utf8(stop: Stop) -> tuple[Stop, Finding]:
    try:
        stop.document.decode("utf-8")
    except UnicodeDecodeError as fault:
        stop = stop._replace(at=fault.start)
    octet = stop.document[stop.at : stop.at + 1].hex().upper()
    found = f"octet {octet}, number {stop.at + 1} of the document, which is not UTF-8"
    return stop, Finding("UTF-8", found, "was the document written in ISO-8859-1 or Windows-1252?")


def _no_character(stop: Stop) -> tuple[Stop, Finding]:
    reference = re.match(r"&#(x?)([0-9A-Fa-f]{0,8})", stop.back_to(b"&").text(12))
    if stop.text(1) == "&" or (stop.text(1) == ";" and reference is not None):
        stop = stop.back_to(b"&")
        if reference is None or not reference[2]:
            return stop, Finding("a number between '&#' and ';'", "none")
        return stop, Finding("a character that XML allows", f"a reference to character {reference[1]}{reference[2]}")
    found = f"character U+{ord(stop.text(1) or chr(0)):04X}"
    return stop, Finding("a character that XML allows", found)


def _nameless(stop: Stop) -> tuple[Stop, Finding]:
    return stop.back_to(b"<?"), Finding("a name after '<?'", "none", "write &lt; for the sign '<' itself")


def _no_number(stop: Stop) -> tuple[Stop, Finding]:
    return stop.back_to(b"&"), Finding("a number between '&#' and ';'", "another sign")


def _no_declaration(stop: Stop) -> tuple[Stop, Finding]:
    wanted = '<?xml version="1.0" encoding="UTF-8"?>'
    before = stop.document.find(b"<?xml")
    if before <= 0 or stop.document.startswith(_BOM + b"<?xml"):
        return stop._replace(at=max(before, 0)), Finding(f"a declaration such as {wanted}", "another")
    stop = stop._replace(at=max(stop.document.rfind(b"<?xml", 0, stop.at + 5), 0))
    hint = "remove what stands before it" if not stop.document[:before].strip(_BLANKS + _BOM) else ""
    return stop, Finding(
        "<?xml at the very beginning of the document only", counted(stop.at, "octet") + " before it", hint
    )


def _no_prefix(stop: Stop) -> tuple[Stop, Finding]:
    name = (re.match(r"Namespace prefix (\S+) ", stop.message) or ("", ""))[1]
    prefix = shortened(name)
    stop = stop.back_to(b"<")
    opened = stop.open[:-1] if stop.open and (stop.open[-1].line, stop.open[-1].column) == position(stop) else stop.open
    uri = _USUAL.get(prefix, "...")
    return stop._replace(open=opened), Finding(
        f"a declaration of the prefix {prefix}",
        "none",
        f'declare xmlns:{prefix}="{uri}", in the root element for example',
    )


def _twice(stop: Stop) -> tuple[Stop, Finding]:
    name = shortened((re.match(r"(?:Namespaced )?Attribute (\S+) ", stop.message) or ("", ""))[1])
    return stop.back_to(b"<"), Finding(f"the attribute {name} once", "it twice in one element")


def _too_big(stop: Stop) -> tuple[Stop, Finding]:
    if "depth" in stop.message:
        return stop, Finding("at most 256 levels of elements", "more")
    return stop, Finding("a text or name of at most 10,000,000 octets", "a longer one")


def _plain(expected: str, found: str, hint: str = "") -> Callable[[Stop], tuple[Stop, Finding]]:
    return lambda stop: (stop, Finding(expected, found, hint))


_KINDS: Final[dict[int, Callable[[Stop], tuple[Stop, Finding]]]] = {
    _E.ERR_TAG_NAME_MISMATCH: _wrong_end,
    _E.ERR_TAG_NOT_FINISHED: _too_short,
    _E.ERR_GT_REQUIRED: _unfinished,
    _E.ERR_COMMENT_NOT_FINISHED: _unfinished,
    _E.ERR_CDATA_NOT_FINISHED: _unfinished,
    _E.ERR_PI_NOT_FINISHED: _unfinished,
    _E.ERR_ATTRIBUTE_NOT_FINISHED: _unfinished,
    _E.ERR_NAME_REQUIRED: _bare_sign,
    _E.ERR_ENTITYREF_SEMICOL_MISSING: _no_semicolon,
    _E.ERR_UNDECLARED_ENTITY: _unknown_entity,
    _E.WAR_UNDECLARED_ENTITY: _unknown_entity,
    _E.ERR_DOCUMENT_END: _after_the_end,
    _E.ERR_INVALID_ENCODING: _not_utf8,
    _E.ERR_INVALID_CHAR: _no_character,
    _E.ERR_INVALID_CHARREF: _no_character,
    _E.ERR_INVALID_HEX_CHARREF: _no_number,
    _E.ERR_INVALID_DEC_CHARREF: _no_number,
    _E.ERR_PI_NOT_STARTED: _nameless,
    _E.ERR_STANDALONE_VALUE: _no_declaration,
    _E.ERR_ENCODING_NAME: _no_declaration,
    _E.ERR_UNKNOWN_ENCODING: _no_declaration,
    _E.ERR_UNSUPPORTED_ENCODING: _no_declaration,
    _E.ERR_RESERVED_XML_NAME: _no_declaration,
    _E.ERR_XMLDECL_NOT_STARTED: _no_declaration,
    _E.ERR_XMLDECL_NOT_FINISHED: _no_declaration,
    _E.ERR_VERSION_MISSING: _no_declaration,
    _E.NS_ERR_UNDEFINED_NAMESPACE: _no_prefix,
    _E.ERR_ATTRIBUTE_REDEFINED: _twice,
    _E.NS_ERR_ATTRIBUTE_REDEFINED: _twice,
    _E.ERR_RESOURCE_LIMIT: _too_big,
    _E.ERR_LT_IN_ATTRIBUTE: _plain(
        "no '<' inside an attribute", "one", "write &lt; for the sign itself; or a quotation mark is missing before it"
    ),
    _E.ERR_ATTRIBUTE_NOT_STARTED: _plain("a quotation mark before the attribute's value", "none"),
    _E.ERR_ATTRIBUTE_WITHOUT_VALUE: _plain("'=' and a value in quotation marks after the attribute's name", "none"),
    _E.ERR_SPACE_REQUIRED: _plain("a blank between two attributes", "none"),
    _E.ERR_MISPLACED_CDATA_END: _plain("no ']]>' inside a text", "one", "write ]]&gt; for the signs themselves"),
    _E.ERR_HYPHEN_IN_COMMENT: _plain("no '--' inside a comment", "one"),
    _E.NS_ERR_XML_NAMESPACE: _plain("a declaration that XML namespaces allow", "an empty or reserved one"),
    _E.NS_ERR_QNAME: _plain("a name, or a prefix and a name joined by one colon", "another sign in it"),
    _E.WAR_NS_URI: _plain("a URI as a namespace", "another value"),
}
