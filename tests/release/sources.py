"""The files of this checkout, also of one that is no repository."""

import subprocess
import tempfile

from release.source import ROOT, Source


def source_here() -> Source:
    """All that is not ignored, as if it were committed."""
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", f"--git-dir={folder}", f"--work-tree={ROOT}"]
        subprocess.run([*git, "init", "--quiet"], check=True, cwd=ROOT)
        listing = [*git, "ls-files", "-z", "--others", "--exclude-standard"]
        listed = subprocess.run(listing, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    return Source("0" * 40, 1_700_000_000, (), tuple(sorted(filter(None, listed.split("\0")))))
