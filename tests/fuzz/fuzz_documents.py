"""Documents to begin with, and a mutation that knows XML and signatures.

``mutated`` takes its decisions from a ``random.Random``, so that libFuzzer's seed or Hypothesis can make them.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Sequence
from pathlib import Path

from attacks import GOOD, PARSING, SCHEMA
from full_documents import FROM_PROVIDERS, REQUESTS, RESPONSES
from lxml import etree
from mutants import OPERATIONS, SIGNATURE, mutate
from octet_mutants import HARMLESS, PIECES, REFUSED
from schemas_world import USER, expired, provider, signed, stranger, user
from signature_attacks import AUTHENTICITY

from schemas.signature import SigningIdentity, sign

LARGEST = 65_536
"""Octets of a document."""
REFERENCE = Path(os.environ.get("DUIS_REFERENCE_DIR", Path(__file__).parents[3] / "shared" / "reference"))
SIGNERS = (*[user.identity] * 6, stranger.identity, provider.identity, expired.identity)
"""Mostly the one that the documents name."""
LONG = (
    *(b"A" * 17_000, b" xmlns:a='b'" * 1_500, b"<!-- >" + b"a" * 17_000 + b"-->", b'<a b=">' + b" " * 17_000 + b'"/>'),
    *(b"<![CDATA[>" + b"A" * 17_000 + b"]]>", b">" + b"a" * 17_000 + b"<", b"\n" * 17_000, b"&#65;" * 3_500),
)
"""Beyond what the hardening takes for a long text."""
_TREE = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False)
_SR = "{http://www.dccinterface.co.uk/ServiceUserGateway}"


def seeds() -> dict[str, bytes]:
    """Our own documents and attacks, and the published templates signed by our user, where they are at hand."""
    attacks = {name: document for name, (document, _, _) in (PARSING | SCHEMA | AUTHENTICITY).items()}
    ours = {name: signed(document) for name, document in REQUESTS.items()} | RESPONSES | FROM_PROVIDERS
    templates = {file.name: _ours(file.read_bytes()) for file in sorted((REFERENCE / "rtds" / "templates").glob("*"))}
    return {
        name: document
        for name, document in ({"good": GOOD} | ours | attacks | templates).items()
        if len(document) <= LARGEST
    }


def _ours(template: bytes) -> bytes:
    """The template from our user instead of its own originator."""
    root = etree.fromstring(template, _TREE)
    for request_id in root.iter(f"{_SR}RequestID"):
        request_id.text = f"{USER}:{(request_id.text or '').partition(':')[2]}"
    return resigned(root, user.identity)


def resigned(root: etree._Element, by: SigningIdentity) -> bytes:
    """The document with a signature over what it now says in place of those that it has."""
    for old in root.findall(f"{{{SIGNATURE}}}Signature"):
        root.remove(old)
    try:
        return sign(root, by)
    except etree.LxmlError:  # without a canonical form, such as with a relative namespace
        return etree.tostring(root)


def mutated(document: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """A few changes to the tree, most often signed again; now and then to the octets."""
    root = _parsed(document if chance.random() < 0.8 else chance.choice(others))
    if root is None:
        return damaged(document, chance)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        odd = chance.random()
        if odd < 0.15:
            _graft(root, chance, others)
        elif odd < 0.2:
            _stretch(root, chance)
        else:
            mutate(root, chance.choice(tuple(OPERATIONS)), chance)
    changed = resigned(root, chance.choice(SIGNERS)) if chance.random() < 0.6 else etree.tostring(root)
    if chance.random() < 0.1:
        changed = _in_another_way(changed, chance)
    return damaged(changed, chance) if chance.random() < 0.1 else changed


def damaged(document: bytes, chance: random.Random) -> bytes:
    """Pieces cut out and pieces put in."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(document))
        gone = chance.choice((0, 0, 1, 8, 60))
        piece = chance.choice(LONG if chance.random() < 0.1 else PIECES)
        document = document[:at] + piece + document[at + gone :]
    return document


def _parsed(document: bytes) -> etree._Element | None:
    """The tree of what is XML. A prefix without a declaration is not, although the parser may take it."""
    try:
        root = etree.fromstring(document, _TREE)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if any(":" in str(e.tag).rpartition("}")[2] for e in root.iter("*")) else root


def _graft(root: etree._Element, chance: random.Random, others: Sequence[bytes]) -> None:
    """An element of another document, somewhere."""
    other = _parsed(chance.choice(others))
    if other is not None:
        twig = copy.deepcopy(chance.choice(list(other.iter("*"))))
        place = chance.choice(list(root.iter("*")))
        place.insert(chance.randint(0, len(place)), twig)


def _stretch(root: etree._Element, chance: random.Random) -> None:
    """A text made long."""
    place = chance.choice([e for e in root.iter("*") if e.find("*") is None])
    piece = chance.choice(("A", "A A\n", ">", "xmlns:a=b ", "AAAA", (place.text or "")[:1_000] or "0"))
    place.text = piece * (chance.choice((500, 17_000)) // len(piece))


def _in_another_way(document: bytes, chance: random.Random) -> bytes:
    """The same written differently, or with something that is refused."""
    return chance.choice([*HARMLESS.values(), *REFUSED.values()])(document)
