"""A kubelet that runs pods as local processes.

It registers a Node, starts each container's command with its environment, its own host name and its own loopback
address as the pod's IP, probes its readiness, and reports as the real kubelet does. There is no image and no isolation
of files or network. `pod_spec` lists what a pod may ask for; whatever else it asks for is `CreateContainerConfigError`.
"""
