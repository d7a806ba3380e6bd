"""The command ``cvlib``: what a shell can ask of the package."""

from cvlib.cli.command import main

__all__ = ["main"]
