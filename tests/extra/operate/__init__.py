"""Upgrade, roll back and uninstall, by the commands of the docs."""
