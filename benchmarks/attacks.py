"""Documents of 64 KB made to cost a reader as much as it can be made to pay.

Each is a signed request filled up with one kind of bulk at one place, at the limits of what is refused
before parsing. They are measured here, not judged: what each must be refused with is the tests' affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Final

from schemas.hardening import MOST_ATTRIBUTES, MOST_NAMESPACE_DECLARATIONS, MOST_SIGNATURE_ELEMENTS

SIZE: Final = 65_536
"""Octets."""

_UNITS: Final[Mapping[str, str]] = {
    "comments": "<!---->",
    "processing instructions": "<?a?>",
    "character references": "&#13;",
    "CDATA sections": "<![CDATA[]]>",
    "entities that nobody declared": "&a;",
    "letters": "A",
    "unknown elements": "<a/>",
    "unknown elements in pairs": "<a><b/></a>",
    "known elements in the wrong place": "<sr:DeviceID/>",
    "bodies": "<sr:ReadInventory/>",
    "signatures' elements": "<ds:Transform/>",
    "wrong values": "<ds:SignatureValue>!</ds:SignatureValue>",
    "certificates": "<ds:X509Data/>",
}
_PLACES: Final[Mapping[str, str]] = {
    "in the header": "<sr:CommandVariant>",
    "in the body": "</sr:Body>",
    "in a value": "</sr:RequestID>",
    "in SignedInfo": "<ds:SignatureMethod",
    "in KeyInfo": "<ds:X509Data>",
    "in SignatureValue": "</ds:SignatureValue>",
    "at the end": "</sr:Request>",
}
_DEPTH: Final = 250
"""Just below the depth at which libxml2 stops by itself."""


def attacks(signed: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and octets of each, around one signed request."""
    text = signed.decode()
    for base_name, base in (("", text), (", among many namespaces", _many_namespaces(text))):
        for unit_name, unit in _UNITS.items():
            for place_name, before in _PLACES.items():
                yield f"{unit_name} {place_name}{base_name}", _filled(base, before, unit)
    yield from _shaped(text)


def _filled(base: str, before: str, unit: str) -> bytes:
    at = base.index(before)
    return (base[:at] + unit * ((SIZE - len(base.encode())) // len(unit)) + base[at:]).encode()


def _many_namespaces(text: str) -> str:
    spare = MOST_NAMESPACE_DECLARATIONS - text.count("xmlns")
    declared = " ".join(f'xmlns:n{n}="urn:n{n}"' for n in range(spare))
    return text.replace(" schemaVersion=", f" {declared} schemaVersion=", 1)


def _shaped(text: str) -> Iterator[tuple[str, bytes]]:
    """Bulk that is no repetition of one unit."""
    crowded = _many_namespaces(text)
    room = SIZE - len(crowded)
    prefixes = [f"n{n}" for n in range(MOST_NAMESPACE_DECLARATIONS - text.count("xmlns"))]
    attributes = MOST_ATTRIBUTES - text.count('="')
    objects = MOST_SIGNATURE_ELEMENTS - 16
    value, longer_value = ("v" * (room // count - 12) for count in (attributes, len(prefixes)))
    body = "</sr:Body>"
    bulks = {
        "elements of every namespace": "".join(f"<{p}:a/>" for p in islice(cycle(prefixes), room // 9)),
        "deep nesting": "<a>" * _DEPTH + "x" * (room - 7 * _DEPTH) + "</a>" * _DEPTH,
        "deep nesting of long names": f"<a{'b' * 120}>" * _DEPTH + f"</a{'b' * 120}>" * _DEPTH,
        "siblings at depth": "<a>" * _DEPTH + "<b/>" * ((room - 7 * _DEPTH) // 4) + "</a>" * _DEPTH,
        "attributes at the limit": "<a " + " ".join(f'a{n}="{value}"' for n in range(attributes)) + "/>",
        "attributes of every namespace": "<a " + " ".join(f'{p}:a="{longer_value}"' for p in prefixes) + "/>",
        "one long attribute": f'<a a="{"v" * (room - 20)}"/>',
        "one long name": f"<a{'b' * (room // 2 - 10)}></a{'b' * (room // 2 - 10)}>",
        "wrong attributes on wrong elements": "<a/>" * (room // 8)
        + "".join(f'<ds:Object a{n}=""/>' for n in range(objects)),
    }
    for name, bulk in bulks.items():
        yield name, crowded.replace(body, bulk + body, 1).encode()
    reference = text[text.index("<ds:Reference") : text.index("</ds:Reference>") + len("</ds:Reference>")]
    yield "many References", text.replace(reference, reference * (room // len(reference)), 1).encode()
    issuer = "<ds:X509IssuerName>"
    long_issuer = ", ".join(f"CN={n}" for n in range(room // 9))
    yield "a long issuer name", text.replace(issuer, f"{issuer}{long_issuer},", 1).encode()
