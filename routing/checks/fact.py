"""The facts that checks read, by the name under which ``explain`` and a trace tell them.

A row names those of its function. How each stood when a request was decided is ``routing.telling``'s to say.
"""

from __future__ import annotations

from enum import StrEnum


class Fact(StrEnum):
    """One thing that is known of a request; the values are words for people."""

    ORIGINATOR = "originator"
    ROLES = "originator's roles"
    SCHEMA_VERSION = "schema version"
    SERVICE = "service"
    SERVICE_VARIANTS = "command variants that it takes"
    SERVICE_TYPES = "device types that it is for"
    SERVICE_STATUSES = "statuses that it needs"
    FUTURE_DATING = "held until its time by"
    ELIGIBLE_ROLES = "roles that may send it"
    BODY = "body"
    COMMAND_VARIANT = "command variant"
    WEB_SERVICE = "web service"
    TARGET = "target"
    TIME = "time of the decision"
    EXECUTION = "ExecutionDateTime"
    HORIZON = "horizon of future dating"
    EARLIER_USE = "earlier use of the RequestID"
    LATER_COUNTER = "latest counter used"
    HELD = "requests held"
    PRE_COMMAND = "Pre-Command"
    SEQUENCE = "sequence"
    PRECEDING = "preceding request"
    IN_INVENTORY = "inventory"
    NAMED_DEVICES = "devices named in the body"
    HUBS = "hubs of those devices"
    MATCHES = "devices that fit the question"
    FIRMWARE = "firmware asked for"
    IMAGE = "firmware image"
    PRODUCT_LIST = "product list"
    HUB_LIMITS = "largest images that hubs hold"
    DEVICE_TYPE = "device type"
    DEVICE_STATUS = "device status"
    DEVICE_MODEL = "device model"
    HUB = "hub"
    TREATMENT = "treatment"
    TRANSITIONS = "table of transitions"
    ADVISORIES = "advisories"
    PPMID_POLICY = "policy for bilingual PPMIDs"
    METER_POINTS = "meter points"
    REGISTRATIONS = "originator's registrations"
    SMETS1_SERVICES = "services of SMETS1 devices"
    PROVIDERS = "providers configured"
    GBCS_MESSAGE = "GBCS message"
