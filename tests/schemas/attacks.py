"""Documents made to hurt a reader or to slip past a schema, each with the kind and the message of its refusal."""

from __future__ import annotations

import hashlib

from full_documents import REQUESTS
from schemas_world import DCC, DEVICE, INVENTORY, USER, forge, request, signed

from schemas.xsd import SIGNATURE_NAMESPACE

Attack = tuple[bytes, str, str]
"""Document, kind of refusal, message."""

XML, FORBIDDEN, INVALID = "not-xml", "forbidden-construct", "not-schema-valid"

NO_DOCTYPE = "a document type declaration is not accepted, nor are entities"
NOT_UTF8 = "expected UTF-8, found another encoding (UTF-16 or UTF-32)"
NO_INSTRUCTION = "a processing instruction (do) is not accepted"
NO_COMMENT = "a comment inside a value is not accepted"
NAMESPACES = "expected at most 32 namespace declarations, found more"
ATTRIBUTES = "expected at most 128 attributes in the document, found more"

GOOD = signed()
TEXT = GOOD.decode()
DIGEST = hashlib.sha256(request()).digest()
EVIL = request(INVENTORY.replace(DEVICE, "B0-00-00-00-00-00-00-66"))
SIGNATURE = TEXT[TEXT.index("<ds:Signature ") : TEXT.rindex("</")].encode()
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def with_signature(document: bytes, signature: bytes) -> bytes:
    at = document.rindex(b"</")
    return document[:at] + signature + document[at:]


def inserted(what: str, before: str, document: bytes = GOOD) -> bytes:
    text = document.decode()
    assert before in text
    return text.replace(before, what + before, 1).encode()


def on_root(attributes: str, document: bytes | None = None) -> bytes:
    """An unsigned request with more attributes on its root."""
    return inserted(f"{attributes} ", "schemaVersion=", document or request())


def declared(encoding: str, document: bytes = GOOD) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + document


def doctype(subset: str, value: str) -> bytes:
    return f"<!DOCTYPE r [{subset}]>".encode() + GOOD.replace(DEVICE.encode(), value.encode())


BOMB = '<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

