"""URLs taken apart: where a post goes, what its first two lines are, and which addresses are none."""

from __future__ import annotations

import pytest

from gateway.endpoint import Endpoint, read_endpoint


def to(host: str, port: int, target: str, named: str, *, secure: bool = False) -> Endpoint:
    opening = f"POST {target} HTTP/1.1\r\nHost: {named}\r\n"
    return Endpoint(host=host, port=port, secure=secure, opening=opening)


ADDRESSES = {
    "a host alone": ("http://far.example", to("far.example", 80, "/", "far.example")),
    "a path": ("http://far.example/a/b", to("far.example", 80, "/a/b", "far.example")),
    "a port": ("http://far.example:8080/a", to("far.example", 8080, "/a", "far.example:8080")),
    "the port that goes without saying": ("http://far.example:80/a", to("far.example", 80, "/a", "far.example")),
    "https": ("https://far.example/", to("far.example", 443, "/", "far.example", secure=True)),
    "https on the port of http": ("https://far.example:80/", to("far.example", 80, "/", "far.example:80", secure=True)),
    "capitals": ("HTTP://Far.Example/A", to("far.example", 80, "/A", "far.example")),
    "a query": ("http://far.example/a?b=c&d=/?", to("far.example", 80, "/a?b=c&d=/?", "far.example")),
    "a query without a path": ("http://far.example?b", to("far.example", 80, "/?b", "far.example")),
    "a fragment": ("http://far.example/a#b", to("far.example", 80, "/a", "far.example")),
    "two slashes": ("http://far.example//a", to("far.example", 80, "//a", "far.example")),
    "escapes": ("http://far.example/%2Fa%20b?%26", to("far.example", 80, "/%2Fa%20b?%26", "far.example")),
    "blanks in its path": ("http://far.example/a b", to("far.example", 80, "/a%20b", "far.example")),
    "an accent in its path": ("http://far.example/caf\u00e9", to("far.example", 80, "/caf%C3%A9", "far.example")),
    "quotes and brackets": ('http://far.example/"<a>"', to("far.example", 80, "/%22%3Ca%3E%22", "far.example")),
    "an accent in its name": (
        "http://caf\u00e9.example/", to("xn--caf-dma.example", 80, "/", "xn--caf-dma.example"),
    ),
    "a name of one word": ("http://s1sp_secure:9000/", to("s1sp_secure", 9000, "/", "s1sp_secure:9000")),
    "an address of version 4": ("http://127.0.0.1:9000/", to("127.0.0.1", 9000, "/", "127.0.0.1:9000")),
    "an address of version 6": ("http://[::1]:9000/", to("::1", 9000, "/", "[::1]:9000")),
    "one that is written at length": ("http://[0:0::0001]/", to("::1", 80, "/", "[::1]")),
    "one on a link": ("http://[fe80::1%25eth0]/", to("fe80::1%eth0", 80, "/", "[fe80::1]")),
}  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_with(url: str, expected: Endpoint) -> None:
    assert expected == read_endpoint(url)


NONE = {
    "nothing": "",
    "no scheme": "far.example/a",
    "a path alone": "/a",
    "another scheme": "ftp://far.example/",
    "no host": "http:///a",
    "a port alone": "http://:80/",
    "port 0": "http://far.example:0/",
    "a port beyond the last": "http://far.example:65536/",
    "a port in words": "http://far.example:http/",
    "half an address of version 6": "http://[::1/",
    "no address of version 6": "http://[::z]/",
    "a name in brackets": "http://[far.example]/",
    "a label that is too long": f"http://{'a' * 64}.example/",
    "an empty label": "http://a..example/",
    "a blank in its name": "http://far .example/",
    "a quote in its name": 'http://far".example/',
    "a letter that no host has": "http://\u2100.example/",
    "half a character": "http://far.example/\ud800",
    "a line end": "http://far.example/\r\nX-Role: admin",
    "a line feed in its name": "http://far\n.example/",
    "a tab": "http://far.example/\ta",
    "a zero octet": "http://far.example/\0",
    "a delete": "http://far.example/\x7f",
}


@pytest.mark.parametrize("url", NONE.values(), ids=NONE.keys())
def test_there_is_no_address_in(url: str) -> None:
    with pytest.raises(ValueError, match=r"^expected an http or https address, found ") as refused:
        read_endpoint(url)
    assert f"expected an http or https address, found {url!r}" == str(refused.value)


@pytest.mark.parametrize("url", ["http://jo:secret@far.example/", "http://jo@far.example/", "http://@far.example/"])
def test_a_user_in_an_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^expected") as refused:
        read_endpoint(url)
    assert "expected an address without a user, found one before the host" == str(refused.value)
