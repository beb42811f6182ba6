"""`python -m localcluster.kubelet`: started by the local cluster as a process of its own."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from localcluster.kubelet.back_off import FIRST_SECONDS
from localcluster.kubelet.kubelet import Settings, run_kubelet
from localcluster.kubelet.node import Capacity


def main(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    kubeconfig: Annotated[Path, typer.Option(help="Credentials of the node.")],
    node_name: Annotated[str, typer.Option(help="Name of the Node object.")],
    logs_folder: Annotated[Path, typer.Option(help="Gets a folder for each pod.")],
    volumes_folder: Annotated[Path, typer.Option(help="Gets a folder for each pod with volumes.")],
    port: Annotated[int, typer.Option(help="Where the API server asks for logs.")],
    certificate: Annotated[Path, typer.Option(help="Certificate of that port (PEM).")],
    key: Annotated[Path, typer.Option(help="Its key (PEM).")],
    cpu: Annotated[str, typer.Option(help="Capacity of the node, as a quantity.")] = Capacity.cpu,
    memory: Annotated[str, typer.Option(help="Capacity of the node, as a quantity.")] = Capacity.memory,
    pods: Annotated[int, typer.Option(help="Most pods that the scheduler puts on the node.")] = Capacity.pods,
    back_off_seconds: Annotated[
        float, typer.Option(help="First pause after a crash or a failed pull; it doubles up to 5 minutes.", min=0)
    ] = FIRST_SECONDS,
) -> None:
    """Run the pods of one node as local processes.

    Example: python -m localcluster.kubelet --kubeconfig node.kubeconfig --node-name local --logs-folder logs
    --volumes-folder volumes --port 10250 --certificate node.crt --key node.key
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    capacity = Capacity(cpu, memory, pods)
    folders = logs_folder, volumes_folder
    settings = Settings(kubeconfig, node_name, *folders, capacity, port, certificate, key, back_off_seconds)
    asyncio.run(run_kubelet(settings))


if __name__ == "__main__":
    typer.run(main)
