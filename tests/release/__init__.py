"""What a release is made of: the charts, and that they and kustomize say the same."""
