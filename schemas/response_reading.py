"""What users receive, octets to values: the other direction of ``schemas.response``.

Its signature is not looked at: ``schemas.signature`` verifies. The gateway itself writes Responses; this is for
whoever plays a user.
"""

from __future__ import annotations

from lxml import etree

from schemas.elements import Unheld, read
from schemas.embedded import embedded_in
from schemas.faults import path_of
from schemas.messages import Response
from schemas.parts import part_of
from schemas.request import Fault, Malformed, Part
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

_FROM_PROVIDERS = ("SMETS1SignedResponse", "S1SPAlert")


def read_response(document: bytes, schema: DuisSchema) -> Response | Malformed:
    """Parse, validate and read one Response, whoever signed it."""
    root = schema.read(document, large=True)
    if isinstance(root, Malformed):
        return root
    if root.tag != f"{{{DUIS_NAMESPACE}}}Response":
        return _not_read(f"expected a Response, found {etree.QName(root).localname}", path_of(root))
    found = next((found for name in _FROM_PROVIDERS if (found := embedded_in(document, root, name))), None)
    instead = {} if found is None else {found[0]: Part("", found[1].decode())}
    try:
        return read(Response, part_of(root, instead))
    except Unheld as fault:
        return _not_read(str(fault), "/".join(("/Response", *fault.path)))


def _not_read(message: str, path: str) -> Malformed:
    return Malformed(kind="not-schema-valid", faults=(Fault(message=message, line=1, path=path),))
