# diplib, the oracle of these tests, asks IPython for a part that IPython does not load by itself
import IPython.terminal.pt_inputhooks  # noqa: F401
