"""The parts of a release that need neither a server nor the network: archives, images, manifests, audit, checksums."""

import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest

from release.archives import write_archive
from release.audit import Audit, check, judged
from release.build import checksums, notes
from release.changelog import Section
from release.errors import ReleaseError
from release.image import PublishedImage, context, dockerfiles, published_image
from release.manifests import profiles, with_image
from release.source import ROOT, Source, source
from tests.release.sources import source_here

DIGEST = f"sha256:{'a' * 64}"
IMAGE = PublishedImage("registry.example/twp", DIGEST)


def made_of(*files: str) -> Source:
    """A commit with some files."""
    return Source(commit="c" * 40, epoch=0, changed=(), files=files)


def test_an_archive_is_the_same_whoever_packs_it_and_when(tmp_path: Path) -> None:
    """Whatever the order, the time and the mode of its files."""
    script = tmp_path / "run"
    script.write_text("run", encoding="utf-8")
    script.chmod(0o750)
    write_archive(tmp_path / "a.tgz", {"run": script, "b": b"text"}, epoch=1_700_000_000)
    script.touch()
    script.chmod(0o700)
    write_archive(tmp_path / "b.tgz", {"b": b"text", "run": script}, epoch=1_700_000_000)
    assert (tmp_path / "a.tgz").read_bytes() == (tmp_path / "b.tgz").read_bytes()
    with tarfile.open(tmp_path / "a.tgz") as archive:
        members = [(each.name, each.mode, each.mtime, each.uid) for each in archive.getmembers()]
    assert members == [("b", 0o644, 1_700_000_000, 0), ("run", 0o755, 1_700_000_000, 0)]


def test_the_context_of_each_image_has_what_its_dockerfile_copies_and_nothing_else() -> None:
    """Of the operator and of both examples."""
    of = source_here()
    images = dockerfiles(of)
    assert {"operator", "example-unified", "example-separated"} <= set(images)
    files = context(images["operator"], of)
    assert {"Dockerfile", "pyproject.toml", "uv.lock", "controller/cli/main.py"} <= set(files)
    assert not [file for file in files if file.startswith(("tests/", "manifests/", ".git"))]
    for dockerfile in images.values():
        assert all(path.is_file() for path in context(dockerfile, of).values())


@pytest.mark.parametrize(
    ("line", "copied"),
    [
        ("COPY --chown=1:1 a/ b.txt /to/", ["a/x", "b.txt"]),
        ("COPY a \\\n  b.txt ./", ["a/x", "b.txt"]),
        ("COPY --from=build /opt /opt", []),
        ("ADD b.txt / # the list", ["b.txt"]),
    ],
)
def test_what_a_dockerfile_copies_is_read_in_all_its_forms(tmp_path: Path, line: str, copied: list[str]) -> None:
    """A folder, a file, an option, a line that goes on, another stage."""
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\n{line}\n", encoding="utf-8")
    assert sorted(context("Dockerfile", made_of("a/x", "ab/x", "b.txt"), tmp_path)) == ["Dockerfile", *copied]


def test_a_dockerfile_that_copies_what_is_not_committed_is_refused(tmp_path: Path) -> None:
    """It would build here and nowhere else."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY local.txt /\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"Dockerfile copies local\.txt, of which no file is committed"):
        context("Dockerfile", made_of("b.txt"), tmp_path)


def test_only_a_digest_names_a_published_image() -> None:
    """A tag may be moved."""
    assert published_image(f"registry.example/twp@{DIGEST}") == IMAGE
    with pytest.raises(ReleaseError, match=r"--image must be REPOSITORY@sha256:DIGEST, and is twp:0\.1\.0"):
        published_image("twp:0.1.0")


def test_each_profile_that_says_how_it_is_applied_is_one_file() -> None:
    """And parts of others are none."""
    found = {name: folder.name for name, folder in profiles().items()}
    assert found["install"] == "base"
    assert {"install-namespaced", "install-monitoring"} <= set(found)
    assert "rbac" not in found.values()


def test_the_image_of_manifests_is_the_one_that_was_published() -> None:
    """And no other one is replaced."""
    text = "image: temporal-worker-pools:0.1.0\nimage: temporal-worker-pools-other:1\n"
    assert list(with_image(text, IMAGE).splitlines()) == [
        f"image: registry.example/twp@{DIGEST}",
        "image: temporal-worker-pools-other:1",
    ]


def test_a_tree_with_changes_is_seen(tmp_path: Path) -> None:
    """Changed files and new ones."""

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True
        )

    (tmp_path / "a").write_text("1", encoding="utf-8")
    git("init", "-q")
    git("add", "a")
    git("commit", "-qm", "first")
    assert source(tmp_path).changed == ()
    (tmp_path / "a").write_text("2", encoding="utf-8")
    (tmp_path / "b").write_text("2", encoding="utf-8")
    assert source(tmp_path).changed == (" M a", "?? b")
    assert source(tmp_path).files == ("a",)


def test_known_vulnerabilities_end_a_release() -> None:
    """With what fixes them."""
    found = judged(
        [
            {"name": "a", "version": "1", "vulns": [{"id": "GHSA-1", "fix_versions": ["1.1"]}]},
            {"name": "b", "version": "2", "vulns": []},
        ]
    )
    assert str(found) == "2 dependencies audited, 1 known vulnerabilities"
    with pytest.raises(ReleaseError, match=r"a 1: GHSA-1, fixed in 1\.1\. Upgrade"):
        check(found, required=False)


def test_what_was_not_audited_is_said_and_refused_where_it_is_required() -> None:
    """A silent service is no clean bill of health."""
    found = judged([{"name": "a", "version": "1", "skip_reason": "Dependency not found"}])
    assert str(found) == "not audited: the advisory service does not answer here; the release workflow requires it"
    check(found, required=False)
    with pytest.raises(ReleaseError, match="answered for 0 of 1 dependencies"):
        check(found, required=True)
    check(Audit(1, 1, ()), required=True)


def test_checksums_and_notes_are_what_tools_and_people_read(tmp_path: Path) -> None:
    """A line for each file but its own, as sha256sum checks them; the section, and the image by its digest."""
    (tmp_path / "a").write_text("1", encoding="utf-8")
    (tmp_path / "SHA256SUMS").write_text("old", encoding="utf-8")
    assert checksums(tmp_path) == f"{hashlib.sha256(b'1').hexdigest()}  a\n"
    section = Section(version="1.2.3", released=None, text="### Added\n\n- All.\n", groups={})
    assert notes("1.2.3", section, IMAGE) == (
        f"# Temporal Worker Pools 1.2.3\n\nImage: `registry.example/twp@{DIGEST}`\n\n### Added\n\n- All.\n"
    )


def test_ignored_files_are_what_the_contexts_leave_out() -> None:
    """A build of the checkout and one of the context see the same: .dockerignore lets through what is copied."""
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    ]
    of = source_here()
    for dockerfile in dockerfiles(of).values():
        copied = {file.partition("/")[0] for file in context(dockerfile, of)} - {"Dockerfile"}
        assert copied <= set(allowed)
