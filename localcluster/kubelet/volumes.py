"""A pod's volumes: folders with what they hold, and where a container sees them.

As the real kubelet's: `emptyDir`, `configMap`, `secret`, and `projected` of these, of fields of the pod and of a token
of its account. The API server of this cluster adds no volume for the token: a pod that needs it names it. Contents are
those of the container's start.
"""

import base64
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from localcluster.kubelet.environment import ConfigError, Known, Reader, field_of, resource_of
from localcluster.kubelet.pod_spec import Json, mounts_of

TOKEN_SECONDS: Final = 24 * 3600
"""For how long a token is good: it is not renewed, and no pod lives so long here."""

KINDS: Final = frozenset({"emptyDir", "configMap", "secret", "projected"})
SOURCES: Final = frozenset({"configMap", "secret", "downwardAPI", "serviceAccountToken"})
"""What this kubelet can do."""


@dataclass(frozen=True)
class Mount:
    """A folder that a container sees at a path of its own."""

    source: Path
    target: str
    read_only: bool


class AccountReader(Reader, Protocol):
    """Reads also what belongs to a pod's account."""

    async def account_token(self, pod: Json, audience: str, seconds: int) -> str:
        """A token of the pod's account, bound to the pod."""


class Volumes:
    """The volumes of one pod, in a folder of its own."""

    def __init__(self, folder: Path, reader: AccountReader) -> None:
        self._folder = folder
        self._reader = reader

    async def mounts(self, pod: Json, container: str, known: Known) -> tuple[Mount, ...]:
        """What a container sees, written anew but for `emptyDir`.

        Raises:
            ConfigError: Something that is referred to doesn't exist and isn't optional.
        """
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", ())}
        made = []
        for mount in mounts_of(pod, container):
            source = await self._volume(volumes[mount["name"]], pod, known)
            made.append(Mount(source / mount.get("subPath", ""), mount["mountPath"], bool(mount.get("readOnly"))))
        return tuple(made)

    def remove(self) -> None:
        """Throw all of it away: the pod is gone."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _volume(self, volume: Json, pod: Json, known: Known) -> Path:
        folder = self._folder / str(volume["name"])
        folder.mkdir(parents=True, exist_ok=True)
        if "emptyDir" not in volume:
            sources = volume["projected"].get("sources", ()) if "projected" in volume else (volume,)
            for source in sources:
                _write(folder, await self._files(source, pod, known))
        return folder

    async def _files(self, source: Json, pod: Json, known: Known) -> dict[str, bytes]:
        """What one source puts into the folder of its volume, by relative path."""
        if "serviceAccountToken" in source:
            wanted = source["serviceAccountToken"]
            token = await self._reader.account_token(pod, wanted.get("audience", ""), TOKEN_SECONDS)
            return {wanted["path"]: token.encode()}
        if "downwardAPI" in source:
            items = source["downwardAPI"].get("items", ())
            return {item["path"]: _downward(item, pod, known).encode() for item in items}
        kind = "configMap" if "configMap" in source else "secret"
        return await self._data(kind, source[kind], pod)

    async def _data(self, kind: str, reference: Json, pod: Json) -> dict[str, bytes]:
        namespace, name = pod["metadata"]["namespace"], reference.get("name") or reference.get("secretName", "")
        read = self._reader.config_map if kind == "configMap" else self._reader.secret
        found = await read(namespace, name)
        if found is None and not reference.get("optional"):
            raise ConfigError(f'{kind.lower()} "{name}" not found')
        data = _contents(kind, found or {})
        items = reference.get("items")
        return {item["path"]: data[item["key"]] for item in items if item["key"] in data} if items else data


def _downward(item: Json, pod: Json, known: Known) -> str:
    if "resourceFieldRef" in item:
        return resource_of(item["resourceFieldRef"], pod, "", known)
    return field_of(item["fieldRef"]["fieldPath"], pod, known)


def unsupported_volumes(spec: Json) -> Iterator[str]:
    """What of a pod's volumes can't be done here, one sentence each."""
    for volume in spec.get("volumes", ()):
        kinds = volume.keys() - {"name"}
        yield from (f"volume {volume['name']}: {kind} is not supported" for kind in sorted(kinds - KINDS))
        for source in volume.get("projected", {}).get("sources", ()):
            unknown = sorted(source.keys() - SOURCES)
            yield from (f"volume {volume['name']}: {kind} is not supported" for kind in unknown)
    for container in spec["containers"]:
        for mount in container.get("volumeMounts", ()):
            top = Path(*Path(mount["mountPath"]).parts[:2])
            if not top.is_dir():
                yield f"container {container['name']}: mountPath {mount['mountPath']}: {top} must exist on this machine"


def _contents(kind: str, found: Json) -> dict[str, bytes]:
    encoded = {key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()}
    data = found.get("data") or {}
    if kind == "secret":
        return {key: base64.b64decode(value) for key, value in data.items()}
    return encoded | {key: str(value).encode() for key, value in data.items()}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
