"""The resources of Temporal Worker Pools as immutable models, and the CRDs that are generated from them."""
