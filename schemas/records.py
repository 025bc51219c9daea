"""Values to stored bytes and back: the one place that knows how msgspec carries our words.

Identifiers travel as their text, so a record reads well wherever it is met.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def _restore(wanted: type, text: Any) -> Any:
    return wanted.parse(text)  # type: ignore[attr-defined]


_json = msgspec.json.Encoder(enc_hook=str)
_stable = msgspec.json.Encoder(enc_hook=str, order="deterministic")


def to_json(value: object) -> bytes:
    """A struct of ours (or a container of them) as JSON octets."""
    return _json.encode(value)


def to_stable_json(value: object) -> bytes:
    """The same octets for the same value in every process: sets and keys in order. For digests."""
    return _stable.encode(value)


def to_builtins(value: object) -> Any:
    """A struct of ours as dicts, lists, strings and numbers, for whoever writes JSON or TOML."""
    return msgspec.to_builtins(value, enc_hook=str)


def from_builtins(value: object, wanted: type[T]) -> T:
    """Raises msgspec.ValidationError, naming the place, when the value is not of the wanted shape."""
    return msgspec.convert(value, wanted, dec_hook=_restore)


def json_decoder(wanted: type[T]) -> msgspec.json.Decoder[T]:
    """A reusable decoder; its ``decode`` raises msgspec.ValidationError on another shape."""
    return msgspec.json.Decoder(wanted, dec_hook=_restore)
