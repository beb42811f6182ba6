"""A kubelet that runs pods as local processes.

It registers a Node, starts each container's command with its environment, its own host name and its own loopback
address as the pod's IP, probes whether it is ready and alive, restarts it with a growing back-off, kills it when it
exceeds its memory limit, runs its hooks, ends it by SIGTERM, and reports all that as the real kubelet does.
There is no image (one of a registry in the domain `.invalid` can't be pulled, and an annotation says how long the pull
of the others takes) and no isolation of files or network.
`pod_spec` lists what a pod may ask for; whatever else it asks for is `CreateContainerConfigError`.
"""
