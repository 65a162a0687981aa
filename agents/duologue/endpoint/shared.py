"""What all runs in this process share of the endpoints that they speak to."""

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from duologue.addresses import origin
from duologue.endpoint.chain import Outages
from duologue.endpoint.limiter import Limiter
from duologue.targets import Rates, Target

_Key = tuple[tuple[str, str | None, int | None], str | None]

_OUTAGES: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Outages]] = WeakKeyDictionary()
_LIMITERS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Key, Limiter]]] = WeakKeyDictionary()


def limiter_for(target: Target, rates: Rates) -> Limiter:
    """The limiter of the target's origin and key, one for all who run on this event loop; it keeps to these
    rates as well."""
    limiters = _LIMITERS.setdefault(asyncio.get_running_loop(), {})
    place = scheme, host, port = origin(target.base_url)
    key = place, None if target.api_key is None else target.api_key.get_secret_value()
    limiter = limiters.setdefault(key, Limiter(origin=f"{scheme}://{host}:{port}"))
    limiter.restrict(rates)
    return limiter


def shared_outages() -> Outages:
    """What all who run on this event loop know of endpoints that are out."""
    return _OUTAGES.setdefault(asyncio.get_running_loop(), Outages())
