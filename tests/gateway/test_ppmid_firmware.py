"""11.4, end to end: an image for PPMIDs goes where they are, and what is no PPMID comes back in a list."""

from __future__ import annotations

import pytest
from running import D, Running

from gateway.sandbox.stage import Post
from routing.trace import Answer
from schemas.request import UpdatePPMIDFirmware


def update(running: Running, version: str | None, *devices: str) -> Post:
    sample = running.world.firmware["ppmid-newer"]
    body = UpdatePPMIDFirmware(
        firmware_version=version or sample.version,
        devices=tuple(running.scene.device(name) for name in devices),
        image_characters=0,
    )
    return running.scene.post("supplier", running.scene.dcc, "11.4", body, 8, D, sample.image)


async def test_an_image_for_a_ppmid_is_handed_on(running: Running) -> None:
    post = update(running, None, "ppmid")
    answered = await running.answered(post)
    trace = await running.trace(answered.trace_id)
    assert "I99" == answered.code, trace.reason
    (seen,) = await running.witness.wait_for("/wan/North")
    assert str(running.scene.device("ppmid")).encode() in seen.body
    advised = {each.check for each in trace.verdicts if each.answer is Answer.ADVISED}
    assert {"image-is-an-ota-file"} == advised, "the sandbox's images are no OTA files"


async def test_what_is_no_ppmid_is_left_out_and_listed(running: Running) -> None:
    answered = await running.answered(update(running, None, "ppmid", "esme"))
    assert ("W110401", "DSPUpdatePPMIDFirmwareWarning") == (answered.code, answered.result)


@pytest.mark.parametrize("version", ["FFFFFFFF", "00000000"])
async def test_a_version_that_is_not_listed_is_refused(running: Running, version: str) -> None:
    answered = await running.answered(update(running, version, "ppmid"))
    trace = await running.trace(answered.trace_id)
    assert "E110401" == answered.code
    assert f"firmware {version} of " in (trace.reason or "")
    assert [] == running.witness.posts("/wan/")
