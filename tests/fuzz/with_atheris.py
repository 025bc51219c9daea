"""Coverage-guided: libFuzzer through Atheris, over the lines of ``schemas``, with a mutator that knows XML.

A program of its own: libFuzzer keeps the process and ends it.
"""

from __future__ import annotations

import random
import sys
from hashlib import sha256

import atheris

with atheris.instrument_imports(include=["schemas"]):
    from fuzz_documents import LARGEST, mutated, seeds
    from fuzz_plan import Plan
    from fuzz_watch import Watch

OCTETS = 0.1
"""Share of the mutations that are libFuzzer's own, which know nothing but octets."""


def main(plan: Plan) -> None:
    corpus, begin = plan.folder / "corpus", plan.folder / "seeds"
    for folder in (corpus, begin):
        folder.mkdir(exist_ok=True)
    documents = list(seeds().values())
    for document in documents:
        (begin / sha256(document).hexdigest()[:16]).write_bytes(document)

    def mutation(document: bytes, largest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < OCTETS:
            return bytes(atheris.Mutate(document, largest))
        return mutated(document, chance, documents)[:largest]

    watch = Watch(plan.reader(), plan.folder, plan.cpu, plan.megabytes)
    words = [
        *(f"-max_total_time={plan.seconds}", f"-max_len={LARGEST}", f"-rss_limit_mb={plan.megabytes + 512}"),
        *(f"-artifact_prefix={plan.folder}/artifact-", "-timeout=60", "-print_final_stats=1", str(corpus), str(begin)),
    ]
    atheris.Setup([sys.argv[0], *words], watch, custom_mutator=mutation)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Plan.of(sys.argv[1]))
