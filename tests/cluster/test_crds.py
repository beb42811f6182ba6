"""The stamps of CRDs, on the real API server."""

import pytest

from controller.api.crd import own_stamps
from controller.cluster.client import Cluster
from controller.cluster.crds import read_stamps
from controller.cluster.errors import ForbiddenError

pytestmark = pytest.mark.usefixtures("pools_served")


async def test_the_crds_that_were_applied_are_those_of_this_version(admin: Cluster) -> None:
    """The API server keeps the stamp; a CRD that is not there is left out."""
    own = own_stamps()
    assert await read_stamps(admin, [*own, "nothing.workerpools.dev"]) == own


async def test_without_the_right_to_read_crds_that_is_said(guest: Cluster) -> None:
    """As in an installation for one namespace."""
    with pytest.raises(ForbiddenError, match="customresourcedefinitions"):
        await read_stamps(guest, own_stamps())
