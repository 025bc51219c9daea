"""TABLE: the steps of the tour. Each kind of route and refusal once, with what it is expected to come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from gateway.sandbox.stage import Post, Scene, Step
from gateway.sandbox.user_simulator import AnswerKind
from schemas.bodies import body_of
from schemas.inventory_bodies import OtherDevice
from schemas.request import (
    ActivateFirmware,
    AddDeviceToCHFWhitelist,
    DevicePrenotification,
    DisableSupply,
    OtherBody,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ReadInventory,
    TopUpDevice,
    UpdateFirmware,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import DeviceId, DeviceType, WebService

T, S, D = WebService.TRANSFORM, WebService.SEND_COMMAND, WebService.NON_DEVICE


def _read_registers(scene: Scene, device: str, user: str = "supplier", cv: int = 1, service: WebService = S) -> Post:
    return scene.post(user, scene.device(device), "4.1.1", ReadInstantaneousImportRegisters(), cv, service)


def _profile(scene: Scene) -> Post:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    body = ReadActiveImportProfileData(start=start, end=end)
    return scene.post("supplier", scene.device("gsme"), "4.8.1", body, 1, S)


def _top_up(scene: Scene) -> Post:
    return scene.post("supplier", scene.device("esme"), "2.2", TopUpDevice(utrn="73946144332040217315"), 1, S)


def _disable(scene: Scene, device: str, cv: int, service: WebService, user: str = "supplier") -> Post:
    return scene.post(user, scene.device(device), "7.2", DisableSupply(), cv, service)


def _signed_pre_command(scene: Scene, transformed: str) -> Post:
    issued = scene.answered[transformed].payload or b""
    request = scene.by.sign_pre_command(scene.sent[transformed], issued)
    return Post(document=scene.by.signed(request), web_service=S, request=request)


def _whitelist(scene: Scene) -> Post:
    addition = AddDeviceToCHFWhitelist(join_time_period=90, install_code=bytes(range(16)))
    body = UpdateHANDeviceLog(device=scene.device("ppmid"), request_type="Add", add=addition)
    return scene.post("supplier", scene.device("hub"), "8.11", body, 1, S)


def _join(scene: Scene, joining: str) -> Post:
    body = body_of("JoinServiceNonCritical", OtherDevice(other_device_id=scene.device(joining)))
    return scene.post("supplier", scene.device("ppmid"), "8.7.2", body, 1, S)


def _number_to_show(scene: Scene) -> Post:
    body = OtherBody(element="RequestCustomerIdentificationNumber")
    return scene.post("other user", scene.device("esme"), "9.1", body, 1, S)


def _firmware_version(scene: Scene, device: str) -> Post:
    return scene.post("supplier", scene.device(device), "11.2", ReadFirmwareVersion(), 1, S)


def _activate(scene: Scene, firmware: str) -> Post:
    body = ActivateFirmware(firmware_hash=scene.world.firmware[firmware].hash)
    return scene.post("supplier", scene.device("esme"), "11.3", body, 4, T)


def _update(scene: Scene, firmware: str, *devices: str) -> Post:
    sample = scene.world.firmware[firmware]
    body = UpdateFirmware(
        firmware_version=sample.version,
        devices=tuple(scene.device(name) for name in devices),
        image_characters=0,
    )
    return scene.post("supplier", scene.dcc, "11.1", body, 8, D, sample.image)


def _pre_notify(scene: Scene) -> Post:
    sample = scene.world.firmware["esme-current"]
    body = DevicePrenotification(
        device=scene.newcomer,
        manufacturer=sample.manufacturer,
        model=sample.model,
        device_type=DeviceType.ESME,
        firmware_version=sample.version,
        esme_variant="A",
    )
    return scene.post("supplier", scene.dcc, "12.2", body, 8, D)


def _inventory(scene: Scene, device: str) -> Post:
    return scene.post("supplier", scene.dcc, "8.2", ReadInventory(device=scene.device(device)), 8, D)


def _again(scene: Scene, earlier: str) -> Post:
    """The same request, signed anew: as a client does that retries."""
    request = scene.sent[earlier]
    return Post(document=scene.by.signed(request), web_service=S, request=request)


def _id_reused(scene: Scene, earlier: str) -> Post:
    used = scene.sent[earlier].request_id
    request = scene.by.request(used.originator, used.target, "11.2", ReadFirmwareVersion(), 1, counter=used.counter)
    return Post(document=scene.by.signed(request), web_service=S, request=request)


def _unknown_device(scene: Scene) -> Post:
    stranger = DeviceId.parse("00-00-00-00-00-00-00-01")
    return scene.post("supplier", stranger, "4.1.1", ReadInstantaneousImportRegisters(), 1, S)


def _tampered(scene: Scene) -> Post:
    post = _top_up(scene)
    return Post(document=post.document.replace(b"73946144332040217315", b"73946144332040217316"), web_service=S)


def _unsigned(scene: Scene) -> Post:
    document = _read_registers(scene, "esme").document
    start, end = document.index(b"<ds:Signature "), document.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return Post(document=document[:start] + document[end:], web_service=S)


def _of_another(scene: Scene) -> Post:
    """Signed by the distributor in the supplier's name."""
    request = _read_registers(scene, "esme").request
    if request is None:
        raise ValueError("the step's own request is missing")
    forged = scene.by.signed_by(request, scene.user("distributor"))
    return Post(document=forged, web_service=S)


