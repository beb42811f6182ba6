"""What a release is made of: all that is published of a commit; charts and manifests have one source each."""
