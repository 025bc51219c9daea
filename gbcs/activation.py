"""What a firmware activation (CS06) activates, read back from its message: 11.3 says it to the device alone."""

from __future__ import annotations

from gbcs import der
from gbcs.message import Command, decode_message
from gbcs.usecases.firmware import CS06


def activated_image(message: bytes) -> bytes | None:
    """The image's SHA-256 (32 octets) in a Pre-Command, signed or not, or a Command; ``None`` in anything else."""
    try:
        read = decode_message(message)
        signed = read.message if isinstance(read, Command) else read
        if signed.header.message_code != CS06.message_code:
            return None
        content = der.decode(signed.content).content
    except ValueError:
        return None
    first = content[0] if isinstance(content, tuple) and content else None
    if first is None or first.tag != der.OCTET_STRING or not isinstance(first.content, bytes):
        return None
    return first.content