STEPS: Final = (
    Step(
        title="8.2 inventory of a hub",
        make=lambda s: _inventory(s, "hub"),
        expected="I0",
        destination="dcc",
        result="DSPInventory",
    ),
    Step(
        title="4.1.1 read of a SMETS2+ ESME",
        make=lambda s: _read_registers(s, "esme"),
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="the same request once more",
        make=lambda s: _again(s, "4.1.1 read of a SMETS2+ ESME"),
        expected="I99",
    ),
    Step(
        title="its RequestID for another request",
        make=lambda s: _id_reused(s, "4.1.1 read of a SMETS2+ ESME"),
        expected="E63",
    ),
    Step(
        title="4.1.1 for local delivery",
        make=lambda s: _read_registers(s, "esme", cv=2, service=D),
        expected="I0",
        destination="gbcs:",
        result="LocalCommand",
    ),
    Step(
        title="4.8.1 profile of a GSME",
        make=_profile,
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(title="2.2 top-up of an ESME", make=_top_up, expected="I99", destination="gbcs:", answer=AnswerKind.RESPONSE),
    Step(
        title="8.11 a device for the hub's log",
        make=_whitelist,
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="8.7.2 a PPMID and its ESME (signed by the DCC)",
        make=lambda s: _join(s, "esme"),
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="11.2 firmware version of a PPMID",
        make=lambda s: _firmware_version(s, "ppmid"),
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="11.2 of a Suspended ESME",
        make=lambda s: _firmware_version(s, "suspended-esme"),
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="9.1 a number for the customer's display",
        make=_number_to_show,
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="7.2 transform",
        make=lambda s: _disable(s, "esme", 4, T),
        expected="I0",
        destination="gbcs:",
        result="PreCommand",
    ),
    Step(
        title="7.2 signed pre-command",
        make=lambda s: _signed_pre_command(s, "7.2 transform"),
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="11.3 transform, image on the CPL",
        make=lambda s: _activate(s, "esme-newer"),
        expected="I0",
        destination="gbcs:",
        result="PreCommand",
    ),
    Step(
        title="11.3 transform, image not on the CPL",
        make=lambda s: _activate(s, "esme-unlisted"),
        expected="E110101",
    ),
    Step(
        title="11.1 firmware for one ESME",
        make=lambda s: _update(s, "esme-newer", "esme"),
        expected="I99",
        destination="firmware-distribution:",
    ),
    Step(
        title="11.1 for devices of several kinds",
        make=lambda s: _update(s, "esme-newer", "esme-changing-supplier", "gsme", "pending-esme", "smets1-secure-esme"),
        expected="W110101",
        destination="firmware-distribution:",
        result="DSPUpdateFirmwareWarning",
    ),
    Step(
        title="11.1 with a withdrawn version",
        make=lambda s: _update(s, "esme-withdrawn", "esme"),
        expected="E110101",
    ),
    Step(
        title="11.1 for a SMETS1 ESME",
        make=lambda s: _update(s, "smets1-secure-esme-newer", "smets1-secure-esme"),
        expected="I99",
        destination="s1sp:secure",
    ),
    Step(title="12.2 a new device", make=_pre_notify, expected="I99", destination="dcc"),
    Step(title="12.2 for it once more", make=_pre_notify, expected="E120201"),
    Step(
        title="4.1.1 of a SMETS1 ESME, Secure",
        make=lambda s: _read_registers(s, "smets1-secure-esme"),
        expected="I99",
        destination="s1sp:secure",
        answer=AnswerKind.SMETS1_RESPONSE,
    ),
    Step(
        title="4.1.1 of a SMETS1 ESME, IOC",
        make=lambda s: _read_registers(s, "smets1-ioc-esme"),
        expected="I99",
        destination="s1sp:ioc",
        answer=AnswerKind.SMETS1_RESPONSE,
    ),
    Step(
        title="4.1.1 of a SMETS1 ESME, MDS",
        make=lambda s: _read_registers(s, "smets1-mds-esme"),
        expected="I99",
        destination="s1sp:mds",
        answer=AnswerKind.SMETS1_RESPONSE,
    ),
    Step(
        title="7.2 of a SMETS1 ESME, FOC (critical, variant 1)",
        make=lambda s: _disable(s, "smets1-foc-esme", 1, S),
        expected="I99",
        destination="s1sp:foc",
        answer=AnswerKind.SMETS1_RESPONSE,
    ),
    Step(
        title="11.2 of a bilingual PPMID in a SMETS1 home",
        make=lambda s: _firmware_version(s, "bilingual-ppmid-as-smets1"),
        expected="I99",
        destination="s1sp:foc",
        answer=AnswerKind.SMETS1_RESPONSE,
    ),
    Step(
        title="11.2 of a bilingual PPMID in a SMETS2+ home",
        make=lambda s: _firmware_version(s, "bilingual-ppmid-as-smets2"),
        expected="I99",
        destination="gbcs:",
        answer=AnswerKind.RESPONSE,
    ),
    Step(
        title="11.2 of a PPMID joined to the wrong kind of hub",
        make=lambda s: _firmware_version(s, "misjoined-ppmid-1"),
        expected="E59",
    ),
    Step(
        title="7.2 transform for a SMETS1 ESME",
        make=lambda s: _disable(s, "smets1-ioc-esme", 4, T),
        expected="E12",
    ),
    Step(
        title="7.2 by an other user",
        make=lambda s: _disable(s, "esme", 4, T, user="other user"),
        expected="E2",
    ),
    Step(
        title="4.1.1 by a suspended supplier",
        make=lambda s: _read_registers(s, "esme-of-suspended-supplier", user="suspended supplier"),
        expected="E3",
    ),
    Step(
        title="4.1.1 by a supplier that is not registered",
        make=lambda s: _read_registers(s, "esme", user="second supplier"),
        expected="E4",
    ),
    Step(
        title="4.1.1 of a Pending ESME",
        make=lambda s: _read_registers(s, "pending-esme"),
        expected="E5",
    ),
    Step(
        title="4.1.1 of a hub",
        make=lambda s: _read_registers(s, "hub"),
        expected="E11",
    ),
    Step(
        title="4.1.1 with internal variant 9",
        make=lambda s: _read_registers(s, "esme", cv=9),
        expected="E12",
    ),
    Step(
        title="4.1.1 posted to the Transform service",
        make=lambda s: _read_registers(s, "esme", service=T),
        expected="E13",
    ),
    Step(title="4.1.1 of a device that is not there", make=_unknown_device, expected="E19"),
    Step(title="a top-up changed after signing", make=_tampered, expected="unauthenticated"),
    Step(title="an unsigned request", make=_unsigned, expected="unauthenticated"),
    Step(title="a request in another's name", make=_of_another, expected="unauthenticated"),
    Step(
        title="not XML",
        make=lambda _: Post(document=b"GET / HTTP/1.1", web_service=S),
        expected="not-xml",
    ),
    Step(
        title="a document type declaration",
        make=lambda _: Post(document=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', web_service=D),
        expected="forbidden-construct",
    ),
    Step(
        title="an element that is not expected",
        make=lambda s: Post(
            document=_read_registers(s, "esme").document.replace(b"ReadInstantaneousImport", b"ReadEverything"),
            web_service=S,
        ),
        expected="not-schema-valid",
    ),
)
