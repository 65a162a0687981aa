"""Which addresses are this machine's."""

import pytest

from duologue.addresses import is_loopback


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::1%lo", "::ffff:127.0.0.1"])
def test_addresses_of_this_machine(address: str) -> None:
    """Loopback is loopback in every spelling."""
    assert is_loopback(address)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "::", "10.0.0.1", "192.0.2.1", "::ffff:10.0.0.1", "fe80::1%lo", "128.0.0.1", "x"],
)
def test_addresses_elsewhere(address: str) -> None:
    """Private and link-local addresses are other machines', and what is no address is refused."""
    assert not is_loopback(address)
