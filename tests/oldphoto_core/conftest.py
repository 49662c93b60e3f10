"""Networks with the weights of the fill rule, shared by all tests: filling the large ones takes seconds."""

import pytest

from oldphoto_core.networks.golden.filled_networks import FilledNetworks


@pytest.fixture(scope="session")
def filled_networks() -> FilledNetworks:
    return FilledNetworks()
