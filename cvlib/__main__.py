"""``python -m cvlib`` is the command ``cvlib``."""

from cvlib.cli import main

main()
