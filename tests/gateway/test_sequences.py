"""Sequenced requests, end to end: one that follows another is taken once the other has been answered."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from running import SOON, Running, T

from gateway.sandbox.stage import Post
from schemas.request import DisableSupply, ReadInstantaneousImportRegisters
from schemas.vocabulary import RequestId


def following(running: Running, preceding: RequestId) -> Post:
    post = running.registers()
    assert post.request is not None
    return running.anew(
        msgspec.structs.replace(post, request=msgspec.structs.replace(post.request, preceding=preceding))
    )


async def test_a_request_follows_one_that_was_answered_and_none_that_was_not(running: Running) -> None:
    first = running.registers()
    assert first.request is not None
    later = ReadInstantaneousImportRegisters(execution=running.clock() + timedelta(hours=6))
    first = running.anew(msgspec.structs.replace(first, request=msgspec.structs.replace(first.request, body=later)))
    assert first.request is not None
    second = following(running, first.request.request_id)
    assert "E40" == (await running.answered(second)).code
    assert "I99" == (await running.answered(first)).code
    early = await running.answered(second)
    assert "E41" == early.code
    assert f"the preceding request {first.request.request_id} has not been answered" == (
        (await running.trace(early.trace_id)).reason
    )
    running.clock.ahead = timedelta(hours=6)
    await running.simulators.users.wait_for(first.request.request_id, SOON)
    assert "I99" == (await running.answered(second)).code


async def test_a_pre_command_that_nobody_signed_holds_what_follows_it_up(running: Running) -> None:
    first = running.scene.post("supplier", running.scene.device("esme"), "7.2", DisableSupply(), 4, T)
    assert first.request is not None
    assert "I0" == (await running.answered(first)).code
    assert "E41" == (await running.answered(following(running, first.request.request_id))).code
