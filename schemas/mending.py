"""What stands behind a misplaced element: libxml2 looks no further in its parent, so a copy is mended and looked at.

In the copy the children of such parents stand in the schema's order and in its namespace; what the schema does not
know there is left out. Only what libxml2 then says of other elements counts: the order itself was told already.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from lxml import etree

from schemas.content_faults import local
from schemas.declarations import Declarations, Declared

MOST_ELEMENTS: Final = 1_000
"""Real requests have fewer, and a hostile one is not read twice."""


def mended(
    root: etree._Element, parents: Iterable[etree._Element], declarations: Declarations
) -> tuple[etree._Element, Mapping[etree._Element, etree._Element]] | None:
    """A copy whose ``parents`` have their children in order, and the original of each of its elements.

    ``None`` when there is nothing to mend, or too much to look at.
    """
    chosen = set(parents)
    originals = list(islice(root.iter("*"), MOST_ELEMENTS + 1))
    if not chosen or len(originals) > MOST_ELEMENTS:
        return None
    duplicate = copy.deepcopy(root)
    pairs = list(zip(duplicate.iter("*"), originals, strict=True))
    for twin, original in pairs:
        if original in chosen:
            names = [str(one.tag) for one in original.iterancestors()]
            declared = declarations.of([*reversed(names), str(original.tag)])
            if declared is not None:
                _put_in_order(twin, declared)
    return duplicate, dict(pairs)


def _put_in_order(parent: etree._Element, declared: Declared) -> None:
    places = {slot.name: number for number, slot in reversed(list(enumerate(declared.slots)))}
    by_local = {local(name): name for name in reversed(places)}
    known = []
    for child in list(parent.iterchildren("*")):
        name = str(child.tag)
        name = name if name in places else by_local.get(local(name), "")
        parent.remove(child)
        if name:
            child.tag = name
            known.append((places[name], child))
    parent.extend(child for _, child in sorted(known, key=lambda one: one[0]))
