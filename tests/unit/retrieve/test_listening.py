"""Where a server listens, and what is said where it cannot."""

import socket

import pytest

from govgate.errors import IncompleteError
from govgate.retrieve.serving.server import bound


def refused(host: str, port: int) -> IncompleteError:
    with pytest.raises(IncompleteError) as error:
        bound(host, port)
    assert "(" not in str(error.value)
    return error.value


def test_a_port_in_use_is_told_with_what_to_do_about_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = refused("127.0.0.1", port)
    assert error.what == f"cannot listen on 127.0.0.1:{port}: the port is in use"
    assert error.remedy == "choose another port, or stop what listens there"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no-such-host.invalid", "there is no host of that name"),
        ("x" * 70 + ".example", "no"),
        ("192.0.2.1", "that is no address of this machine"),
    ],
)
def test_a_host_that_is_not_this_machine_is_told_with_what_to_do_about_hosts(
    host: str, said: str
) -> None:
    error = refused(host, 0)
    assert said in error.what
    assert error.remedy == "give a name or an address of this machine, such as 127.0.0.1"
