"""What is told of a document that is no XML: in plain words, at the place where the mistake begins."""

from __future__ import annotations

import pytest
from marked import INVENTORY, MARK, SR, Told, whole
from schemas_world import DEVICE

from schemas.request import Fault, Malformed
from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE, DuisSchema

AT_DEVICE = "/Request/Body/ReadInventory/DeviceID"
WHOLE = whole(INVENTORY)
NO_MORE = "expected nothing after the end of the root element"
A_TEXT = whole(INVENTORY.replace(DEVICE, "caf\u00e9"))


def in_device(text: str, message: str, hint: str = "") -> Told:
    """``text`` in the place of an identifier; characters of two octets stand before it in its line."""
    return Told(
        whole(INVENTORY.replace(DEVICE, text)).replace("<sr:Body>", "<!--\u00e9\u00e9--><sr:Body>"),
        AT_DEVICE,
        message,
        hint,
    )


ILL_FORMED: dict[str, Told] = {
    "another end tag": Told(
        WHOLE.replace("</sr:DeviceID>", f"{MARK}</sr:DeviceId>"),
        AT_DEVICE,
        "expected </sr:DeviceID>, found </sr:DeviceId>",
        "sr:DeviceID begins at line 3, column 28",
    ),
    "an end tag left out": Told(
        WHOLE.replace("</sr:DeviceID>", "").replace("</sr:ReadInventory>", f"{MARK}</sr:ReadInventory>"),
        AT_DEVICE,
        "expected </sr:DeviceID>, found </sr:ReadInventory>",
        "sr:DeviceID begins at line 3, column 28 and has no end",
    ),
    "an end tag too many": Told(WHOLE + f"{MARK}</sr:Request>", "", f"{NO_MORE}, found an end tag without a beginning"),
    "the end left out": Told(
        WHOLE.replace("</sr:Request>", "\n") + MARK,
        "/Request",
        "expected </sr:Request>, found the end of the document",
        "sr:Request begins at line 1, column 1",
    ),
    "a document cut in a value": Told(
        WHOLE[: WHOLE.index(DEVICE) + 4] + MARK,
        AT_DEVICE,
        "expected </sr:DeviceID>, found the end of the document",
        "sr:DeviceID begins at line 3, column 28",
    ),
    "a document cut in a tag": Told(
        WHOLE[: WHOLE.index("<sr:DeviceID>") + 6] + MARK,
        "/Request/Body/ReadInventory",
        "expected '>', found the end of the document",
        "the tag begins at line 3, column 28",
    ),
    "a document cut in a comment": Told(
        f"<!-- {WHOLE}{MARK}",
        "",
        "expected '-->', found the end of the document",
        "the comment begins at line 1, column 1",
    ),
    "a document cut in a CDATA section": Told(
        WHOLE[: WHOLE.index(DEVICE)] + f"<![CDATA[{DEVICE}{MARK}",
        AT_DEVICE,
        "expected ']]>', found the end of the document",
        "the CDATA section begins at line 3, column 41",
    ),
    "a bare & before a blank": in_device(
        f"a {MARK}& b",
        "expected the name of an entity and ';' after '&', found ' ' after it",
        "write &amp; for the sign itself",
    ),
    "a bare & before a letter": in_device(
        f"a {MARK}&b c",
        "expected the name of an entity and ';' after '&', found no ';'",
        "write &amp; for the sign itself",
    ),
    "an entity that nobody declared": in_device(
        f"a {MARK}&nbsp; c",
        "expected one of &amp; &lt; &gt; &quot; &apos; or a character's number, found another entity",
        "write &amp; for the sign '&' itself",
    ),
    "a bare < before a blank": in_device(
        f"a {MARK}< b", "expected an element's name after '<', found ' ' after it", "write &lt; for the sign itself"
    ),
    "a bare < before a digit": in_device(
        f"a {MARK}<2", "expected an element's name after '<', found '2' after it", "write &lt; for the sign itself"
    ),
    "]]> in a text": in_device(
        f"a{MARK}]]>b", "expected no ']]>' inside a text, found one", "write ]]&gt; for the signs themselves"
    ),
    "a control character": in_device(f"a{MARK}\x01b", "expected a character that XML allows, found character U+0001"),
    "a reference to a control character": in_device(
        f"a{MARK}&#x1;b", "expected a character that XML allows, found a reference to character x1"
    ),
    "a reference to no number": in_device(f"a{MARK}&#;b", "expected a number between '&#' and ';', found none"),
    "a reference to no hexadecimal number": in_device(
        f"a{MARK}&#x1g;b", "expected a number between '&#' and ';', found another sign"
    ),
    "an instruction without a name": in_device(
        f"a{MARK}<? b", "expected a name after '<?', found none", "write &lt; for the sign '<' itself"
    ),
    "two colons in a name": Told(
        WHOLE.replace("<sr:Header>", f"{MARK}<sr:a:Header>"),
        "/Request",
        "expected a name, or a prefix and a name joined by one colon, found another sign in it",
    ),
    "two hyphens in a comment": Told(
        f"<!-- a {MARK}-- b -->{WHOLE}", "", "expected no '--' inside a comment, found one"
    ),
    "a text behind the root": Told(f"{WHOLE}\n {MARK}and so on", "", f"{NO_MORE}, found text (9 characters)"),
    "a second root": Told(f"{WHOLE}\n{MARK}{WHOLE}", "", f"{NO_MORE}, found another element"),
    "nothing": Told(MARK, "", "expected an XML document, found an empty document"),
    "blanks": Told(f"{MARK} \n ", "", "expected an XML document, found 3 blanks only"),
    "JSON": Told(
        f'{MARK}{{"RequestID": 1}}',
        "",
        "expected an XML document, which begins with '<', found '{'",
        "this looks like JSON; requests are XML",
    ),
    "a text before the root": Told(
        f"\n {MARK}POST {WHOLE}", "", "expected an XML document, which begins with '<', found 'P'"
    ),
    "a blank before the declaration": Told(
        f'\n{MARK}<?xml version="1.0"?>{WHOLE}',
        "",
        "expected <?xml at the very beginning of the document only, found 1 octet before it",
        "remove what stands before it",
    ),
    "a declaration in the middle": Told(
        WHOLE.replace("<sr:Header>", f'{MARK}<?xml version="1.0"?><sr:Header>'),
        "/Request",
        "expected <?xml at the very beginning of the document only, found 93 octets before it",
    ),
    "a declaration without version": Told(
        f"{MARK}<?xml?>{WHOLE}",
        "",
        'expected a declaration such as <?xml version="1.0" encoding="UTF-8"?>, found another',
    ),
    "the DUIS prefix without declaration": Told(
        MARK + WHOLE.replace(f" {SR}", ""),
        "",
        "expected a declaration of the prefix sr, found none",
        f'declare xmlns:sr="{DUIS_NAMESPACE}", in the root element for example',
    ),
    "the signature's prefix without declaration": Told(
        WHOLE.replace("</sr:Request>", f"{MARK}<ds:Signature/></sr:Request>"),
        "/Request",
        "expected a declaration of the prefix ds, found none",
        f'declare xmlns:ds="{SIGNATURE_NAMESPACE}", in the root element for example',
    ),
    "an attribute's prefix without declaration": Told(
        WHOLE.replace("<sr:Body>", f'{MARK}<sr:Body xsi:nil="1">'),
        "/Request",
        "expected a declaration of the prefix xsi, found none",
        'declare xmlns:xsi="...", in the root element for example',
    ),
    "an attribute twice": Told(
        MARK + WHOLE.replace("schemaVersion", 'schemaVersion="5.4" schemaVersion'),
        "",
        "expected the attribute schemaVersion once, found it twice in one element",
    ),
    "an attribute without quotation marks": Told(
        WHOLE.replace('schemaVersion="5.4"', f"schemaVersion={MARK}5.4"),
        "",
        "expected a quotation mark before the attribute's value, found none",
    ),
    "an attribute without a value": Told(
        WHOLE.replace('schemaVersion="5.4"', f"schemaVersion{MARK}"),
        "",
        "expected '=' and a value in quotation marks after the attribute's name, found none",
    ),
    "a quotation mark left out": Told(
        WHOLE.replace('schemaVersion="5.4"', 'schemaVersion="5.4').replace("<sr:Header>", f"{MARK}<sr:Header>"),
        "",
        "expected no '<' inside an attribute, found one",
        "write &lt; for the sign itself; or a quotation mark is missing before it",
    ),
    "attributes without a blank between": Told(
        WHOLE.replace(f"{SR} schemaVersion", f"{SR}{MARK}schemaVersion"),
        "",
        "expected a blank between two attributes, found none",
    ),
    "a namespace undone": Told(
        MARK + WHOLE.replace(SR, f'{SR} xmlns:a=""'),
        "",
        "expected a declaration that XML namespaces allow, found an empty or reserved one",
    ),
}


