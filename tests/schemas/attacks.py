"""Documents made to deceive or to hurt, each with the kind and the message of its refusal.

Every forged signature here is sound: the named deviation alone stands between it and acceptance.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from full_documents import REQUESTS
from schemas.xsd import SIGNATURE_NAMESPACE
from schemas_world import (
    DCC,
    DEVICE,
    DIGEST_SHA256,
    ECDSA_SHA256,
    ENVELOPED,
    EXCLUSIVE_C14N,
    HMAC_SHA256,
    INCLUSIVE_C14N,
    INVENTORY,
    ORDER,
    RSA_SHA256,
    USER,
    agreement,
    expired,
    forge,
    issuer_serial,
    lookalike,
    provider,
    reference_to,
    request,
    signed,
    stranger,
    unknown,
    user,
)

Attack = tuple[bytes, str, str]
"""Document, kind of refusal, message."""

XML, FORBIDDEN, INVALID = "not-xml", "forbidden-construct", "not-schema-valid"
UNSIGNED, PROFILE, BROKEN = "unsigned", "signature-profile", "signature-does-not-verify"
UNKNOWN, DATES, ORIGINATOR = "unknown-certificate", "certificate-dates", "wrong-originator"

NO_DOCTYPE = "a document type declaration is not accepted, nor are entities"
DIGEST_DIFFERS = "the document is not the one that was signed (its digest differs)"
NOT_THAT_KEY = f"the signature was not made with the key of certificate {user.identity.serial}"
OUT_OF_RANGE = "r or s of the signature is out of range"
NOT_64 = "expected 64 octets r||s in SignatureValue"
ONE_AT_THE_END = "expected one Signature, at the end of the document"
BEYOND = "SignedInfo has parts beyond those of the profile"
ISSUER_SERIAL_ALONE = "expected X509IssuerSerial alone in KeyInfo"
WHOLE_DOCUMENT = 'expected Reference URI="" (the whole document)'

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


def raw(change: str) -> bytes:
    """A SignatureValue made of other numbers: ``r``, ``s`` or a value given in hexadecimal for each."""
    def value(octets: bytes) -> str:
        known = {"r": octets[:32], "s": octets[32:]}
        return base64.b64encode(b"".join(known.get(w) or int(w, 16).to_bytes(32, "big") for w in change.split())).decode()

    return forge(value=value)


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
    "a document type in small letters": (b"<!doctype r>" + GOOD, XML, ""),
    "an entity nobody declared": (inserted("&x;", "</sr:DeviceID>"), XML, ""),
    "a character reference to NUL": (inserted("&#0;", "</sr:DeviceID>"), XML, ""),
    "nothing": (b"", XML, ""),
    "blanks": (b" \n ", XML, ""),
    "no XML": (b"RequestID=1", XML, ""),
    "half a document": (GOOD[: len(GOOD) // 2], XML, ""),
    "junk after the root": (GOOD + b"junk", XML, ""),
    "a second root": (GOOD + GOOD, XML, ""),
    "XML 1.1 controls": (b'<?xml version="1.1"?>' + inserted("&#1;", "</sr:DeviceID>"), XML, ""),
    "UTF-16 with its mark": (TEXT.encode("utf-16"), FORBIDDEN, ""),
    "UTF-16, big end first": (b"\xfe\xff" + TEXT.encode("utf-16-be"), FORBIDDEN, ""),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), FORBIDDEN, ""),
    "UTF-32 with its mark": (TEXT.encode("utf-32"), FORBIDDEN, ""),
    "UTF-32 without a mark": (TEXT.encode("utf-32-be"), FORBIDDEN, ""),
    "UTF-16 declared": (declared("UTF-16"), FORBIDDEN, ""),
    "UTF-7": (declared("UTF-7", TEXT.encode("utf-7")), FORBIDDEN, ""),
    "Latin-1": (declared("ISO-8859-1"), FORBIDDEN, ""),
    "Latin-1 behind a UTF-8 mark": (b"\xef\xbb\xbf" + declared("ISO-8859-1"), FORBIDDEN, ""),
    "Latin-1 octets in UTF-8": (inserted("\xe9", "</sr:DeviceID>").decode().encode("latin-1"), XML, ""),
    "overlong UTF-8": (GOOD.replace(b"</sr:DeviceID>", b"\xc0\xbc/sr:DeviceID>"), XML, ""),
    "a surrogate in UTF-8": (GOOD.replace(b"</sr:DeviceID>", b"\xed\xa0\x80</sr:DeviceID>"), XML, ""),
    "EBCDIC": (TEXT.encode("cp037"), XML, ""),
    "two marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD, XML, ""),
    "NUL first": (b"\0" + GOOD, FORBIDDEN, ""),
    "NUL inside": (inserted("\0", "</sr:DeviceID>"), XML, ""),
    "NUL last": (GOOD + b"\0", XML, ""),
    "a text of eleven megabytes": (inserted("A" * 11_000_000, "</sr:DeviceID>"), XML, ""),
    "10,000 levels": (b"<a>" * 10_000 + b"</a>" * 10_000, XML, ""),
    "10,000 levels in the Signature": (inserted("<a>" * 10_000 + "</a>" * 10_000, "<ds:X509Data>"), XML, ""),
    "comments in comments": (inserted("<!-- " * 1000 + "-->" * 1000, "<sr:Body>"), XML, ""),
    "an instruction before the root": (b"<?do it?>" + GOOD, FORBIDDEN, ""),
    "a style sheet": (b'<?xml-stylesheet href="http://127.0.0.1/"?>' + GOOD, FORBIDDEN, ""),
    "an instruction in the root": (inserted("<?do it?>", "<sr:Body>"), FORBIDDEN, ""),
    "an instruction in a value": (inserted("<?do it?>", "</sr:DeviceID>"), FORBIDDEN, ""),
    "an instruction before SignedInfo": (inserted("<?do it?>", "<ds:SignedInfo>"), FORBIDDEN, ""),
    "an instruction in SignedInfo": (inserted("<?do it?>", "<ds:Reference"), FORBIDDEN, ""),
    "an instruction after the root": (GOOD + b"<?do it?>", FORBIDDEN, ""),
    "a comment inside a digested value": (inserted("<!---->", "-0E</sr:DeviceID>"), FORBIDDEN, ""),
    "a comment inside SignatureValue": (inserted("<!---->", "</ds:SignatureValue>"), FORBIDDEN, ""),
    "a comment inside the issuer": (inserted("<!---->", "</ds:X509IssuerName>"), FORBIDDEN, ""),
    "2,000 namespaces": (on_root(" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(2000))), FORBIDDEN, ""),
    "thirty-three namespaces on elements": (
        inserted("".join(f'<n{n}:a xmlns:n{n}="urn:{n}"/>' for n in range(33)), "<ds:X509Data>"), FORBIDDEN, ""
    ),
    "20,000 attributes": (on_root(" ".join(f'a{n}=""' for n in range(20_000))), FORBIDDEN, ""),
    "20,000 attributes on elements": (inserted('<a b=""/>' * 20_000, "<ds:X509Data>"), FORBIDDEN, ""),
    "5,000 references": (inserted("<ds:Reference/>" * 5000, "<ds:Reference "), FORBIDDEN, ""),
    "xsi:schemaLocation": (on_root(f'{XSI} xsi:schemaLocation="urn:a http://127.0.0.1/a.xsd"'), FORBIDDEN, ""),
    "xsi:noNamespaceSchemaLocation": (
        on_root(f'{XSI} xsi:noNamespaceSchemaLocation="http://127.0.0.1/a.xsd"'), FORBIDDEN, ""
    ),
    "xsi:type": (request(INVENTORY.replace("<sr:DeviceID>", f'<sr:DeviceID {XSI} xsi:type="sr:Uprn">')), FORBIDDEN, ""),
    "xsi:nil": (request(INVENTORY.replace("<sr:DeviceID>", f'<sr:DeviceID {XSI} xsi:nil="true">')), FORBIDDEN, ""),
    "a namespace undone": (on_root('xmlns:a=""'), XML, ""),
    "a prefix nobody declared": (inserted("<a:b/>", "<sr:Body>"), XML, ""),
    "one attribute twice": (on_root('schemaVersion="5.4"'), XML, ""),
}

SCHEMA: dict[str, Attack] = {
    "an inclusion of a file": (
        request('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'),
        INVALID,
        "",
    ),
    "an inclusion in the place of a value": (
        request(
            '<sr:ReadInventory><sr:DeviceID><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
            "</sr:DeviceID></sr:ReadInventory>"
        ),
        INVALID,
        "",
    ),
    "xml:space": (on_root('xml:space="preserve"'), INVALID, ""),
    "xml:base": (on_root('xml:base="http://127.0.0.1/"'), INVALID, ""),
    "xml:id": (on_root('xml:id="a"'), INVALID, ""),
    "an Id on the request": (on_root('Id="a"'), INVALID, ""),
    "one Id twice": (
        GOOD.replace(b"<ds:SignedInfo>", b'<ds:SignedInfo Id="a">').replace(b"<ds:KeyInfo>", b'<ds:KeyInfo Id="a">'),
        INVALID,
        "",
    ),
    "another root": (signed(request().replace(b"sr:Request", b"sr:Requests")), INVALID, ""),
    "a request in no namespace": (signed(request().replace(b"sr:", b"").replace(b"xmlns:sr", b"xmlns:a")), INVALID, ""),
    "a Response": (signed(request().replace(b"sr:Request ", b"sr:Response ").replace(b"sr:Request>", b"sr:Response>")), INVALID, ""),
    "a bare KeyInfo": (f'<KeyInfo xmlns="{SIGNATURE_NAMESPACE}">{"<X509Data/>" * 9}</KeyInfo>'.encode(), INVALID, ""),
    "two bodies": (signed(request(INVENTORY + INVENTORY)), INVALID, ""),
    "two requests in one": (signed(request(request().decode())), INVALID, ""),
    "the signature first": (inserted(SIGNATURE.decode(), "<sr:Header>", request()), INVALID, ""),
    "the signature in Body": (inserted(SIGNATURE.decode(), "</sr:Body>", request()), INVALID, ""),
    "two signatures": (with_signature(GOOD, SIGNATURE), INVALID, ""),
    "a signed request inside the body of another": (with_signature(request(TEXT), SIGNATURE), INVALID, ""),
    "no reference": (forge(references=""), INVALID, ""),
    "two SignedInfo": (inserted(TEXT[TEXT.index("<ds:SignedInfo>") : TEXT.index("<ds:SignatureValue>")], "<ds:SignedInfo>"), INVALID, ""),
    "base64 with a stray character": (
        signed(REQUESTS["7.2 as a signed pre-command"].replace(b"3wkB", b"!3wkB")),
        INVALID,
        "",
    ),
    "a year that nobody can hold": (
        signed(REQUESTS["4.1.1 of a later time in a sequence"].replace(b"2030-", b"12030-")), INVALID, ""
    ),
    "the counter of a RequestID over 64 bits": (
        signed(request(request_id=f"{USER}:{DCC}:18446744073709551616")), INVALID, ""
    ),
}


def hmac_value(_raw: bytes) -> str:
    """The HMAC of SignedInfo under the public key as a shared secret: anybody can make it."""
    secret = user.known.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    draft = forge(method=f'<ds:SignatureMethod Algorithm="{HMAC_SHA256}"/>')
    covered = etree.fromstring(draft).find(f".//{{{SIGNATURE_NAMESPACE}}}SignedInfo")
    assert covered is not None
    return base64.b64encode(hmac.digest(secret, etree.tostring(covered, method="c14n", exclusive=True), "sha256")).decode()


def method(algorithm: str) -> str:
    return f'<ds:SignatureMethod Algorithm="{algorithm}"/>'


def canonicalization(algorithm: str, inside: str = "") -> str:
    return f'<ds:CanonicalizationMethod Algorithm="{algorithm}">{inside}</ds:CanonicalizationMethod>'


def key_info(inside: str) -> str:
    return f"<ds:KeyInfo>{inside}</ds:KeyInfo>"


def reference_with(digest_method: str, digest: bytes) -> str:
    return reference_to(digest).replace(DIGEST_SHA256, digest_method)


WHITE = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
CERTIFICATE = "<ds:X509Certificate>" + base64.b64encode(unknown.known.der).decode() + "</ds:X509Certificate>"
OWN_KEY = (
    '<ds:KeyValue><ECKeyValue xmlns="http://www.w3.org/2009/xmldsig11#"><NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/>'
    "<PublicKey>"
    + base64.b64encode(unknown.known.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode()
    + "</PublicKey></ECKeyValue></ds:KeyValue>"
)
TWO_REFERENCES = reference_to(DIGEST) + reference_to(DIGEST)
ORIGINAL_INSIDE = f'<ds:Object Id="original">{TEXT}</ds:Object>'

AUTHENTICITY: dict[str, Attack] = {
    "no signature": (request(), UNSIGNED, "expected a Signature at the end of Request, found none"),
    "a comment after the signature": (GOOD.replace(b"</sr:Request>", b"<!---->" b"</sr:Request>"), PROFILE, ""),
    # wrapping and transplanting
    "a signature on another document": (with_signature(EVIL, SIGNATURE), BROKEN, ""),
    "a signature on another document with its digest corrected": (
        with_signature(
            EVIL,
            SIGNATURE.replace(base64.b64encode(DIGEST), base64.b64encode(hashlib.sha256(EVIL).digest())),
        ),
        BROKEN,
        "",
    ),
    "the original in an Object of its signature": (
        with_signature(EVIL, SIGNATURE.replace(b"</ds:Signature>", ORIGINAL_INSIDE.encode() + b"</ds:Signature>")),
        PROFILE,
        "",
    ),
    "the original in an Object that the reference points at": (
        forge(EVIL, references=reference_to(DIGEST, 'URI="#original"'), after=ORIGINAL_INSIDE),
        PROFILE,
        "",
    ),
    "the original in KeyInfo": (
        with_signature(EVIL, SIGNATURE.replace(b"</ds:KeyInfo>", GOOD + b"</ds:KeyInfo>")), PROFILE, ""
    ),
    "the original in SignatureMethod": (
        with_signature(EVIL, SIGNATURE.replace(
            f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}"></ds:SignatureMethod>'.encode(),
            f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}">{TEXT}</ds:SignatureMethod>'.encode(),
        )),
        PROFILE,
        "",
    ),
    "a signature inside the signature": (
        with_signature(EVIL, SIGNATURE.replace(b"<ds:X509Data>", SIGNATURE + b"<ds:X509Data>")), PROFILE, ""
    ),
    # references
    "a reference to another element": (forge(references=reference_to(DIGEST, 'URI="#a"')), PROFILE, ""),
    "a reference without URI": (forge(references=reference_to(DIGEST, "")), PROFILE, ""),
    "a reference by xpointer": (forge(references=reference_to(DIGEST, 'URI="#xpointer(/)"')), PROFILE, ""),
    "a reference to a file": (forge(references=reference_to(DIGEST, 'URI="file:///etc/passwd"')), PROFILE, ""),
    "a reference to the network": (forge(references=reference_to(DIGEST, 'URI="http://127.0.0.1/"')), PROFILE, ""),
    "a reference with a type": (
        forge(references=reference_to(DIGEST, f'Type="{WHITE}Manifest" URI=""')), PROFILE, ""
    ),
    "two references": (forge(references=TWO_REFERENCES), PROFILE, ""),
    "a reference hidden in another's digest method": (
        forge(references=reference_to(DIGEST).replace(f'Algorithm="{DIGEST_SHA256}"/>', f'Algorithm="{DIGEST_SHA256}">'
              f'<a:Reference xmlns:a="{WHITE}" URI="#a"/></ds:DigestMethod>')), PROFILE, ""
    ),
    # transforms
    "no transform": (forge(references=reference_to(DIGEST, transforms=())), PROFILE, ""),
    "the enveloped transform twice": (forge(references=reference_to(DIGEST, transforms=(ENVELOPED,) * 2)), PROFILE, ""),
    "canonicalisation as a second transform": (
        forge(references=reference_to(DIGEST, transforms=(ENVELOPED, EXCLUSIVE_C14N))), PROFILE, ""
    ),
    "an XPath transform": (
        forge(references=reference_to(DIGEST, transforms=("http://www.w3.org/TR/1999/REC-xpath-19991116",))), PROFILE, ""
    ),
    "an XSLT transform": (
        forge(references=reference_to(DIGEST, transforms=(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"))),
        PROFILE,
        "",
    ),
    # algorithms
    "HMAC under the public key": (forge(method=method(HMAC_SHA256), value=hmac_value), PROFILE, ""),
    "RSA": (forge(method=method(RSA_SHA256)), PROFILE, ""),
    "ECDSA with SHA-1": (forge(method=method(MORE + "ecdsa-sha1")), PROFILE, ""),
    "ECDSA with SHA-512": (forge(method=method(MORE + "ecdsa-sha512")), PROFILE, ""),
    "a digest by SHA-1": (
        forge(references=reference_with(WHITE + "sha1", hashlib.sha1(request()).digest())), PROFILE, ""
    ),
    "a digest by SHA-512": (
        forge(references=reference_with("http://www.w3.org/2001/04/xmlenc#sha512", hashlib.sha512(request()).digest())),
        PROFILE,
        "",
    ),
    "SignedInfo in inclusive form": (forge(canonicalization=canonicalization(INCLUSIVE_C14N), inclusive=True), PROFILE, ""),
    "SignedInfo with comments": (forge(canonicalization=canonicalization(EXCLUSIVE_C14N + "WithComments")), PROFILE, ""),
    "a prefix list in SignedInfo": (
        forge(canonicalization=canonicalization(
            EXCLUSIVE_C14N, f'<InclusiveNamespaces xmlns="{EXCLUSIVE_C14N}" PrefixList="sr"/>')), PROFILE, ""
    ),
    "the right algorithm in the wrong place": (
        forge(method=f'<ds:SignatureMethod Algorithm="{RSA_SHA256}">{ECDSA_SHA256}</ds:SignatureMethod>'), PROFILE, ""
    ),
    "an empty digest": (forge(references=reference_to(b"")), BROKEN, ""),
    "a digest of another length": (forge(references=reference_to(DIGEST + b"\0")), BROKEN, ""),
    # the value
    "r of zero": (raw("0 s"), BROKEN, ""),
    "s of zero": (raw("r 0"), BROKEN, ""),
    "all zero": (raw("0 0"), BROKEN, ""),
    "r of the order": (raw(f"{ORDER:x} s"), BROKEN, ""),
    "s of the order": (raw(f"r {ORDER:x}"), BROKEN, ""),
    "s over the order": (raw(f"r {2**256 - 1:x}"), BROKEN, ""),
    "r and s swapped": (raw("s r"), BROKEN, ""),
    "63 octets": (forge(value=lambda v: base64.b64encode(v[:63]).decode()), PROFILE, ""),
    "65 octets": (forge(value=lambda v: base64.b64encode(v + b"\0").decode()), PROFILE, ""),
    "no octets": (forge(value=lambda v: ""), PROFILE, ""),
    "the DER form": (
        forge(value=lambda v: base64.b64encode(
            encode_dss_signature(int.from_bytes(v[:32], "big"), int.from_bytes(v[32:], "big"))).decode()), PROFILE, ""
    ),
    "a stray character in the value": (forge(value=lambda v: "!" + base64.b64encode(v).decode()), PROFILE, ""),
    # who
    "an unknown certificate": (signed(by=unknown), UNKNOWN, ""),
    "the user's serial number under another issuer": (signed(by=lookalike), UNKNOWN, ""),
    "the user's name on another key": (forge(by=unknown, key_info=key_info(f"<ds:X509Data>{issuer_serial()}</ds:X509Data>")), BROKEN, ""),
    "an expired certificate": (signed(by=expired), DATES, ""),
    "a key agreement certificate": (signed(by=agreement), UNKNOWN, ""),
    "the certificate of another user": (signed(by=stranger), ORIGINATOR, ""),
    "the certificate of a provider": (signed(by=provider), ORIGINATOR, ""),
    # KeyInfo
    "no KeyInfo": (forge(key_info=""), PROFILE, ""),
    "a key name": (forge(key_info=key_info("<ds:KeyName>user</ds:KeyName>")), PROFILE, ""),
    "a key of the sender's choice": (forge(by=unknown, key_info=key_info(OWN_KEY)), PROFILE, ""),
    "a certificate of the sender's choice": (
        forge(by=unknown, key_info=key_info(f"<ds:X509Data>{CERTIFICATE}</ds:X509Data>")), PROFILE, ""
    ),
    "a certificate beside issuer and serial": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial()}{CERTIFICATE}</ds:X509Data>")), PROFILE, ""
    ),
    "a certificate in a second X509Data": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial()}</ds:X509Data><ds:X509Data>{CERTIFICATE}</ds:X509Data>")),
        PROFILE,
        "",
    ),
    "two issuers and serials": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial(stranger)}{issuer_serial()}</ds:X509Data>")), PROFILE, ""
    ),
    "a retrieval method": (
        forge(key_info=key_info('<ds:RetrievalMethod URI="http://127.0.0.1/key"/>')), PROFILE, ""
    ),
    "an issuer of 300 characters": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial(issuer='CN=' + 'a' * 297)}</ds:X509Data>")), PROFILE, ""
    ),
    "a serial number of a hundred digits": (
        GOOD.replace(str(user.identity.serial).encode(), b"9" * 100), PROFILE, ""
    ),
    "a negative serial number": (
        GOOD.replace(str(user.identity.serial).encode(), b"-" + str(user.identity.serial).encode()), UNKNOWN, ""
    ),
    "an Object after KeyInfo": (forge(after="<ds:Object/>"), PROFILE, ""),
    "a relative namespace on the request": (on_root('xmlns:a="relative"', GOOD), PROFILE, ""),
    "a relative namespace in SignedInfo": (
        GOOD.replace(b"<ds:Transform ", b'<ds:Transform xmlns:a="relative" ', 1), PROFILE, ""
    ),
}

ATTACKS = PARSING | SCHEMA | AUTHENTICITY