PARSING: dict[str, Attack] = {
    "entities that expand to gigabytes": (doctype(BOMB, "&i;"), FORBIDDEN, NO_DOCTYPE),
    "an external entity": (doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"), FORBIDDEN, NO_DOCTYPE),
    "a parameter entity": (doctype('<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;', DEVICE), FORBIDDEN, NO_DOCTYPE),
    "an external document type": (b'<!DOCTYPE r SYSTEM "http://127.0.0.1/">' + GOOD, FORBIDDEN, NO_DOCTYPE),
    "a document type in a comment": (inserted("<!-- <!DOCTYPE r> -->", "<sr:Body>"), FORBIDDEN, NO_DOCTYPE),
    "a document type in CDATA": (inserted("<![CDATA[<!DOCTYPE r>]]>", "</sr:DeviceID>"), FORBIDDEN, NO_DOCTYPE),
    "a document type in small letters": (b"<!doctype r>" + GOOD, XML, "StartTag: invalid element name"),
    "an entity nobody declared": (inserted("&x;", "</sr:DeviceID>"), XML, "Entity 'x' not defined"),
    "a character reference to NUL": (
        inserted("&#0;", "</sr:DeviceID>"),
        XML,
        "invalid xmlChar value 0",
    ),
    "nothing": (b"", XML, "Document is empty"),
    "blanks": (b" \n ", XML, "Start tag expected, '<' not found"),
    "no XML": (b"RequestID=1", XML, "Start tag expected, '<' not found"),
    "half a document": (GOOD[: len(GOOD) // 2], XML, "expected '>'"),
    "junk after the root": (GOOD + b"junk", XML, "Extra content at the end of the document"),
    "a second root": (GOOD + GOOD, XML, "Extra content at the end of the document"),
    "XML 1.1 controls": (
        b'<?xml version="1.1"?>' + inserted("&#1;", "</sr:DeviceID>"),
        XML,
        "invalid xmlChar value 1",
    ),
    "UTF-16 with its mark": (TEXT.encode("utf-16"), FORBIDDEN, NOT_UTF8),
    "UTF-16, big end first": (b"\xfe\xff" + TEXT.encode("utf-16-be"), FORBIDDEN, NOT_UTF8),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), FORBIDDEN, NOT_UTF8),
    "UTF-32 with its mark": (TEXT.encode("utf-32"), FORBIDDEN, NOT_UTF8),
    "UTF-32 without a mark": (TEXT.encode("utf-32-be"), FORBIDDEN, NOT_UTF8),
    "UTF-16 declared": (declared("UTF-16"), FORBIDDEN, "expected encoding UTF-8, found UTF-16"),
    "UTF-7": (declared("UTF-7", TEXT.encode("utf-7")), FORBIDDEN, "expected encoding UTF-8, found UTF-7"),
    "Latin-1": (declared("ISO-8859-1"), FORBIDDEN, "expected encoding UTF-8, found ISO-8859-1"),
    "Latin-1 behind a UTF-8 mark": (
        b"\xef\xbb\xbf" + declared("ISO-8859-1"),
        FORBIDDEN,
        "expected encoding UTF-8, found ISO-8859-1",
    ),
    "Latin-1 octets in UTF-8": (
        inserted("\xe9", "</sr:DeviceID>").decode().encode("latin-1"),
        XML,
        "Invalid bytes in character encoding",
    ),
    "overlong UTF-8": (
        GOOD.replace(b"</sr:DeviceID>", b"\xc0\xbc/sr:DeviceID>"),
        XML,
        "Invalid bytes in character encoding",
    ),
    "a surrogate in UTF-8": (
        GOOD.replace(b"</sr:DeviceID>", b"\xed\xa0\x80</sr:DeviceID>"),
        XML,
        "Invalid bytes in character encoding",
    ),
    "EBCDIC": (TEXT.encode("cp037"), XML, "Start tag expected, '<' not found"),
    "two marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD, XML, "Start tag expected, '<' not found"),
    "NUL first": (b"\0" + GOOD, FORBIDDEN, NOT_UTF8),
    "NUL inside": (inserted("\0", "</sr:DeviceID>"), XML, "Invalid character: Char 0x0 out of allowed range"),
    "NUL last": (GOOD + b"\0", XML, "Extra content at the end of the document"),
    "a text of eleven megabytes": (
        inserted("A" * 11_000_000, "</sr:DeviceID>"),
        XML,
        "Resource limit exceeded: Text node too long",
    ),
    "10,000 levels": (
        b"<a>" * 10_000 + b"</a>" * 10_000,
        XML,
        "Excessive depth in document: 256",
    ),
    "10,000 levels in the Signature": (
        inserted("<a>" * 10_000 + "</a>" * 10_000, "<ds:X509Data>"),
        XML,
        "Excessive depth in document: 256",
    ),
    "comments in comments": (
        inserted("<!-- " * 1000 + "-->" * 1000, "<sr:Body>"),
        XML,
        "Double hyphen within comment: <!-- <!",
    ),
    "an instruction before the root": (b"<?do it?>" + GOOD, FORBIDDEN, NO_INSTRUCTION),
    "a style sheet": (
        b'<?xml-stylesheet href="http://127.0.0.1/"?>' + GOOD,
        FORBIDDEN,
        "a processing instruction (xml-stylesheet) is not accepted",
    ),
    "an instruction in the root": (inserted("<?do it?>", "<sr:Body>"), FORBIDDEN, NO_INSTRUCTION),
    "an instruction in a value": (inserted("<?do it?>", "</sr:DeviceID>"), FORBIDDEN, NO_INSTRUCTION),
    "an instruction before SignedInfo": (inserted("<?do it?>", "<ds:SignedInfo>"), FORBIDDEN, NO_INSTRUCTION),
    "an instruction in SignedInfo": (inserted("<?do it?>", "<ds:Reference"), FORBIDDEN, NO_INSTRUCTION),
    "an instruction after the root": (GOOD + b"<?do it?>", FORBIDDEN, NO_INSTRUCTION),
    "a comment inside a digested value": (inserted("<!---->", "-0E</sr:DeviceID>"), FORBIDDEN, NO_COMMENT),
    "a comment inside SignatureValue": (inserted("<!---->", "</ds:SignatureValue>"), FORBIDDEN, NO_COMMENT),
    "a comment inside the issuer": (inserted("<!---->", "</ds:X509IssuerName>"), FORBIDDEN, NO_COMMENT),
    "2,000 namespaces": (on_root(" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(2000))), FORBIDDEN, NAMESPACES),
    "thirty-three namespaces on elements": (
        inserted("".join(f'<n{n}:a xmlns:n{n}="urn:{n}"/>' for n in range(33)), "<ds:X509Data>"),
        FORBIDDEN,
        NAMESPACES,
    ),
    "nine namespaces and much markup": (
        inserted("<a/>" * 250, "<ds:X509Data>", on_root(" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(9)), GOOD)),
        FORBIDDEN,
        "expected at most 8 namespace declarations, found more",
    ),
    "33 levels and much markup": (
        inserted("<a>" * 30 + "<a/>" * 250 + "</a>" * 30, "<ds:X509Data>"),
        FORBIDDEN,
        "expected at most 32 levels of elements, found more",
    ),
    "20,000 attributes": (on_root(" ".join(f'a{n}=""' for n in range(20_000))), FORBIDDEN, ATTRIBUTES),
    "20,000 attributes on elements": (inserted('<a b=""/>' * 20_000, "<ds:X509Data>"), FORBIDDEN, ATTRIBUTES),
    "5,000 references": (
        inserted("<ds:Reference/>" * 5000, "<ds:Reference "),
        FORBIDDEN,
        "expected at most 64 elements in signatures, found more",
    ),
    "xsi:schemaLocation": (
        on_root(f'{XSI} xsi:schemaLocation="urn:a http://127.0.0.1/a.xsd"'),
        FORBIDDEN,
        "the attribute xsi:schemaLocation is not accepted",
    ),
    "xsi:noNamespaceSchemaLocation": (
        on_root(f'{XSI} xsi:noNamespaceSchemaLocation="http://127.0.0.1/a.xsd"'),
        FORBIDDEN,
        "the attribute xsi:noNamespaceSchemaLocation is not accepted",
    ),
    "xsi:type": (
        request(INVENTORY.replace("<sr:DeviceID>", f'<sr:DeviceID {XSI} xsi:type="sr:Uprn">')),
        FORBIDDEN,
        "the attribute xsi:type is not accepted",
    ),
    "xsi:nil": (
        request(INVENTORY.replace("<sr:DeviceID>", f'<sr:DeviceID {XSI} xsi:nil="true">')),
        FORBIDDEN,
        "the attribute xsi:nil is not accepted",
    ),
    "a namespace undone": (on_root('xmlns:a=""'), XML, "xmlns:a: Empty XML namespace is not allowed"),
    "a prefix nobody declared": (inserted("<a:b/>", "<sr:Body>"), XML, "Namespace prefix a on b is not defined"),
    "one attribute twice": (on_root('schemaVersion="5.4"'), XML, "Attribute schemaVersion redefined"),
}

SCHEMA: dict[str, Attack] = {
    "an inclusion of a file": (
        request('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'),
        INVALID,
        "Element 'include': This element is not expected.",
    ),
    "an inclusion in the place of a value": (
        request(
            '<sr:ReadInventory><sr:DeviceID><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
            "</sr:DeviceID></sr:ReadInventory>"
        ),
        INVALID,
        "Element 'DeviceID': Element content is not allowed, because the type definition is simple.",
    ),
    "xml:space": (
        on_root('xml:space="preserve"'),
        INVALID,
        "Element 'Request', attribute 'space': The attribute 'space' is not allowed.",
    ),
    "xml:base": (
        on_root('xml:base="http://127.0.0.1/"'),
        INVALID,
        "Element 'Request', attribute 'base': The attribute 'base' is not allowed.",
    ),
    "xml:id": (on_root('xml:id="a"'), INVALID, "Element 'Request', attribute 'id': The attribute 'id' is not allowed."),
    "an Id on the request": (
        on_root('Id="a"'),
        INVALID,
        "Element 'Request', attribute 'Id': The attribute 'Id' is not allowed.",
    ),
    "one Id twice": (
        GOOD.replace(b"<ds:SignedInfo>", b'<ds:SignedInfo Id="a">').replace(b"<ds:KeyInfo>", b'<ds:KeyInfo Id="a">'),
        INVALID,
        "Element 'KeyInfo', attribute 'Id': 'a' is not a valid value of the atomic type 'xs:ID'.",
    ),
    "another root": (
        signed(request().replace(b"sr:Request", b"sr:Requests")),
        INVALID,
        "expected a Request, found Requests",
    ),
    "a request in no namespace": (
        signed(request().replace(b"sr:", b"").replace(b"xmlns:sr", b"xmlns:a")),
        INVALID,
        "expected a Request, found Request",
    ),
    "a Response": (
        signed(request().replace(b"sr:Request ", b"sr:Response ").replace(b"sr:Request>", b"sr:Response>")),
        INVALID,
        "expected a Request, found Response",
    ),
    "a bare KeyInfo": (
        f'<KeyInfo xmlns="{SIGNATURE_NAMESPACE}">{"<X509Data/>" * 9}</KeyInfo>'.encode(),
        INVALID,
        "expected a Request, found KeyInfo",
    ),
    "two bodies": (
        signed(request(INVENTORY + INVENTORY)),
        INVALID,
        "Element 'ReadInventory': This element is not expected.",
    ),
    "two requests in one": (
        signed(request(request().decode())),
        INVALID,
        "Element 'Request': This element is not expected.",
    ),
    "the signature first": (
        inserted(SIGNATURE.decode(), "<sr:Header>", request()),
        INVALID,
        "Element 'Signature': This element is not expected. Expected is ( Header ).",
    ),
    "the signature in Body": (
        inserted(SIGNATURE.decode(), "</sr:Body>", request()),
        INVALID,
        "Element 'Signature': This element is not expected.",
    ),
    "two signatures": (with_signature(GOOD, SIGNATURE), INVALID, "Element 'Signature': This element is not expected."),
    "a signed request inside the body of another": (
        with_signature(request(TEXT), SIGNATURE),
        INVALID,
        "Element 'Request': This element is not expected.",
    ),
    "no reference": (
        forge(references=""),
        INVALID,
        "Element 'SignedInfo': Missing child element(s). Expected is ( Reference ).",
    ),
    "two SignedInfo": (
        inserted(TEXT[TEXT.index("<ds:SignedInfo>") : TEXT.index("<ds:SignatureValue>")], "<ds:SignedInfo>"),
        INVALID,
        "Element 'SignedInfo': This element is not expected. Expected is ( SignatureValue ).",
    ),
    "base64 with a stray character": (
        signed(REQUESTS["7.2 as a signed pre-command"].replace(b"3wkB", b"!3wkB")),
        INVALID,
        "expected base64: Only base64 data is allowed",
    ),
    "a year that nobody can hold": (
        signed(REQUESTS["4.1.1 of a later time in a sequence"].replace(b"2030-", b"12030-")),
        INVALID,
        "expected a date and time between the years 1 and 9999, found '12030-01-15T09:00:00.00Z'",
    ),
    "the counter of a RequestID over 64 bits": (
        signed(request(request_id=f"{USER}:{DCC}:18446744073709551616")),
        INVALID,
        "Element 'RequestID': [facet 'pattern']",
    ),
}
