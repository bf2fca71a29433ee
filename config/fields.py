"""The kinds of value that a setting can have: how each is checked, and what is allowed in words."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9._-]{1,253}(?<!-)")
PRINTABLE_ASCII = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a setting may be, in words: for the message of a mistake and for the docs' table."""

    text: str


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host` (an address or a name)."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(text: str) -> str:
    host = text.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not HOST_NAME.fullmatch(host):
            raise ValueError("it is no host name or IP address") from None
    return host


def _split_http_url(text: str) -> SplitResult:
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError("there is white space in it")
    try:
        url = urlsplit(text)
        _ = url.port  # raises for a port that is no number
    except ValueError:
        raise ValueError("its host or its port cannot be read") from None
    if url.scheme not in {"http", "https"}:
        raise ValueError("it does not start with http:// or https://")
    if not url.hostname:
        raise ValueError("it names no host")
    if "@" in url.netloc:
        raise ValueError("it holds a user name or a password")
    if url.query or url.fragment:
        raise ValueError("it has a part after ? or #")
    return url


def _http_url(text: str) -> str:
    url = _split_http_url(text)
    return f"{url.scheme}://{url.netloc.lower()}{url.path.rstrip('/')}"


def _engine_url(text: str) -> str:
    url = _http_url(text).removesuffix("/chat/completions")
    return url if url.endswith("/v1") else f"{url}/v1"


def _bearer_token(secret: SecretStr) -> SecretStr:
    if not PRINTABLE_ASCII.fullmatch(secret.get_secret_value()):
        raise ValueError("an HTTP header cannot carry it")
    return secret


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Host = Annotated[str, AfterValidator(_host), Allowed("a host name or an IP address")]
Port = Annotated[int, Field(ge=1, le=65535)]
HttpUrl = Annotated[
    str, AfterValidator(_http_url), Allowed("an http:// or https:// URL, without user or password")
]
EngineUrl = Annotated[
    str,
    AfterValidator(_engine_url),
    Allowed("an http:// or https:// URL, such as http://127.0.0.1:8001/v1"),
]
BearerToken = Annotated[
    SecretStr, AfterValidator(_bearer_token), Allowed("printable ASCII characters without spaces")
]
SecretText = Annotated[SecretStr, Allowed("text")]
Text = Annotated[str, Allowed("text")]
Folder = Annotated[Path, Allowed("a folder")]
SecretFile = Annotated[Path, Allowed("a file")]
Temperature = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
TopP = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
TopK = Annotated[int, Field(ge=0)]  # 0: all tokens
MaxTokens = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
AnyCase = BeforeValidator(_lower)
