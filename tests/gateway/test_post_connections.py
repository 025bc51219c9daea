"""Which connection a post takes, when it is written once more, and who waits for whom."""

from __future__ import annotations

import asyncio
import time

import pytest
from misbehaving import GOOD, End, Reads, Says, closed, peer, stays
from patience import until
from posting import BEFORE, FIELDS, Run, answer, client, on_both_loops, post

from gateway.post_connection import Answered, Unanswered

# ---- a connection that is no longer there


@on_both_loops
def test_a_connection_closed_while_it_lay_idle_is_not_taken(run: Run) -> None:
    async def test() -> None:
        async with peer() as to, client(most=1) as ours:
            for _ in range(3):
                assert Answered(204, "") == await post(ours, to)
                await to.hang_up()
                await asyncio.sleep(0.02)
            assert (3, 3) == (to.connections, len(to.requests))

    run(test())


STALE = {
    "closed": Says((), End.CLOSES),
    "reset": Says((), End.RESETS),
}


@pytest.mark.parametrize("end", STALE.values(), ids=STALE.keys())
@on_both_loops
def test_a_request_that_met_an_old_connection_s_end_is_written_once_more(run: Run, end: Says) -> None:
    async def test() -> None:
        async with peer(stays(GOOD), end) as to, client() as ours:
            assert Answered(204, "") == await post(ours, to)
            assert Answered(204, "") == await post(ours, to, b"<again/>")
            assert 2 == to.connections
            first, second, third = to.requests
            assert second == third, "the same octets, Idempotency-Key and all"
            assert first != second

    run(test())


@pytest.mark.parametrize("end", STALE.values(), ids=STALE.keys())
@on_both_loops
def test_a_new_connection_s_end_is_not_tried_again(run: Run, end: Says) -> None:
    async def test() -> None:
        async with peer(stays(GOOD), end, end) as to, client() as ours:
            assert Answered(204, "") == await post(ours, to)
            found = await post(ours, to)
            assert isinstance(found, Unanswered)
            assert found.untouched
            assert (2, 3) == (to.connections, len(to.requests))

    run(test())


@on_both_loops
def test_what_was_answered_in_part_is_not_written_again(run: Run) -> None:
    async def test() -> None:
        async with peer(stays(GOOD), closed(b"HTTP/1.1 204 No")) as to, client() as ours:
            assert Answered(204, "") == await post(ours, to)
            assert Unanswered("the connection was closed within the head of the answer") == await post(ours, to)
            assert 2 == len(to.requests)

    run(test())


@on_both_loops
def test_what_had_no_answer_in_time_is_not_written_again(run: Run) -> None:
    async def test() -> None:
        async with peer(stays(GOOD), stays()) as to, client(seconds=0.4) as ours:
            assert Answered(204, "") == await post(ours, to)
            assert Unanswered("no answer within 0.4 s") == await post(ours, to)
            assert 2 == len(to.requests)

    run(test())


@on_both_loops
def test_a_peer_that_is_back_on_its_port_is_found_at_once(run: Run) -> None:
    async def test() -> None:
        async with client() as ours:
            async with peer() as to:
                assert Answered(204, "") == await post(ours, to)
            found = await post(ours, to)
            assert Unanswered(f"cannot connect to 127.0.0.1:{to.port}: Connection refused") == found
            async with peer(port=to.port) as back:
                assert Answered(204, "") == await post(ours, back)

    run(test())


@on_both_loops
def test_a_peer_that_speaks_before_it_is_asked_is_not_believed(run: Run) -> None:
    async def test() -> None:
        early = Says((GOOD, GOOD), pause=0.02, reads=Reads.NOTHING)
        async with peer(stays(GOOD), early) as to, client() as ours:
            assert Answered(204, "") == await post(ours, to)
            await asyncio.sleep(0.1)
            # What came unasked was not kept for this one.
            to.answers.append(stays(answer(503, b"asked")))
            assert Answered(503, "asked") == await post(ours, to)
            assert 2 == to.connections

    run(test())


@on_both_loops
def test_an_answer_that_overtakes_its_request_frees_no_connection(run: Run) -> None:
    async def test() -> None:
        async with peer(Says((GOOD,), reads=Reads.HEAD)) as to, client(most=1) as ours:
            assert Answered(204, "") == await post(ours, to, bytes(30_000_000))
            assert Answered(204, "") == await post(ours, to)
            assert 2 == to.connections
            await until(lambda: to.open == 1)

    run(test())


# ---- connections


@on_both_loops
def test_no_more_connections_are_opened_than_are_allowed(run: Run) -> None:
    async def test() -> None:
        async with peer(*[Says((b"", GOOD), pause=0.02)] * 12) as to, client(most=3) as ours:
            answers = await asyncio.gather(*(post(ours, to, b"%d" % n) for n in range(12)))
            assert [Answered(204, "")] * 12 == answers
            assert (3, 3, 12) == (to.connections, to.most_open, len(to.requests))
            bodies = [int(each.split(b"\r\n\r\n")[1]) for each in to.requests]
            assert list(range(12)) == sorted(bodies)
            assert [{0, 1, 2}, {3, 4, 5}, {6, 7, 8}] == [set(bodies[n : n + 3]) for n in (0, 3, 6)], "first come"

    run(test())


