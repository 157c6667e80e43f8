"""Where Redis is: one server, a service that Sentinels know, or a Cluster, read from one URL.

redis://user:password@host:6379/0, rediss://… (TLS), unix:///path/to/redis.sock
redis+sentinel://user:password@host1:26379,host2:26379/service/0
redis+cluster://user:password@host1:6379,host2:6379

Behind the `?` of the last two: `tls=true`, `tls_ca=FILE`, and for Sentinel `sentinel_user` and `sentinel_password`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "redis+cluster")
_EXAMPLES = {
    "sentinel": "redis+sentinel://host1:26379,host2:26379,host3:26379/service/0",
    "cluster": "redis+cluster://host1:6379,host2:6379,host3:6379",
}
_DEFAULT_PORTS = {"sentinel": 26379, "cluster": 6379}
_OPTIONS = {
    "sentinel": {"tls", "tls_ca", "sentinel_user", "sentinel_password"},
    "cluster": {"tls", "tls_ca"},
}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed URL. Passwords are not in the repr."""

    kind: Literal["single", "sentinel", "cluster"]
    url: str = field(repr=False)  # as given; what redis-py reads itself for a single server
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    db: int = 0
    login: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)
    sentinel_login: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)
    tls: dict[str, Any] = field(default_factory=dict, hash=False)


def parse_address(text: str) -> RedisAddress:
    """Read a URL; raises ValueError with how to write it. The text itself, which may hold a password, is not quoted."""
    text = text.strip()
    scheme = text.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise ValueError(
            "starts with redis://, rediss:// (TLS), unix:// (socket path), redis+sentinel:// or redis+cluster://, "
            "like redis://127.0.0.1:6379/0"
        )
    if scheme == "redis+sentinel":
        return _fleet("sentinel", text)
    if scheme == "redis+cluster":
        return _fleet("cluster", text)
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (raises on a port that is none)
    except ValueError:
        raise ValueError("is not a URL; write redis://host:6379/0") from None
    if scheme == "unix" and not parts.path:
        raise ValueError("names no socket; write unix:///path/to/redis.sock")
    if scheme != "unix" and not parts.hostname:
        raise ValueError("names no host; write redis://127.0.0.1:6379/0")
    return RedisAddress("single", text)


def _fleet(kind: Literal["sentinel", "cluster"], text: str) -> RedisAddress:
    write = f"write {_EXAMPLES[kind]}"
    parts = urlsplit(text)
    login, _, hosts = parts.netloc.rpartition("@")
    nodes = tuple(_node(each, kind, write) for each in hosts.split(",") if each)
    if not nodes:
        raise ValueError(f"names no host; {write}")
    places = [part for part in parts.path.split("/") if part]
    if kind == "sentinel" and not places:
        raise ValueError(f"names no service; {write}")
    if kind == "cluster" and places not in ([], ["0"]):
        raise ValueError(f"names a database, which a Cluster does not have; {write}")
    db = places[1] if kind == "sentinel" and len(places) == 2 else "0"
    if len(places) > 2 or not (db.isascii() and db.isdigit()):
        raise ValueError(f"has a path that is no service and database; {write}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - _OPTIONS[kind]):
        raise ValueError(f"has an unknown option {unknown[0]!r}; known are {', '.join(sorted(_OPTIONS[kind]))}")
    return RedisAddress(
        kind,
        text,
        nodes=nodes,
        service=unquote(places[0]) if kind == "sentinel" else "",
        db=int(db),
        login=_login(*login.partition(":")[::2]),
        sentinel_login=_login(options.get("sentinel_user", ""), options.get("sentinel_password", "")),
        tls=_tls(options),
    )


def _node(text: str, kind: str, write: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):  # no port, or an IPv6 address without one
        host, port = text, str(_DEFAULT_PORTS[kind])
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"names a host or port that is none; {write}")
    return host, int(port)


def _login(user: str, password: str) -> dict[str, Any]:
    given = {"username": unquote(user) or None, "password": unquote(password) or None}
    return {name: value for name, value in given.items() if value}


def _tls(options: dict[str, str]) -> dict[str, Any]:
    if options.get("tls", "false").lower() not in ("true", "false"):
        raise ValueError("has an option tls that is neither true nor false")
    if options.get("tls", "false").lower() == "false":
        if "tls_ca" in options:
            raise ValueError("names tls_ca without tls=true")
        return {}
    return {"ssl": True, **({"ssl_ca_certs": options["tls_ca"]} if options.get("tls_ca") else {})}
