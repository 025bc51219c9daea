"""The published pairs of gas meters and gas proxy functions: what their requests do not say, and where they err."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.vocabulary import DeviceType


class Told(NamedTuple):
    """What a pair is built with besides its request."""

    device_type: DeviceType = DeviceType.GSME
    gbcs_version: str | None = None
    customer_identification_number: str | None = None
    corrections: tuple[tuple[str, str], ...] = ()
    """Texts of the request's elements, by name, as the published message has them."""


_METER: Final = Told()
_PROXY: Final = Told(DeviceType.GPF)
_EARLIER: Final = Told(gbcs_version="1.1")
_LATER: Final = Told(gbcs_version="4.1")

PUBLISHED: Final[Mapping[str, Told]] = {
    **dict.fromkeys(
        (
            "CS01b_2.2_SUCCESS",
            "CS10a_6.13_SUCCESS",
            "CS10b_6.13_SUCCESS",
            "CS11_3.3_SUCCESS",
            "GCS01a_1.1.1_FUTURE_DATED_BLOCK_SUCCESS",
            "GCS01a_1.1.1_IMMEDIATE_TOU_SUCCESS",
            "GCS01b_1.2.1_CANCELLATION_BLOCK_SUCCESS",
            "GCS01b_1.2.1_IMMEDIATE_TOU_SUCCESS",
            "GCS02_1.6_CANCELLATION_SUCCESS",
            "GCS02_1.6_FUTURE_DATED_SUCCESS",
            "GCS03_1.6_FUTURE_DATED_SUCCESS",
            "GCS03_1.6_IMMEDIATE_SUCCESS",
            "GCS04_2.3_SUCCESS",
            "GCS05_2.1_CANCELLATION_SUCCESS",
            "GCS05_2.1_IMMEDIATE_SUCCESS",
            "GCS06_2.5_SUCCESS",
            "GCS07_3.1_SUCCESS",
            "GCS11_3.5_SUCCESS",
            "GCS13a_4.1.1_SUCCESS_RELIABLE_GSME",
            "GCS13b_4.1.4_SUCCESS_RELIABLE_GSME",
            "GCS13b_4.1.4_SUCCESS_UNRELIABLE",
            "GCS13c_4.1.2_SUCCESS_UNRELIABLE",
            "GCS14_4.3_SUCCESS_RELIABLE_GSME",
            "GCS15b_4.4.2_SUCCESS",
            "GCS15d_4.4.4_SUCCESS",
            "GCS15e_4.4.5_SUCCESS",
            "GCS16a_4.6.1_SUCCESS",
            "GCS16b_4.14_KRP_SUCCESS",
            "GCS17_4.8.1_SUCCESS",
            "GCS18_4.10_SUCCESS",
            "GCS20_6.22_SUCCESS",
            "GCS20r_6.2.10_SUCCESS",
            "GCS21a_6.2.8_SUCCESS",
            "GCS21b_4.13_SUCCESS",
            "GCS21f_4.11.1_SUCCESS",
            "GCS21j_6.2.9_SUCCESS",
            "GCS23_6.6_SUCCESS",
            "GCS24_6.7_SUCCESS",
            "GCS24a_6.7_SUCCESS",
            "GCS25_6.8_SUCCESS",
            "GCS25a_6.8_SUCCESS",
            "GCS31_14.1_SUCCESS",
            "GCS32_7.2_SUCCESS",
            "GCS33_7.4_SUCCESS",
            "GCS38_11.2_SUCCESS",
            "GCS39_7.3_SUCCESS",
            "GCS40a_1.5_SUCCESS",
            "GCS40b_1.5_SUCCESS",
            "GCS40c_1.5_SUCCESS",
            "GCS40d_1.5_SUCCESS",
            "GCS41_6.20.1_SUCCESS",
            "GCS44_3.4_SUCCESS",
            "GCS46_6.2.7_SUCCESS",
        ),
        _METER,
    ),
    **dict.fromkeys(
        (
            "GCS13a_4.1.1_SUCCESS_RELIABLE_GPF",
            "GCS13c_4.1.2_SUCCESS_RELIABLE_GPF",
            "GCS14_4.3_SUCCESS_RELIABLE_GPF",
            "GCS60a_4.18_SUCCESS_RELIABLE_GPF",
        ),
        _PROXY,
    ),
    **dict.fromkeys(("GCS21d_6.2.3_SUCCESS", "GCS21e_6.2.4_SUCCESS", "GCS60_4.18_SUCCESS"), _EARLIER),
    **dict.fromkeys(
        ("GCS21k_6.2.3_SUCCESS", "GCS21m_6.2.4_SUCCESS", "GCS60a_4.18_SUCCESS_UNRELIABLE_GSME"),
        _LATER,
    ),
    "GCS36_9.1_SUCCESS": Told(customer_identification_number="1234"),
    "GCS09_3.2_SUCCESS": Told(DeviceType.GPF, corrections=(("RestrictionDateTime", "2016-11-22T02:46:56Z"),)),
    "GCS15c_4.4.3_SUCCESS": Told(
        corrections=(("StartDateTime", "2015-01-01T00:00:01Z"), ("EndDateTime", "2016-01-01T00:00:01Z"))
    ),
    "GCS61_4.17_SUCCESS": Told(
        DeviceType.GPF,
        corrections=(("StartDateTime", "2014-12-22T00:00:00Z"), ("EndDateTime", "2015-01-01T00:00:00Z")),
    ),
}
"""By the stem of the pair."""
