"""Whether weights that a network may start from can be had here."""

from __future__ import annotations

from collections.abc import Callable

import huggingface_hub
import requests

from cvlib.errors import UserError


def start_from(wanted: str, pretrained: str, what: str, trouble: Callable[[], str]) -> str:
    """What a network starts from here: ``random``, or ``pretrained`` where that is wanted and can be had.

    Parameters
    ----------
    wanted
        ``random``, ``pretrained``, or ``auto``: pretrained where it can be had.
    pretrained
        Whose weights there are: ``imagenet`` or ``coco``.
    what
        How messages call the weights.
    trouble
        Says why they cannot be had; empty where they can. Asked only where it matters.

    Raises
    ------
    UserError
        The pretrained weights are demanded and cannot be had.

    >>> start_from("auto", "coco", "COCO weights", lambda: "no network")
    'random'
    """
    problem = "" if wanted == "random" else trouble()
    if wanted == pretrained and problem:
        raise UserError(f"{what}: {problem}; or go on with weights=random or auto")
    return "random" if wanted == "random" or problem else pretrained


def trouble_with(repository: str, file: str = "model.safetensors", revision: str | None = None) -> str:
    """Why a file of the Hugging Face hub cannot be had, and what to do; empty where it can.

    Asks the hub once and briefly where the file is not on this computer; its own client tries for half a
    minute.
    """
    if isinstance(huggingface_hub.try_to_load_from_cache(repository, file, revision=revision), str):
        return ""
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        return "not on this computer, and HF_HUB_OFFLINE forbids to fetch them; unset it"
    try:
        requests.head(huggingface_hub.constants.ENDPOINT, timeout=3).raise_for_status()
    except requests.RequestException:
        return f"not on this computer, and {huggingface_hub.constants.ENDPOINT} does not answer; connect it"
    return ""
