"""What takes a minute or more on real parts, and is decided in pure tests, too."""
