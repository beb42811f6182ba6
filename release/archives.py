"""Archives that are the same bytes for the same content, whoever packs them, when and where."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

_EXECUTABLE = 0o100


def write_archive(path: Path, files: Mapping[str, Path | bytes], epoch: int) -> None:
    """Write a .tar.gz of files by their names in it: sorted, without owners, all of one time in seconds since 1970."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            data = content.read_bytes() if isinstance(content, Path) else content
            archive.addfile(_member(name, content, len(data), epoch), io.BytesIO(data))
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=epoch) as zipped:
        zipped.write(packed.getvalue())


def _member(name: str, content: Path | bytes, size: int, epoch: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime = size, epoch
    executable = isinstance(content, Path) and content.stat().st_mode & _EXECUTABLE
    member.mode = 0o755 if executable else 0o644
    return member
