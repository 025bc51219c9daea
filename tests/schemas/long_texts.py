"""Attacks beside long texts, where a reader that looks at less of a large document must not look away.

Each as in ``attacks``: document, kind of refusal, message.
"""

from __future__ import annotations

from attacks import FORBIDDEN, GOOD, INVALID, NAMESPACES, NO_COMMENT, NO_DOCTYPE, NO_INSTRUCTION, XSI, Attack, inserted

LONG = "A" * 100_000
"""Octets, far beyond what is looked through in any case."""
DECLARATIONS = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(33))
ATTRIBUTES = " ".join(f'b{n}=""' for n in range(129))
XSI_TYPE = "the attribute xsi:type is not accepted"


def in_a_value(what: str) -> bytes:
    return inserted(what, "</sr:DeviceID>")


LARGE: dict[str, Attack] = {
    "a document type behind a long text": (in_a_value(f"{LONG}<!DOCTYPE r>"), FORBIDDEN, NO_DOCTYPE),
    "a document type between long texts": (in_a_value(f"{LONG}<!DOCTYPE r>{LONG}"), FORBIDDEN, NO_DOCTYPE),
    "an instruction behind a long text": (in_a_value(f"{LONG}<?do it?>"), FORBIDDEN, NO_INSTRUCTION),
    "a long instruction": (inserted(f"<?do >{LONG}?>", "<sr:Body>"), FORBIDDEN, NO_INSTRUCTION),
    "a long instruction with a tag in it": (inserted(f"<?do {LONG}<a?>", "<sr:Body>"), FORBIDDEN, NO_INSTRUCTION),
    "a long document type": (
        f'<!DOCTYPE r [{" " * 100_000}<!ENTITY x "y">]>'.encode() + GOOD,
        FORBIDDEN,
        NO_DOCTYPE,
    ),
    "a comment in a long text": (in_a_value(f"{LONG}<!-- -->{LONG}"), FORBIDDEN, NO_COMMENT),
    "a long comment in a value": (in_a_value(f"<!-- >{LONG} -->"), FORBIDDEN, NO_COMMENT),
    "a long comment in a value with a tag in it": (in_a_value(f"<!-- {LONG}<a -->"), FORBIDDEN, NO_COMMENT),
    "33 namespaces behind a long text": (in_a_value(f"{LONG}<a {DECLARATIONS}/>"), FORBIDDEN, NAMESPACES),
    "33 namespaces behind a long attribute that looks like a text": (
        inserted(f'<a b=">{LONG}" {DECLARATIONS}/>', "<sr:Body>"),
        FORBIDDEN,
        NAMESPACES,
    ),
    "33 namespaces with long names": (
        inserted("".join(f'<a xmlns:n{n}=">{LONG[:20_000]}"/>' for n in range(33)), "<sr:Body>"),
        FORBIDDEN,
        NAMESPACES,
    ),
    "129 attributes behind a long text": (
        in_a_value(f"{LONG}<a {ATTRIBUTES}/>"),
        FORBIDDEN,
        "expected at most 16 attributes of one element, found more",
    ),
    "xsi:type behind a long text": (in_a_value(f'{LONG}<a {XSI} xsi:type="b"/>'), FORBIDDEN, XSI_TYPE),
    "xsi:type behind a long attribute that looks like a text": (
        inserted(f'<a b=">{LONG}" {XSI} xsi:type="b"/>', "<sr:Body>"),
        FORBIDDEN,
        XSI_TYPE,
    ),
    "xsi:type in the middle of long attributes": (
        inserted(f'<a b=">{LONG}" {XSI} c=">{LONG}" xsi:type="b" d=">{LONG}"/>', "<sr:Body>"),
        FORBIDDEN,
        XSI_TYPE,
    ),
    "5,000 references behind a long text": (
        inserted("<ds:Reference/>" * 5000, "<ds:Reference ", in_a_value(LONG)),
        FORBIDDEN,
        "expected at most 64 elements in signatures, found more",
    ),
    "33 levels and much markup behind a long text": (
        in_a_value(LONG + "<a>" * 30 + "<a/>" * 250 + "</a>" * 30),
        FORBIDDEN,
        "expected at most 32 levels of elements, found more",
    ),
    "a tag that ends in a long text": (
        inserted(f'<a b=">{LONG}', "<sr:Body>"),
        "not-xml",
        "expected",
    ),
    "a long value": (in_a_value(LONG), INVALID, "DeviceID: expected an EUI-64"),
}

WELL_FORMED: dict[str, bytes] = {
    "one long text": in_a_value(LONG),
    "long texts and short ones": in_a_value(f"{LONG}<a>b</a>{LONG}<a>{LONG}</a>c"),
    "a long text with signs of markup in it": in_a_value(f"{LONG}>{LONG}=&lt;&#13;'\"{LONG}"),
    "a long text in CDATA": in_a_value(f"<![CDATA[<a b='>{LONG}']]>"),
    "a long comment": inserted(f"<!-- >{LONG}<a>{LONG} -->", "<sr:Body>"),
    "long attributes": inserted(f'<a b=">{LONG}" c="{LONG}>"><d e=">{LONG}>{LONG}"/></a>', "<sr:Body>"),
    "a long tag": inserted(f"<a{' ' * 100_000}b='c'{' ' * 100_000}/>", "<sr:Body>"),
    "many tags": inserted("<a>b</a>" * 40_000, "<sr:Body>"),
    "a long text before the end": GOOD.replace(b"</sr:Request>", LONG.encode() + b"</sr:Request>"),
    "a text of just the length": in_a_value("A" * 16_384),
    "nothing long": GOOD,
}
"""Documents whose tags are to be found again in what is looked at."""
