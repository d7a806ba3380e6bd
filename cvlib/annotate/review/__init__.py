"""The review tool: masks corrected by hand in the browser, every pixel accounted for (paper 1, step 4)."""

from cvlib.annotate.review.queue import Item, scan
from cvlib.annotate.review.server import Server
from cvlib.annotate.review.versions import reviewed_names
from cvlib.annotate.review.workspace import Workspace

__all__ = ["Item", "Server", "Workspace", "reviewed_names", "scan"]
