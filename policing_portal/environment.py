"""What the environment says, read and checked: what is badly written ends the start with a sentence, not a request later."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


class Env(environ.Env):
    """django-environ, but an empty line is as none: `MEDIA_ROOT=` is not the folder in which the portal was started."""

    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False):
        if default is not self.NOTSET and not self.ENVIRON.get(var, "").strip():
            return default
        return super().get_value(var, cast=cast, default=default, parse_default=parse_default)


env = Env()
YES = {"true", "1", "yes", "y", "on", "ok"}
NO = {"false", "0", "no", "n", "off"}


def required(name: str, purpose: str) -> str:
    """The value of an environment variable without which the portal must not start."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {purpose} See .env.example, or run `make run` once.")
    return value


def whole_number(name: str, default: int) -> int:
    """A number of 0 or more from the environment."""
    value = env.str(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{value}”. See .env.example.")
    return int(value)


def switch(name: str, default: bool) -> bool:
    """Yes or no. What is neither is refused: a slip of the pen must not switch anything off."""
    value = env.str(name, default="").strip()
    if value and value.lower() not in YES | NO:
        raise ImproperlyConfigured(f"{name} must be True or False, not “{value}”. See .env.example.")
    return value.lower() in YES if value else default


def seconds(name: str, default: float) -> float:
    """A number of seconds, 0 or more."""
    value = env.str(name, default=str(default))
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ImproperlyConfigured(f"{name} must be a number of seconds, not “{value}”. See .env.example.")
    return number


def folder(name: str, default: Path) -> Path:
    """A folder."""
    return Path(env.str(name, default=str(default)))


def address(name: str, default: str, read: Callable[..., dict]) -> Any:
    """What `read` makes of the address of a service, such as smtp://mail.example.org:587. Its secrets are not repeated."""
    try:
        return read(env.str(name, default=default))
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} can't be read as an address of its kind. See .env.example.") from error


def rate(name: str, default: str) -> str:
    """How often something may be done, such as `10/hour`."""
    value = env.str(name, default=default).replace(" ", "")
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", value):
        raise ImproperlyConfigured(
            f"{name} must look like 10/hour (or second, minute, day), not “{value}”. See .env.example."
        )
    return value


def field_keys() -> list[str]:
    """The keys that seal contact details, newest first."""
    keys = required(
        "FIELD_KEYS", "It seals contact details and second steps: Fernet keys, newest first, with commas."
    ).split(",")
    keys = [key.strip() for key in keys]
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(f"Key {number} of FIELD_KEYS is no Fernet key. See .env.example.") from error
    return keys


def base_url() -> str:
    """The public address, without a slash at its end; its scheme decides whether this is production."""
    value = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"BASE_URL must look like https://portal.example.org, not “{value}”. See .env.example."
        )
    return f"{parts.scheme}://{parts.netloc}"
