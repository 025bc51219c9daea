"""Transform, sign, send: the way of a critical request, and what is wrong with a Signed Pre-Command that is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from running import Running, S, T

from gateway.sandbox.stage import Post
from schemas.request import DisableSupply, SignedPreCommand


async def transformed(running: Running, device: str = "esme") -> tuple[Post, bytes]:
    """A 7.2 and the Pre-Command that came of it."""
    post = running.scene.post("supplier", running.scene.device(device), "7.2", DisableSupply(), 4, T)
    answered = await running.answered(post)
    assert ("I0", "PreCommand") == (answered.code, answered.result)
    assert answered.payload is not None
    return post, answered.payload


def resigned(running: Running, post: Post, payload: bytes) -> Post:
    """A Signed Pre-Command with a payload that a test made."""
    assert post.request is not None
    request = msgspec.structs.replace(post.request, command_variant=5, body=SignedPreCommand(gbcs_payload=payload))
    return Post(document=running.scene.by.signed(request), web_service=S, request=request)


def payload_of(post: Post) -> bytes:
    assert post.request is not None
    assert isinstance(post.request.body, SignedPreCommand)
    return post.request.body.gbcs_payload


async def test_transform_then_signed_pre_command_then_again(running: Running) -> None:
    post, pre_command = await transformed(running)
    signed = running.signed(post, pre_command)
    first, second = await running.answered(signed), await running.answered(signed)
    await running.settled()
    assert ("I99", first.body) == (first.code, second.body)
    assert 1 == len(running.witness.posts("/wan/"))
    assert ["accepted", "repeated"] == [(await running.trace(one.trace_id)).outcome for one in (first, second)]
    assert "I0" == (await running.answered(post)).code  # the Transform is still answered with its Pre-Command


async def test_a_signed_pre_command_without_a_transform_is_refused(running: Running) -> None:
    _, pre_command = await transformed(running)
    never = running.scene.post("supplier", running.scene.device("esme"), "7.2", DisableSupply(), 4, T)
    answered = await running.answered(running.signed(never, pre_command))
    trace = await running.trace(answered.trace_id)
    assert ("E64", "pre-command-was-issued") == (answered.code, trace.verdicts[-1].check)
    assert [] == running.witness.seen


async def changed(running: Running, post: Post, pre_command: bytes) -> Post:
    return running.signed(post, pre_command[:-1] + bytes((pre_command[-1] ^ 1,)))


async def signed_by_another(running: Running, post: Post, pre_command: bytes) -> Post:
    other = running.scene.post("second supplier", running.scene.device("esme"), "7.2", DisableSupply(), 4, T)
    return resigned(running, post, payload_of(running.signed(other, pre_command)))


async def truncated(running: Running, post: Post, pre_command: bytes) -> Post:
    return resigned(running, post, payload_of(running.signed(post, pre_command))[:-10])


async def of_another_device(running: Running, post: Post, _: bytes) -> Post:
    return running.signed(post, (await transformed(running, "gsme"))[1])


async def not_signed(running: Running, post: Post, pre_command: bytes) -> Post:
    return resigned(running, post, pre_command + b"\x00")


async def replayed(running: Running, post: Post, _: bytes) -> Post:
    """What was signed for an earlier 7.2 of the same device, and carried out."""
    earlier, its_pre_command = await transformed(running)
    carried_out = running.signed(earlier, its_pre_command)
    assert "I99" == (await running.answered(carried_out)).code
    await running.settled()
    running.witness.seen.clear()
    return resigned(running, post, payload_of(carried_out))


async def of_octets(running: Running, post: Post, _: bytes) -> Post:
    return resigned(running, post, b"\xdf\x01\x02")


REFUSED_PRE_COMMANDS = {
    "changed": (changed, "the Signed Pre-Command is not the Pre-Command that was issued: octet "),
    "signed by another user": (
        signed_by_another,
        "the signature of the Signed Pre-Command does not verify with the originator's digital-signing key",
    ),
    "truncated": (truncated, "the Signed Pre-Command cannot be read: "),
    "of another device": (
        of_another_device,
        "the Signed Pre-Command is not the Pre-Command that was issued: its recipient is 00-DB-12-5A-00-00-01-0",
    ),
    "replayed": (replayed, "the Signed Pre-Command is not the Pre-Command that was issued: its counter is "),
    "not signed": (not_signed, "the Pre-Command came back without a signature"),
    "no message at all": (of_octets, "the Signed Pre-Command cannot be read: "),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED_PRE_COMMANDS.values(), ids=REFUSED_PRE_COMMANDS.keys())
async def test_a_signed_pre_command_is_refused_that_is(
    running: Running, make: Callable[[Running, Post, bytes], Awaitable[Post]], reason: str
) -> None:
    post, pre_command = await transformed(running)
    answered = await running.answered(await make(running, post, pre_command))
    trace = await running.trace(answered.trace_id)
    assert ("E56", "message-can-be-built") == (answered.code, trace.verdicts[-1].check)
    assert (trace.reason or "").startswith(reason), trace.reason
    assert [] == running.witness.seen
    # The refusal used nothing up: the right one passes afterwards.
    assert "I99" == (await running.answered(running.signed(post, pre_command))).code


def sent_again(running: Running, first: Post, _post: Post, _pre_command: bytes) -> Post:
    """What a client posts that retries."""
    return running.anew(first)


def signed_again(running: Running, _first: Post, post: Post, pre_command: bytes) -> Post:
    """ECDSA makes another signature each time."""
    return running.signed(post, pre_command)


def for_local_delivery_too(running: Running, first: Post, post: Post, _pre_command: bytes) -> Post:
    assert post.request is not None
    body = SignedPreCommand(gbcs_payload=payload_of(first))
    request = msgspec.structs.replace(post.request, command_variant=7, body=body)
    return Post(document=running.scene.by.signed(request), web_service=S, request=request)


REPLAYED = {
    "in a document signed anew: the stored answer": (sent_again, "I99", "repeated"),
    "with another signature: refused": (signed_again, "E63", "refused"),
    "in another command variant: refused": (for_local_delivery_too, "E63", "refused"),
}


@pytest.mark.parametrize(("make", "code", "outcome"), REPLAYED.values(), ids=REPLAYED.keys())
async def test_a_signed_pre_command_that_was_carried_out_is_not_carried_out_again(
    running: Running, make: Callable[[Running, Post, Post, bytes], Post], code: str, outcome: str
) -> None:
    post, pre_command = await transformed(running)
    first = running.signed(post, pre_command)
    assert "I99" == (await running.answered(first)).code
    again = await running.answered(make(running, first, post, pre_command))
    trace = await running.trace(again.trace_id)
    await running.settled()
    assert (code, outcome) == (again.code, trace.outcome), trace.reason
    if code == "E63":
        assert post.request is not None
        assert (trace.reason or "").startswith(f"RequestID {post.request.request_id} was used for another request ")
    assert 1 == len(running.witness.posts("/wan/"))