@on_both_loops
def test_places_of_connections_that_fail_are_given_on(run: Run) -> None:
    async def test() -> None:
        async with peer(*[closed()] * 5) as to, client(most=1) as ours:
            answers = await asyncio.gather(*(post(ours, to) for _ in range(8)))
            assert [Unanswered(BEFORE, untouched=True)] * 5 + [Answered(204, "")] * 3 == answers
            assert (6, 1) == (to.connections, to.most_open)

    run(test())


@on_both_loops
def test_places_of_connections_that_cannot_be_opened_are_given_on(run: Run) -> None:
    async def test() -> None:
        async with peer() as to:
            pass
        async with client(most=1) as ours:
            found = await asyncio.gather(*(post(ours, to) for _ in range(4)))
            assert [Unanswered(f"cannot connect to 127.0.0.1:{to.port}: Connection refused")] * 4 == found
            async with peer(port=to.port) as back:
                assert Answered(204, "") == await post(ours, back)

    run(test())


@on_both_loops
def test_who_waits_for_a_connection_waits_no_longer_than_for_an_answer(run: Run) -> None:
    async def test() -> None:
        slow = Says((b"", GOOD), pause=0.2)
        async with peer(slow, slow, slow) as to, client(most=1, seconds=0.8) as ours:
            # Answers come after 0.2, 0.6 and 1.0 s.
            assert [
                Answered(204, ""),
                Answered(204, ""),
                Unanswered("no answer within 0.8 s"),
                Unanswered("no connection was free within 0.8 s"),
            ] == await asyncio.gather(*(post(ours, to) for _ in range(4)))
            assert Answered(204, "") == await post(ours, to)

    run(test())


@on_both_loops
def test_a_post_that_is_called_off_takes_its_connection_with_it(run: Run) -> None:
    async def test() -> None:
        async with peer(stays()) as to, client(most=1) as ours:
            stuck = asyncio.create_task(post(ours, to))
            await until(lambda: len(to.requests) == 1)
            waiting = [asyncio.create_task(post(ours, to)) for _ in range(3)]
            await asyncio.sleep(0.02)
            waiting[0].cancel()
            stuck.cancel()
            assert [Answered(204, "")] * 2 == await asyncio.gather(*waiting[1:])
            assert (2, 3) == (to.connections, len(to.requests))
            assert [True, True] == [stuck.cancelled(), waiting[0].cancelled()]

    run(test())


@on_both_loops
def test_a_place_that_comes_in_the_moment_of_a_call_off_is_given_on(run: Run) -> None:
    async def test() -> None:
        async with peer(stays()) as to, client(most=1) as ours:
            stuck = asyncio.create_task(post(ours, to))
            await until(lambda: len(to.requests) == 1)
            waiting = asyncio.create_task(post(ours, to))
            await asyncio.sleep(0.02)
            stuck.cancel()
            # Behind the end of the first, which hands its place to the second, and before the second sees it.
            asyncio.get_running_loop().call_soon(waiting.cancel)
            await asyncio.wait({stuck, waiting})
            assert [True, True] == [stuck.cancelled(), waiting.cancelled()]
            assert Answered(204, "") == await post(ours, to)

    run(test())


@on_both_loops
def test_two_addresses_of_one_place_share_its_connections(run: Run) -> None:
    async def test() -> None:
        async with peer() as to, client() as ours:
            for path in ("a", "b?c=d", "a"):
                url = f"http://127.0.0.1:{to.port}/{path}"
                assert Answered(204, "") == await ours.post(url, None, FIELDS, b"")
            assert 1 == to.connections
            assert [b"POST /a HTTP/1.1", b"POST /b?c=d HTTP/1.1", b"POST /a HTTP/1.1"] == [
                each.split(b"\r\n")[0] for each in to.requests
            ]

    run(test())


@on_both_loops
def test_a_connection_that_nobody_uses_is_closed(run: Run) -> None:
    async def test() -> None:
        async with peer(*[stays(b"", GOOD)] * 3) as to, client(seconds=0.4, idle_seconds=0.3) as ours:
            await asyncio.gather(*(post(ours, to) for _ in range(3)))
            assert 3 == to.open
            for _ in range(8):
                await asyncio.sleep(0.1)
                assert Answered(204, "") == await post(ours, to)
            assert (3, 1) == (to.connections, to.open), "the one that is used stays"
            await until(lambda: not to.open)

    run(test())


@on_both_loops
def test_the_end_of_the_client_is_the_end_of_its_connections(run: Run) -> None:
    async def test() -> None:
        async with peer(*[stays(b"", GOOD)] * 3) as to:
            async with client() as ours:
                await asyncio.gather(*(post(ours, to) for _ in range(3)))
                assert 3 == to.open
                start = time.monotonic()
            assert time.monotonic() - start < 0.8, "nobody is waited for"
            await until(lambda: not to.open)

    run(test())
