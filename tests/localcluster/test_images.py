"""Which images could be pulled."""

import pytest

from localcluster.kubelet.images import PULL_SECONDS, pull_failure, pull_seconds


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


def test_a_pull_takes_no_time_unless_the_pod_says_so() -> None:
    """Tests are about other things than waiting for images."""
    assert pull_seconds({}) == 0
    assert pull_seconds({PULL_SECONDS: "20"}) == 20
    assert pull_seconds({PULL_SECONDS: "0.5"}) == 0.5


@pytest.mark.parametrize("text", ["", "4s", "-1", "nan", "inf"])
def test_what_is_no_number_of_seconds_is_refused(text: str) -> None:
    """With the annotation's name, for the pod's status."""
    with pytest.raises(ValueError, match=r"annotation localcluster.workerpools.dev/pull-seconds: '.*' is not a number"):
        pull_seconds({PULL_SECONDS: text})
