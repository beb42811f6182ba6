"""CRDs of other versions than the operator, on a cluster of their own: the other tests share one."""
