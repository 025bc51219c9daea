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
NOTHING_BEHIND = "expected nothing after the end of the root element"
A_BODY = "Body: expected one of 130 elements such as ActivateAuxiliaryLoad, ActivateEmergencyCredit or ActivateFirmware"
ATTRIBUTES = "expected at most 2700 attributes in the document, found more"
ATTRIBUTES_OF_ONE = "expected at most 16 attributes of one element, found more"

GOOD = signed()
TEXT = GOOD.decode()
DIGEST = hashlib.sha256(request()).digest()
EVIL = request(INVENTORY.replace(DEVICE, "B0-00-00-00-00-00-00-66"))
SIGNATURE = TEXT[TEXT.index("<ds:Signature ") : TEXT.rindex("</")].encode()
XSI_NAMESPACE = "http://www.w3.org/2001/XMLSchema-instance"
XSI = f'xmlns:xsi="{XSI_NAMESPACE}"'
XSI_ESCAPED = f'xmlns:p="{XSI_NAMESPACE.replace("-", "&#x2d;")}"'


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
    "a document type in small letters": (
        b"<!doctype r>" + GOOD,
        XML,
        "expected an element's name, a comment or a CDATA section after '<', found '!' after it",
    ),
    "an entity nobody declared": (
        inserted("&x;", "</sr:DeviceID>"),
        XML,
        "expected one of &amp; &lt; &gt; &quot; &apos; or a character's number, found another entity",
    ),
    "a character reference to NUL": (
        inserted("&#0;", "</sr:DeviceID>"),
        XML,
        "expected a character that XML allows, found a reference to character 0",
    ),
    "nothing": (b"", XML, "expected an XML document, found an empty document"),
    "blanks": (b" \n ", XML, "expected an XML document, found 3 blanks only"),
    "no XML": (b"RequestID=1", XML, "expected an XML document, which begins with '<', found 'R'"),
    "half a document": (GOOD[: len(GOOD) // 2], XML, "expected '>', found the end of the document"),
    "junk after the root": (GOOD + b"junk", XML, f"{NOTHING_BEHIND}, found text (4 characters)"),
    "a second root": (GOOD + GOOD, XML, f"{NOTHING_BEHIND}, found another element"),
    "XML 1.1 controls": (
        b'<?xml version="1.1"?>' + inserted("&#1;", "</sr:DeviceID>"),
        XML,
        "expected a character that XML allows, found a reference to character 1",
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
        "expected UTF-8, found octet E9, number 406 of the document, which is not UTF-8",
    ),
    "overlong UTF-8": (
        GOOD.replace(b"</sr:DeviceID>", b"\xc0\xbc/sr:DeviceID>"),
        XML,
        "expected UTF-8, found octet C0, number 406 of the document, which is not UTF-8",
    ),
    "a surrogate in UTF-8": (
        GOOD.replace(b"</sr:DeviceID>", b"\xed\xa0\x80</sr:DeviceID>"),
        XML,
        "expected UTF-8, found octet ED, number 406 of the document, which is not UTF-8",
    ),
    "EBCDIC": (TEXT.encode("cp037"), XML, "expected an XML document, which begins with '<', found 'L'"),
    "two marks": (
        b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD,
        XML,
        "expected an XML document, which begins with '<', found octet EF",
    ),
    "NUL first": (b"\0" + GOOD, FORBIDDEN, NOT_UTF8),
    "NUL inside": (
        inserted("\0", "</sr:DeviceID>"),
        XML,
        "expected a character that XML allows, found character U+0000",
    ),
    "NUL last": (GOOD + b"\0", XML, f"{NOTHING_BEHIND}, found text (1 character)"),
    "a text of eleven megabytes": (
        inserted("A" * 11_000_000, "</sr:DeviceID>"),
        XML,
        "expected a text or name of at most 10,000,000 octets, found a longer one",
    ),
    "10,000 levels": (
        b"<a>" * 10_000 + b"</a>" * 10_000,
        XML,
        "expected at most 256 levels of elements, found more",
    ),
    "10,000 levels in the Signature": (
        inserted("<a>" * 10_000 + "</a>" * 10_000, "<ds:X509Data>"),
        XML,
        "expected at most 256 levels of elements, found more",
    ),
    "comments in comments": (
        inserted("<!-- " * 1000 + "-->" * 1000, "<sr:Body>"),
        XML,
        "expected no '--' inside a comment, found one",
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
    "20,000 attributes": (on_root(" ".join(f'a{n}=""' for n in range(20_000))), FORBIDDEN, ATTRIBUTES_OF_ONE),
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
    "xsi:type by a namespace that is written with a character reference": (
        request(INVENTORY.replace("<sr:DeviceID>", f'<sr:DeviceID {XSI_ESCAPED} p:type="sr:Uprn">')),
        FORBIDDEN,
        "the attribute xsi:type is not accepted",
    ),
    "xsi:type by a prefix of the sender's choice": (
        request(INVENTORY.replace("<sr:DeviceID>", f"<sr:DeviceID xmlns:p\n=\t'{XSI_NAMESPACE}' p:type='sr:Uprn'>")),
        FORBIDDEN,
        "the attribute xsi:type is not accepted",
    ),
    "xsi:nil by the second of two prefixes": (
        on_root(
            XSI,
            request(INVENTORY.replace("<sr:DeviceID>", f'<sr:DeviceID xmlns:p="{XSI_NAMESPACE}" p:nil="true">')),
        ),
        FORBIDDEN,
        "the attribute xsi:nil is not accepted",
    ),
    "xsi:type behind a comment that has the namespace": (
        inserted(f"<!-- xmlns:a='{XSI_NAMESPACE}' -->", "<sr:Header>", on_root(f'{XSI} xsi:type="sr:a"')),
        FORBIDDEN,
        "the attribute xsi:type is not accepted",
    ),
    "a namespace undone": (
        on_root('xmlns:a=""'),
        XML,
        "expected a declaration that XML namespaces allow, found an empty or reserved one",
    ),
    "a prefix nobody declared": (
        inserted("<a:b/>", "<sr:Body>"),
        XML,
        "expected a declaration of the prefix a, found none",
    ),
    "one attribute twice": (
        on_root('schemaVersion="5.4"'),
        XML,
        "expected the attribute schemaVersion once, found it twice in one element",
    ),
}

SCHEMA: dict[str, Attack] = {
    "an inclusion of a file": (
        request('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'),
        INVALID,
        f"{A_BODY}, found include",
    ),
    "an inclusion in the place of a value": (
        request(
            '<sr:ReadInventory><sr:DeviceID><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
            "</sr:DeviceID></sr:ReadInventory>"
        ),
        INVALID,
        "DeviceID: expected an EUI-64 (eight pairs of hexadecimal digits joined by hyphens), found the element include "
        "inside",
    ),
    "xml:space": (
        on_root('xml:space="preserve"'),
        INVALID,
        "Request: expected only the attribute schemaVersion, found the attribute xml:space",
    ),
    "xml:base": (
        on_root('xml:base="http://127.0.0.1/"'),
        INVALID,
        "Request: expected only the attribute schemaVersion, found the attribute xml:base",
    ),
    "xml:id": (
        on_root('xml:id="a"'),
        INVALID,
        "Request: expected only the attribute schemaVersion, found the attribute xml:id",
    ),
    "an Id on the request": (
        on_root('Id="a"'),
        INVALID,
        "Request: expected only the attribute schemaVersion, found the attribute Id",
    ),
    "one Id twice": (
        GOOD.replace(b"<ds:SignedInfo>", b'<ds:SignedInfo Id="a">').replace(b"<ds:KeyInfo>", b'<ds:KeyInfo Id="a">'),
        INVALID,
        "Id of KeyInfo: expected a name that no other element of the document has as its Id, found 'a'",
    ),
    "another root": (
        signed(request().replace(b"sr:Request", b"sr:Requests")),
        INVALID,
        "expected Request, found Requests",
    ),
    "a request in no namespace": (
        signed(request().replace(b"sr:", b"").replace(b"xmlns:sr", b"xmlns:a")),
        INVALID,
        "expected Request, found Request in no namespace",
    ),
    "a Response": (
        signed(request().replace(b"sr:Request ", b"sr:Response ").replace(b"sr:Request>", b"sr:Response>")),
        INVALID,
        "expected Request, found Response",
    ),
    "a bare KeyInfo": (
        f'<KeyInfo xmlns="{SIGNATURE_NAMESPACE}">{"<X509Data/>" * 9}</KeyInfo>'.encode(),
        INVALID,
        "expected Request, found KeyInfo",
    ),
    "two bodies": (
        signed(request(INVENTORY + INVENTORY)),
        INVALID,
        "Body: expected the end of Body, found ReadInventory",
    ),
    "two requests in one": (
        signed(request(request().decode())),
        INVALID,
        f"{A_BODY}, found Request",
    ),
    "the signature first": (
        inserted(SIGNATURE.decode(), "<sr:Header>", request()),
        INVALID,
        "Request: expected Header, found Signature",
    ),
    "the signature in Body": (
        inserted(SIGNATURE.decode(), "</sr:Body>", request()),
        INVALID,
        "Body: expected the end of Body, found Signature",
    ),
    "two signatures": (
        with_signature(GOOD, SIGNATURE),
        INVALID,
        "Request: expected the end of Request, found Signature",
    ),
    "a signed request inside the body of another": (
        with_signature(request(TEXT), SIGNATURE),
        INVALID,
        f"{A_BODY}, found Request",
    ),
    "no reference": (
        forge(references=""),
        INVALID,
        "SignedInfo: expected Reference, found the end of SignedInfo",
    ),
    "two SignedInfo": (
        inserted(TEXT[TEXT.index("<ds:SignedInfo>") : TEXT.index("<ds:SignatureValue>")], "<ds:SignedInfo>"),
        INVALID,
        "Signature: expected SignatureValue, found SignedInfo",
    ),
    "base64 with a stray character": (
        signed(REQUESTS["7.2 as a signed pre-command"].replace(b"3wkB", b"!3wkB")),
        INVALID,
        "expected base64, found characters outside its alphabet or a wrong length",
    ),
    "a year that nobody can hold": (
        signed(REQUESTS["4.1.1 of a later time in a sequence"].replace(b"2030-", b"12030-")),
        INVALID,
        "expected a date and time between the years 1 and 9999, found '12030-01-15T09:00:00.00Z'",
    ),
    "the counter of a RequestID over 64 bits": (
        signed(request(request_id=f"{USER}:{DCC}:18446744073709551616")),
        INVALID,
        "RequestID: expected a counter from 0 to 18446744073709551615 as the 3rd of three parts, found "
        "'18446744073709551616'",
    ),
}
