"""Pod addresses in 127.0.0.0/8."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from localcluster.kubelet.addresses import PodNetwork


@pytest.fixture
def network() -> Iterator[PodNetwork]:
    """A pod network, given back at the end."""
    network = PodNetwork()
    yield network
    network.close()


def test_every_pod_has_an_address_of_its_own_that_can_be_bound(network: PodNetwork) -> None:
    """Two workers may listen on the same port."""
    addresses = [network.allocate() for _ in range(300)]
    assert len(set(addresses)) == 300
    assert all(ip_address(address) in ip_network("127.0.0.0/8") for address in addresses)
    with socket.socket() as first, socket.socket() as second:
        first.bind((addresses[0], 0))
        second.bind((addresses[299], first.getsockname()[1]))


def test_an_address_that_was_given_back_is_used_last(network: PodNetwork) -> None:
    """No client takes a new pod for the old one."""
    first = network.allocate()
    network.release(first)
    assert network.allocate() != first


def test_two_clusters_have_different_networks(network: PodNetwork) -> None:
    """They share the loopback interface, and their workers the port."""
    other = PodNetwork()
    try:
        assert network.allocate().split(".")[1] != other.allocate().split(".")[1]
    finally:
        other.close()
