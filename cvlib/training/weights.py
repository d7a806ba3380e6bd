"""Whether weights that a network may start from can be had here."""

from __future__ import annotations

import huggingface_hub
import requests


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
