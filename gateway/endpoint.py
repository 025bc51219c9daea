"""Where a URL leads: host, port, and the first lines of every request to it. Nothing here opens a connection."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import msgspec

_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PATH: Final = "/%:@!$&'()*+,;=~"
"""What a path may have beside letters and digits (RFC 3986); per cent signs are taken to be escapes already."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A URL taken apart."""

    host: str
    """A name in ASCII or an address; one of version 6 without brackets."""
    port: int
    secure: bool
    opening: str
    """Request line and Host field of a POST, printable ASCII but for the line ends."""


def read_endpoint(url: str) -> Endpoint:
    """Take an http or https URL apart; a fragment is left out.

    Raises ValueError. A user and password are refused: they do not belong into a configuration that is shown,
    and the message does not repeat them.
    """
    parts = _parts(url)
    if parts.username is not None:
        raise ValueError("expected an address without a user, found one before the host")
    try:
        host, port = _host(parts.hostname or ""), parts.port
        target = quote(parts.path or "/", safe=_PATH) + (f"?{quote(parts.query, safe=_PATH + '?')}" * bool(parts.query))
        usable = parts.scheme in _PORTS and port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _no_address(url)
    # A zone says on which of our own links a host is: none of the host's business.
    named = f"[{host.partition('%')[0]}]" if ":" in host else host
    if port not in {None, _PORTS[parts.scheme]}:
        named = f"{named}:{port}"
    return Endpoint(
        host=host,
        port=port or _PORTS[parts.scheme],
        secure=parts.scheme == "https",
        opening=f"POST {target} HTTP/1.1\r\nHost: {named}\r\n",
    )


def _parts(url: str) -> SplitResult:
    # urlsplit would leave line ends out, and what is left may be another address than the one that was written.
    if _CONTROL.search(url):
        raise _no_address(url)
    try:
        return urlsplit(url)
    except ValueError:
        raise _no_address(url) from None


def _no_address(url: str) -> ValueError:
    return ValueError(f"expected an http or https address, found {url!r}")


def _host(name: str) -> str:
    """Raises ValueError."""
    if ":" in name:
        # RFC 6874: the per cent sign before a zone is written as an escape.
        return str(IPv6Address(name.replace("%25", "%", 1)))
    host = name.encode("idna").decode()
    if not _HOST.fullmatch(host):
        raise ValueError(name)
    return host
