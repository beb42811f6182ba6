"""Which images could be pulled."""

import pytest

from localcluster.kubelet.images import pull_failure


@pytest.mark.parametrize(
    "image", ["", "none", "worker:1", "team/worker", "registry.example:5000/worker", "team.invalid", "x/y.invalid/z:1"]
)
def test_any_image_counts_as_pulled(image: str) -> None:
    """There are none; a first part without a registry's dot or without a path isn't a host."""
    assert pull_failure(image) is None


@pytest.mark.parametrize("registry", ["registry.invalid", "registry.invalid:5000"])
def test_a_registry_that_can_not_exist_has_no_images(registry: str) -> None:
    """The message names image and host, as a container runtime's does."""
    failure = pull_failure(f"{registry}/team/worker:7")
    assert failure is not None
    assert failure.startswith(f'failed to pull and unpack image "{registry}/team/worker:7"')
    assert failure.endswith("dial tcp: lookup registry.invalid: no such host")
