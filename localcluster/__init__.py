"""A real Kubernetes control plane and Temporal server on this machine, without containers.

`python -m localcluster up` runs one in the foreground; tests, demo and benchmarks use `cluster.LocalCluster`.
Rooms: `processes` (children that never outlive their parent), `binaries` and `go_toolchain` (what is run, built once),
`control_plane` and `temporal_server` (the servers), `admin_api` (requests to the API server), `kubelet` (plays the
node: pods as local processes), `cluster` (all of it brought up and down), `__main__` (the command line).
"""
