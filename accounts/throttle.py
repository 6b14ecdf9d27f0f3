"""One counter shared by all processes, on the database: how often one caller may do one thing.

Keys are salted hashes that change every day; no address is kept.
"""

import hashlib
import hmac
import ipaddress
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.asking import one_row
from accounts.stamp import today_in_london

WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class TooMany(Exception):
    """The caller did this too often. `retry_after` is in seconds; `str()` is a sentence for the public."""

    def __init__(self, retry_after: int):
        self.retry_after = retry_after
        minutes = max(1, round(retry_after / 60))
        super().__init__(_("That was too often in a short time. Please try again in about %d minutes.") % minutes)


def parse_rate(rate: str) -> tuple[int, int]:
    """`10/hour` -> (10, 3600)."""
    number, _slash, window = rate.partition("/")
    return int(number), WINDOWS[window.strip()]


def caller_of(request) -> str:
    """The address of the last hop that we trust (IPv6 by /64), for hashing only.

    With TRUSTED_PROXIES = n the n-th address from the right of X-Forwarded-For counts; otherwise the peer's own.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    if ":" not in address:  # IPv4 is written in one way only
        return address
    try:
        ip = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if ip.ipv4_mapped:  # a socket for both kinds shows IPv4 so: no two visitors may share a count
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


@lru_cache(maxsize=2)
def _salted(day, secret):
    """The keyed hash that a day's callers go through, as it begins."""
    return hmac.new(f"throttle:{day.isoformat()}:{secret}".encode(), digestmod=hashlib.sha256)


def count(scope: str, caller: str, rate: str) -> None:
    """Count one act of `caller` in `scope`, in one statement; raises `TooMany` above `rate` (such as `10/hour`)."""
    limit, seconds = parse_rate(rate)
    now = timezone.now()
    window = int(now.timestamp()) // seconds
    ends = (window + 1) * seconds
    hashed = _salted(today_in_london(), settings.SECRET_KEY).copy()
    hashed.update(f"{window}:{caller}".encode())
    key = f"{scope}:{hashed.hexdigest()[:48]}"
    counted = one_row(
        "INSERT INTO accounts_ratecount (key, count, expires) VALUES (%s, 1, %s) "
        "ON CONFLICT (key) DO UPDATE SET count = accounts_ratecount.count + 1 RETURNING count",
        [key, connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(ends, UTC))],
    )[0]
    if counted > limit:
        raise TooMany(max(1, int(ends - now.timestamp())))
