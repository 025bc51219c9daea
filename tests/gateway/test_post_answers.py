"""What answers to a post come to, over real sockets, from peers that behave and from such that do not.

Every case is one answer, and a second post after it that tells whether the connection was used again.
"""

from __future__ import annotations

import asyncio
import time

import pytest
from misbehaving import GOOD, End, Says, closed, octet_by_octet, peer, stays
from patience import until
from posting import BEFORE, Run, answer, chunked, client, on_both_loops, post

from gateway.post_connection import MOST_BODY, MOST_HEAD, Answered, Told, Unanswered

SECONDS = 0.4


def head_of(octets: int) -> bytes:
    """A head of exactly so many octets."""
    empty = b"HTTP/1.1 204 No Content\r\nX: \r\n\r\n"
    return empty.replace(b"X: ", b"X: " + b"x" * (octets - len(empty)))


UNREAD = "expected an HTTP/1 answer: "
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
OFFERS = ("Connection: Upgrade", "Upgrade: h2,h2c")
Case = tuple[Says, Told, bool]
"""What is said, what it comes to (a reason may go on), and whether the connection is used again."""
ANSWERS: dict[str, Case] = {
    "a status alone": (stays(GOOD), Answered(204, ""), True),
    "a body of a known length": (stays(answer(200, b"hello")), Answered(200, ""), True),
    "an empty body": (stays(answer(202, b"")), Answered(202, ""), True),
    "a head and a body apart": (stays(answer(202, b"hello")[:-5], b"hello"), Answered(202, ""), True),
    "a head in three pieces": (
        stays(b"HTT", b"P/1.1 202 A\r\nCont", b"ent-Length: 0\r\n\r\n"), Answered(202, ""), True,
    ),
    "octet by octet": (octet_by_octet(answer(503, b"later")), Answered(503, "later"), True),
    "a body in chunks": (stays(chunked(200, b"hello", b"world")), Answered(200, ""), True),
    "words in chunks": (stays(chunked(503, b"come ", b"later")), Answered(503, "come later"), True),
    "chunks octet by octet": (octet_by_octet(chunked(503, b"come ", b"later")), Answered(503, "come later"), True),
    "chunks and trailers": (
        stays(chunked(503, b"later", trailers=b"Digest: x\r\nSignature: y\r\n")), Answered(503, "later"), True,
    ),
    "words of several lines": (stays(answer(400, b" a\r\n\tb  c\n")), Answered(400, "a b c"), True),
    "words that are no UTF-8": (stays(answer(400, b"caf\xe9")), Answered(400, "caf\ufffd"), True),
    "a redirection": (stays(answer(302, b"", "Location: http://127.0.0.1:1/")), Answered(302, ""), True),
    "an interim answer first": (stays(CONTINUE + GOOD), Answered(204, ""), True),
    "interim answers in pieces": (stays(CONTINUE, HINTS, HINTS, GOOD), Answered(204, ""), True),
    "an offer of another protocol": (stays(answer(200, b"hello", *OFFERS)), Answered(200, ""), True),
    "a body just small enough": (stays(answer(503, b"x" * MOST_BODY)), Answered(503, "x" * 500), True),
    "a head just small enough": (stays(head_of(MOST_HEAD)), Answered(204, ""), True),
    "the end of the connection": (stays(answer(202, b"", "Connection: close")), Answered(202, ""), False),
    "an answer, and the end unannounced": (closed(GOOD), Answered(204, ""), False),
    "HTTP/1.0": (closed(answer(200, b"hello", version="1.0")), Answered(200, ""), False),
    "HTTP/1.0 that stays": (stays(answer(200, b"", "Connection: keep-alive", version="1.0")), Answered(200, ""), True),
    "words up to the end": (
        closed(b"HTTP/1.0 503 Said\r\n\r\n", b"come ", b"later"), Answered(503, "come later"), False,
    ),
    "words up to the end, HTTP/1.1": (closed(b"HTTP/1.1 503 Said\r\n\r\n", b"later"), Answered(503, "later"), False),
    "a delivery without a length that stays": (stays(b"HTTP/1.1 200 OK\r\n\r\n"), Answered(200, ""), False),
    # What comes after the head does not change what it said.
    "a body cut short": (closed(answer(503, b"later")[:-2]), Answered(503, "lat"), False),
    "a delivery cut short": (closed(answer(200, b"hello")[:-2]), Answered(200, ""), False),
    "the end after the head": (closed(answer(503, b"later")[:-5]), Answered(503, ""), False),
    "a chunk cut short": (closed(chunked(503, b"later")[:-9]), Answered(503, "lat"), False),
    "chunks without an end": (closed(chunked(503, b"later")[:-5]), Answered(503, "later"), False),
    "a length that is no number": (stays(chunked(503).replace(b"\r\n0\r\n", b"\r\nzz\r\n")), Answered(503, ""), False),
    "more than its length": (stays(answer(202, b"hello").replace(b": 5", b": 2")), Answered(202, ""), False),
    "more than its length, later": (stays(answer(202, b""), b"hello"), Answered(202, ""), False),
    "two answers": (stays(GOOD + answer(500, b"")), Answered(204, ""), False),
    "two answers, apart": (stays(GOOD, answer(500, b"")), Answered(204, ""), False),
    "garbage after it": (stays(GOOD + b"\0\0\0\0"), Answered(204, ""), False),
    "a very long body": (stays(answer(503, b"x" * 1_000_000)), Answered(503, "x" * 500), False),
    "a body without an end": (
        Says((chunked(503, b"x" * 500)[:-5], *[b"4000\r\n" + b"y" * 0x4000 + b"\r\n"] * 9)),
        Answered(503, "x" * 500), False,
    ),
    "trailers without an end": (
        Says((chunked(503, b"later")[:-2], *[b"X: " + b"y" * 0x4000 + b"\r\n"] * 9)), Answered(503, "later"), False,
    ),
    # No answer.
    "the end": (closed(), Unanswered(BEFORE, untouched=True), False),
    "a reset": (Says((), End.RESETS), Unanswered(BEFORE, untouched=True), False),
    "the end within the head": (
        closed(b"HTTP/1.1 204 No"), Unanswered("the connection was closed within the head of the answer"), False,
    ),
    "the end after an interim answer": (
        closed(CONTINUE), Unanswered("the connection was closed within the head of the answer"), False,
    ),
    "another protocol": (stays(b"220 mail.example ESMTP\r\n"), Unanswered(UNREAD + "Expected HTTP/"), False),
    "octets of chance": (stays(bytes(range(256))), Unanswered(UNREAD + "Expected HTTP/"), False),
    "TLS where none is expected": (stays(b"\x15\x03\x01\x00\x02\x02\x16"), Unanswered(UNREAD), False),
    "a request": (stays(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Unanswered(UNREAD + "Expected HTTP/"), False),
    "a status that is no number": (stays(b"HTTP/1.1 abc Said\r\n\r\n"), Unanswered(UNREAD), False),
    "a version that nobody has": (stays(b"HTTP/7.5 204 Said\r\n\r\n"), Unanswered(UNREAD), False),
    "a field without a name": (stays(b"HTTP/1.1 204 Said\r\n: x\r\n\r\n"), Unanswered(UNREAD), False),
    "a zero octet in its head": (stays(b"HTTP/1.1 204 Said\r\nX: a\0b\r\n\r\n"), Unanswered(UNREAD), False),
    "a length that is negative": (stays(answer(200, b"").replace(b": 0", b": -1")), Unanswered(UNREAD), False),
    "a length beyond 64 bits": (stays(answer(200, b"").replace(b": 0", b": " + b"9" * 30)), Unanswered(UNREAD), False),
    "two lengths": (stays(answer(202, b"hello", "Content-Length: 2")), Unanswered(UNREAD), False),
    "a length and chunks": (
        stays(answer(200, b"hello", "Transfer-Encoding: chunked")), Unanswered(UNREAD), False,
    ),
    "another protocol, agreed": (
        stays(b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
        Unanswered("expected an HTTP/1 answer, found a change to another protocol"), False,
    ),
    "a head a little too large": (
        stays(head_of(MOST_HEAD + 1)),
        Unanswered(f"expected an HTTP head of at most {MOST_HEAD} octets, found more"), False,
    ),
    "a head without an end": (
        Says((b"HTTP/1.1 204 No Content\r\n", *[b"X: " + b"x" * 4000 + b"\r\n"] * 20)),
        Unanswered(f"expected an HTTP head of at most {MOST_HEAD} octets, found more"), False,
    ),
    "interim answers without an end": (
        Says(tuple([CONTINUE * 40] * 50)),
        Unanswered(f"expected an HTTP head of at most {MOST_HEAD} octets, found more"), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("says", "expected", "kept"), ANSWERS.values(), ids=ANSWERS.keys())
@on_both_loops
def test_a_peer_answers_with(run: Run, says: Says, expected: Told, kept: bool) -> None:
    async def test() -> None:
        async with peer(says) as to, client() as ours:
            found = await post(ours, to)
            match expected, found:
                case Unanswered(reason, untouched), Unanswered():
                    assert (reason, untouched) == (found.reason[: len(reason)], found.untouched)
                case _:
                    assert expected == found
            # For what is said too much to arrive.
            await asyncio.sleep(0.03)
            assert Answered(204, "") == await post(ours, to)
            assert (1 if kept else 2) == to.connections
            assert 2 == len(to.requests)

    run(test())


LATE = {
    "nothing": (stays(), Unanswered("no answer within 0.4 s")),
    "half a head": (stays(b"HTTP/1.1 204 No"), Unanswered("no answer within 0.4 s")),
    "an interim answer": (stays(CONTINUE), Unanswered("no answer within 0.4 s")),
    "a head, octet by octet": (Says((b"X",) * 100, pause=0.05), Unanswered("expected an HTTP/1 answer")),
    "half a refusal": (stays(answer(400, b"never")[:-2]), Answered(400, "nev")),
    "half a delivery": (stays(answer(200, b"hello")[:-2]), Answered(200, "")),
    "a refusal whose end is never told": (stays(b"HTTP/1.1 503 Said\r\n\r\nlater"), Answered(503, "later")),
    "a refusal, drop by drop": (Says((answer(503, bytes(99))[:-99], *(b"x",) * 99), pause=0.1), Answered(503, "x")),
}


@pytest.mark.parametrize(("says", "expected"), LATE.values(), ids=LATE.keys())
@on_both_loops
def test_a_peer_says_in_time_no_more_than(run: Run, says: Says, expected: Told) -> None:
    async def test() -> None:
        async with peer(says) as to, client(seconds=SECONDS) as ours:
            start = time.monotonic()
            found = await post(ours, to)
            match expected, found:
                case Unanswered(reason), Unanswered():
                    assert reason == found.reason[: len(reason)]
                case Answered(status, words), Answered():
                    assert (status, words) == (found.status, found.words[: len(words)])
                case _:
                    assert expected == found
            assert time.monotonic() - start < SECONDS + 2.0
            assert Answered(204, "") == await post(ours, to)
            assert 2 == to.connections

    run(test())


@on_both_loops
def test_a_delivery_without_a_length_is_known_at_its_head(run: Run) -> None:
    """Its body would end with the connection, and nobody wants it."""

    async def test() -> None:
        async with peer(stays(b"HTTP/1.1 200 OK\r\n\r\nhello")) as to, client(seconds=600) as ours:
            assert Answered(200, "") == await post(ours, to)
            await until(lambda: not to.open)

    run(test())
