"""9.1, end to end: the number that a meter is to show is chosen here, and its user is told with the meter's answer."""

from __future__ import annotations

import pytest
from running import SOON, Running, S
from smets2_played import the_command

from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import AnswerKind
from gbcs import axdr, gbz
from gbcs.message import Command, decode_message
from schemas.messages import Response, ResponseMessage
from schemas.request import OtherBody
from schemas.response_reading import read_response
from schemas.results import CINMessage
from schemas.xsd import own_schema


def asked(running: Running, device: str) -> Post:
    body = OtherBody(element="RequestCustomerIdentificationNumber")
    return running.scene.post("other user", running.scene.device(device), "9.1", body, 1, S)


def shown(content: bytes) -> str:
    """What the Command tells the meter to show."""
    if content[:1] == bytes((axdr.ACCESS_REQUEST,)):
        (datum,) = axdr.decode_access_request(content).data
        assert isinstance(datum.value, bytes)
        return datum.value.decode()
    (component,) = gbz.decode(content)
    return component.payload[-4:].decode()


@pytest.mark.parametrize("device", ["esme", "gsme"])
async def test_the_user_is_told_what_the_meter_shows(running: Running, device: str) -> None:
    post = asked(running, device)
    assert post.request is not None
    _, command = await the_command(running, post)
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert (AnswerKind.RESPONSE, "I0") == (answer.kind, answer.response_code)
    told = read_response(answer.octets, own_schema())
    assert isinstance(told, Response)
    assert isinstance(told.message, ResponseMessage)
    assert isinstance(told.message.result, CINMessage)
    assert shown(command.message.content) == told.message.result.customer_identification_number
    assert told.message.result.octets[:1] == b"\xdf"


async def test_each_request_has_a_number_of_its_own(running: Running) -> None:
    posts = [asked(running, "esme") for _ in range(8)]
    assert {"I99"} == {(await running.answered(post)).code for post in posts}
    await running.witness.wait_for("/wan/", len(posts))
    await running.settled()
    commands = [decode_message(seen.body) for seen in running.witness.posts("/wan/")]
    numbers = {shown(each.message.content) for each in commands if isinstance(each, Command)}
    assert len(numbers) > 1, "eight draws of 10,000 that are all one number"