@pytest.mark.parametrize("name", ILL_FORMED)
def test_a_mistake_is_told_where_it_begins(own: DuisSchema, name: str) -> None:
    document, fault = ILL_FORMED[name].read()
    assert Malformed(kind="not-xml", faults=(fault,)) == own.read(document)


OCTETS = {
    "a letter of ISO-8859-1": (b"caf\xe9", 3, "E9"),
    "a character cut in two": (b"caf\xc3\x28", 3, "C3"),
    "an overlong form": (b"\xc0\xbc", 0, "C0"),
    "half of a surrogate pair": (b"ab\xed\xa0\x80", 2, "ED"),
}


@pytest.mark.parametrize("name", OCTETS)
def test_an_octet_that_is_not_utf_8_is_told_by_its_place(own: DuisSchema, name: str) -> None:
    octets, before, octet = OCTETS[name]
    document = WHOLE.encode().replace(DEVICE.encode(), octets)
    number = WHOLE.index(DEVICE) + before + 1
    found = f"octet {octet}, number {number} of the document, which is not UTF-8"
    expected = Fault(
        message=f"expected UTF-8, found {found}",
        line=3,
        column=number - WHOLE.rindex("\n") - 1,
        path=AT_DEVICE,
        expected="UTF-8",
        found=found,
        hint="was the document written in ISO-8859-1 or Windows-1252?",
    )
    assert Malformed(kind="not-xml", faults=(expected,)) == own.read(document)


LARGE = {
    "a text above the parser's limit": (
        "A" * 10_000_001,
        "expected a text or name of at most 10,000,000 octets, found a longer one",
    ),
    "an end tag of another name": (
        f"{'A' * 1_000_000}</sr:Device>",
        "expected the end of DeviceID, found </sr:Device>",
    ),
    "a bare sign": (f"{'A' * 1_000_000} & ", "expected the name of an entity and ';' after '&', found ' ' after it"),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_document_is_refused_in_words_too(own: DuisSchema, name: str) -> None:
    value, message = LARGE[name]
    outcome = own.read(WHOLE.replace(DEVICE, value).encode())
    assert isinstance(outcome, Malformed)
    assert [(message, 3)] == [(fault.message, fault.line) for fault in outcome.faults]


def test_a_byte_order_mark_counts_for_nothing(own: DuisSchema) -> None:
    document, fault = ILL_FORMED["another end tag"].read()
    assert Malformed(kind="not-xml", faults=(fault,)) == own.read(b"\xef\xbb\xbf" + document)
