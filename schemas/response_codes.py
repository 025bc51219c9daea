"""The response codes of DUIS, with what is known of each: data, not prose.

The 194 values are those of the DUIS 5.4 schema; five of them are not in 5.1 (``SINCE_5_4``). Only a few
have a sourced meaning. A code without a row in ``MEANINGS`` exists, but what it says is not known
here, so nothing may present a meaning for it as the DCC's.
"""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.vocabulary import Basis


class CodeMeaning(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one code."""

    title: str
    raised_when: str
    basis: Basis
    source: str


CODES_BY_SERVICE: Final[dict[str, str]] = {
    "general": (
        "I0 I99 E1 E2 E3 E4 E5 E11 E12 E13 E17 E19 E20 E21 E30 E31 E40 E41 E42 E43 E44 E45 E46 E47 E48 "
        "E49 E50 E51 E52 E53 E54 E55 E56 E57 E58 E59 E60 E61 E62 E63 E64 E65 E66 E67 E68 E69 E70 E71 E100 "
        "E1000 E1001 E1003 E1004 E1006 E1007 E1008 E1010 E1011"
    ),
    "1.1": "E010101 E010102",
    "1.2": "E010201",
    "3.3": "E030301 E030302",
    "4.1": "E040101",
    "4.17": "E041701",
    "5.1": "E050101 E050102 E050103 E050105 E050107 E050108 E050109 E050110 E050111 E050112",
    "5.2": "E050201 E050202 W050201",
    "5.3": "E050301 E050302 W050301",
    "6.5": "E060501 E060502",
    "6.7": "E060701",
    "6.8": "E060801 E060802 E060803",
    "6.13": "E061301 E061304 E061305",
    "6.15": "E061501 E061504 E061505 E061506 E061507 E061508 E061509",
    "6.18": "E061801 E061802 E061803",
    "6.21": "E062101 E062102 E062103 E062105",
    "6.22": "E062201 E062202 E062203",
    "6.23": "E062301 E062302 E062303 E062304 E062305 E062306",
    "6.24": "E062401 E062402 E062403",
    "6.28": "E062801 E062802 E062803",
    "8.2": "E080201 E080202",
    "8.3": "E080301 E080302",
    "8.4": "E080405 E080406 E080407 E080408 E080409 E080410 E080411 E080412 E080413 E080414 E080415",
    "8.5": "E080501 E080502 E080503",
    "8.6": "E080601 E080602 E080604 E080606 E080607",
    "8.7": "E080702 E080721 E080722 E080723",
    "8.8": "E080801 E080821 E080822",
    "8.9": "E080901 E080902 E080903",
    "8.11": "E081101 E081102 E081104 E081105 E081106 E081107 E081108 E081109 E081110 E081111",
    "8.12": "E081202 E081204 E081205 E081221 E081222 E081223",
    "8.13": "E081301 E081302 E081303",
    "8.14": "E081401 E081402 E081405 E081406 W081401",
    "11.1": "E110101 E110102 E110103 E110105 E110106 W110101",
    "11.4": "E110401 E110402 E110403 E110405 W110401",
    "12.1": "E120101 E120102 E120103",
    "12.2": "E120201 E120203 E120204 E120207",
}
"""Every code, by the service reference it belongs to (``general`` for those of any service)."""

RESPONSE_CODES: Final[dict[str, str]] = {
    code: service for service, codes in CODES_BY_SERVICE.items() for code in codes.split()
}
"""Every code of DUIS 5.4 and the service reference it belongs to."""

SINCE_5_4: Final = frozenset({"E050111", "E050112", "E081406", "E110106", "E120103"})
"""In the 5.4 enumeration and not in that of 5.1. Where 5.2 and 5.3 stand is not known: they are
answered with the 5.1 enumeration, which every version has (assumed)."""


KNOWN_VERSIONS: Final = frozenset({"5.1", "5.2", "5.3", "5.4"})
"""The versions of DUIS whose requests have been seen. ``schemaVersion`` itself is a free decimal."""

_OF_5_4: Final = frozenset(RESPONSE_CODES)
_OF_5_1: Final = _OF_5_4 - SINCE_5_4


def plain_version(schema_version: str) -> str:
    """The decimal as it is usually written: ``+05.40`` is 5.4."""
    whole, _, fraction = schema_version.strip().lstrip("+").partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def codes_of(schema_version: str) -> frozenset[str]:
    """The enumeration of the DUIS version that a request declares."""
    return _OF_5_4 if plain_version(schema_version) == "5.4" else _OF_5_1


def _transcribed(title: str, raised_when: str) -> CodeMeaning:
    return CodeMeaning(
        title=title,
        raised_when=raised_when,
        basis=Basis.TRANSCRIBED,
        source="DCC Systems Response Codes, third-party copy",
    )


MEANINGS: Final[dict[str, CodeMeaning]] = {
    "I0": _transcribed("Success", "the outcome is successful"),
    "I99": _transcribed(
        "Acknowledgement",
        "device-bound and past access control; also a non-device success without a result of its own",
    ),
    "E1": _transcribed(
        "Failed authorisation: User / User Role", "user and role are not a valid SEC party in that role"
    ),
    "E2": _transcribed("Failed authorisation: User Role / Service Reference", "the role may not send this service"),
    "E3": _transcribed("Failed authorisation: User status", "the user's status does not permit the service"),
    "E4": _transcribed(
        "Failed authorisation: User / Role for Device", "not authorised for this device at the required date and time"
    ),
    "E5": _transcribed("Failed authorisation: Device status", "the inventory status does not permit the service"),
    "E11": _transcribed("Failed validation: SRV / device type", "the service is not for this type of device"),
    "E12": _transcribed("Failed validation: request / Command Variant", "the variant does not apply to this request"),
    "E13": _transcribed("Failed validation: request type / URL", "posted to the wrong web service"),
    "E17": _transcribed(
        "Failed authorisation: not available for Local Command Services", "role and status do not permit local delivery"
    ),
    "E19": _transcribed("Failed authorisation: Device does not exist", "the device is not in the inventory"),
    "E20": _transcribed("Comms failure: cannot communicate with Device", "communication could not be established"),
    "E21": _transcribed("Comms failure: no response from Device", "no response to a command"),
    "E30": _transcribed("Time-out: future-dated command", "only its title was seen"),
    "E110101": CodeMeaning(
        title="Firmware version is not an existing CPL entry",
        raised_when="an 11.1 or 11.3 names firmware that the CPL does not list; the EPCL is never asked",
        basis=Basis.SPECIFIED,
        source="SMETS1 Further Testing Consultation, section 3",
    ),
    "W110101": CodeMeaning(
        title="Accepted with device lists",
        raised_when="an 11.1 was accepted for some of its devices; the lists name the others",
        basis=Basis.ASSUMED,
        source="inferred from the schema",
    ),
    "E120201": CodeMeaning(
        title="Pre-notification cannot be recorded",
        raised_when="seen when the hub and gas proxy of one 12.2 are the same; taken for a device that exists as well",
        basis=Basis.ASSUMED,
        source="DCC practice reported in DP316; the use for existing devices is assumed",
    ),
}
"""What is known, by code."""
