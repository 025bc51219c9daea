"""What hostile documents of 64 KB cost to read: every unit of bulk at every place, and every attack padded.

Runs as a program of its own, because a reader that dies takes its process with it:
``python cost_of_reading.py EVERY [folder of a published schema set]`` reads every EVERYth document of about
3,000 and writes one JSON array, a row for each: name, milliseconds of CPU (the best of three), kind of the outcome.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from attacks import GOOD, PARSING, SCHEMA, TEXT
from full_documents import REQUESTS
from schemas_world import CERTIFICATES, NOW, refusal, signed
from signature_attacks import AUTHENTICITY

from schemas.certificates import issuer_key
from schemas.reading import read_request
from schemas.xsd import DuisSchema, own_schema, published_schema

SIZE = 65_536

UNITS = {
    "comments": "<!---->",
    "CDATA sections": "<![CDATA[]]>",
    "character references": "&#13;",
    "line ends": "\n",
    "letters": "A",
    "digits": "1",
    "quotes": "'",
    "instructions": "<?a?>",
    "unknown elements": "<a/>",
    "unknown elements that open": "<a>",
    "unknown elements in pairs": "<a><b/></a>",
    "elements of every namespace": "".join(f"<n{n}:a/>" for n in range(28)),
    "device ids": "<sr:DeviceID/>",
    "bodies": "<sr:ReadInventory/>",
    "references": "<ds:Reference/>",
    "transforms": "<ds:Transform/>",
    "certificates": "<ds:X509Data/>",
    "keys": "<ds:KeyInfo/>",
    "wrong values": "<ds:SignatureValue>!</ds:SignatureValue>",
    "objects": "<ds:Object><ds:SignedInfo/></ds:Object>",
}
MANY_NAMESPACES = TEXT.replace("schemaVersion", " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(28)) + " schemaVersion")
LISTED = signed(REQUESTS["11.1 for two devices"]).decode()


def grown() -> Iterator[tuple[str, str]]:
    """Every unit at every place between and inside the tags."""
    for base_name, base in (("", TEXT), (" among many namespaces", MANY_NAMESPACES), (" in a firmware update", LISTED)):
        places = [at for at, character in enumerate(base) if character == "<" and at] + [len(base)]
        names = [base[at + 1 : at + 30].split(">")[0].split(" ")[0] for at in places]
        for at, before in zip(places, names, strict=True):
            for unit_name, unit in UNITS.items():
                if "n0:" in unit and base is not MANY_NAMESPACES:
                    continue
                bulk = unit * ((SIZE - len(base)) // len(unit))
                yield f"{unit_name} before {before or 'the end'}{base_name}", base[:at] + bulk + base[at:]


def shaped() -> Iterator[tuple[str, str]]:
    """Bulk that is no repetition: depth, long names, long lists."""
    room = SIZE - len(MANY_NAMESPACES)
    for before in ("<ds:X509Data>", "<sr:DeviceID>", "<sr:Body>", "<ds:SignatureMethod"):
        at = MANY_NAMESPACES.index(before)
        for name, bulk in {
            "levels": "<a>" * 240 + "<n1:b/>" * ((room - 1700) // 7) + "</a>" * 240,
            "levels of long names": "".join(f"<a{'b' * 120}>" for _ in range(240))
            + "<n1:b/>"
            + f"</a{'b' * 120}>" * 240,
            "one long name": f"<a{'b' * 30_000}></a{'b' * 30_000}>",
            "one long attribute": f'<a b="{"c" * room}"/>',
            "a hundred attributes": "<a " + " ".join(f'b{n}="{"c" * 500}"' for n in range(100)) + "/>",
            "as many attributes as there is room for": "<a " + " ".join(f'b{n}=""' for n in range(room // 9)) + "/>",
            "wrong attributes and elements": "<a/>" * 9000 + "".join(f'<ds:Object c{n}=""/>' for n in range(40)),
        }.items():
            yield f"{name} before {before}", MANY_NAMESPACES[:at] + bulk + MANY_NAMESPACES[at:]
    ids = ",".join(["B0-00-00-00-00-00-00-0E"] * 2600)
    old = LISTED[LISTED.index("<sr:DeviceIDList>") : LISTED.index("</sr:DeviceIDList>")]
    yield "a long list", LISTED.replace(old, f"<sr:DeviceIDList>{ids}")
    yield "a long list that ends wrong", LISTED.replace(old, f"<sr:DeviceIDList>{ids},")
    for what, long in {
        "names": ",".join(["CN=a"] * 12_000),
        "one name": "CN=" + "a" * 60_000,
        "signs": "\\41" * 20_000,
    }.items():
        yield f"an issuer of many {what}", TEXT.replace("OU=07,CN=Z1", long)
    yield "a declaration that never ends", "<?xml version='1.0' " + "encoding " * 6000 + "?>" + TEXT


def padded() -> Iterator[tuple[str, bytes]]:
    """Every attack, brought to the size by a comment behind it."""
    for name, (document, _, _) in (PARSING | SCHEMA | AUTHENTICITY).items():
        room = SIZE - len(document) - 7
        yield name, document + b"<!--" + b"x" * room + b"-->" if room > 0 else document[:SIZE]


def corpus(every: int) -> Iterator[tuple[str, bytes]]:
    yield "nothing wrong", GOOD
    for name, text in (*islice(grown(), None, None, every), *shaped()):
        yield name, text.encode()
    yield from padded()


def cost(document: bytes, schema: DuisSchema) -> tuple[float, str]:
    best = float("inf")
    for _ in range(3):
        issuer_key.cache_clear()
        start = time.process_time()
        outcome = read_request(document, schema, CERTIFICATES, NOW)
        best = min(best, time.process_time() - start)
        if best < 0.005:
            break
    return round(best * 1000, 3), refusal(outcome)[0]


def main(every: int, folder: str | None) -> None:
    files = Path(folder).iterdir() if folder else ()
    schema = published_schema({f.name: f.read_bytes() for f in files}) if folder else own_schema()
    print(json.dumps([(name, *cost(document, schema)) for name, document in corpus(every)]))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
