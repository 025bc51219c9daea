"""An estate of homes: which devices stand where, in what state, and who is registered for their meter points.

The same seed gives the same estate: nothing here reads a clock or a key. The first homes are those of
``featured`` in their order, so that every case worth showing is there once; the others are drawn by lot.
Certificates and the store are ``world``'s affair, the models ``models``'.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gateway.sandbox import models
from gateway.sandbox.featured import FEATURED, Consumer, Plan, State, lot
from gateway.sandbox.models import COHORTS, Cohort, SampleModel, SampleVersion
from gateway.sandbox.registrants import Registrants, register
from routing.inventory import Device
from routing.parties import Registration
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation, UserId
