"""What a pass changes: slot variables, the deletion costs of pods, and replicas."""
