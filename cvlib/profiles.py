"""How much a training run spends: quick, standard, paper; every field can be overridden."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cvlib.errors import UserError

NAMES = ("quick", "standard", "paper")


class Segmentation(BaseModel):
    """The settings of a segmentation run that are not its model, data, split or seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int = Field(
        default=0, ge=0, description="use this many images, evenly spread over the data set; 0: all"
    )
    height: int = Field(
        default=480, ge=32, description="of the crops that training sees, px; divisible by 32"
    )
    width: int = Field(default=640, ge=32, description="of the crops that training sees, px; divisible by 32")
    focus: float = Field(
        default=0, ge=0, le=1, description="share of crops placed over a defect, each class as often"
    )
    batch: int = Field(default=4, ge=1, description="crops per step")
    epochs: int = Field(default=5, ge=1, description="times that training pauses to validate")
    steps: int = Field(default=0, ge=0, description="steps per epoch; 0: every training image once")
    lr: float = Field(default=1e-4, gt=0, description="learning rate of Adam; the largest one of one-cycle")
    schedule: Literal["one-cycle", "plateau"] = Field(
        default="plateau", description="how the learning rate goes"
    )
    loss: Literal["categorical-focal", "cross-entropy"] = Field(
        default="categorical-focal", description="by pixel; soft Dice is added to it"
    )
    augment: Literal["none", "light", "paper"] = Field(
        default="paper", description="what is done to the crops"
    )
    weights: Literal["imagenet", "auto", "random"] = Field(
        default="imagenet", description="what the encoder starts from; auto: ImageNet where it can be had"
    )
    momentum: float = Field(
        default=0, ge=0, le=1, description="of batch-norm statistics; 0: as the encoder has it"
    )
    precision: Literal["32", "bf16-mixed", "16-mixed"] = Field(default="32", description="of the arithmetic")

    @field_validator("height", "width")
    @classmethod
    def _fits_the_decoders(cls, side: int) -> int:
        if side % 32:
            below = side // 32 * 32
            raise ValueError(f"not divisible by 32, as the decoders need; {below} or {below + 32} would do")
        return side


SEGMENTATION = {
    "quick": Segmentation(
        images=480,
        height=128,
        width=160,
        focus=0.9,
        batch=2,
        epochs=6,
        steps=100,
        lr=1e-3,
        schedule="one-cycle",
        loss="cross-entropy",
        augment="none",
        weights="random",
        momentum=0.1,
    ),
    "standard": Segmentation(
        height=256,
        width=320,
        focus=0.5,
        batch=8,
        epochs=20,
        lr=1e-3,
        schedule="one-cycle",
        loss="cross-entropy",
        augment="light",
        weights="auto",
        momentum=0.1,
    ),
    "paper": Segmentation(),
}
"""``quick`` for a laptop's processor, ``standard`` for one GPU, ``paper`` as the authors' notebook has it."""


def segmentation(name: str, overrides: Iterable[str] = ()) -> Segmentation:
    """The settings of a profile, with some of them overridden.

    Parameters
    ----------
    name
        ``quick``, ``standard`` or ``paper``.
    overrides
        Texts ``field=value``, such as ``lr=1e-3``.

    Raises
    ------
    UserError
        The profile or a field is unknown, or a value does not fit its field; the message lists what does.

    >>> segmentation("quick", ["lr=1e-3"]).lr
    0.001
    """
    if name not in SEGMENTATION:
        raise UserError(f"profile {name!r} is unknown, expected {', '.join(NAMES)}; choose one of them")
    values: dict[str, Any] = SEGMENTATION[name].model_dump()
    for text in overrides:
        field, equals, value = text.partition("=")
        if not equals or field not in values:
            near = difflib.get_close_matches(field, values, n=1)
            guess = f"did you mean {near[0]}?" if near else "choose one of them"
            raise UserError(f"{text!r}: expected FIELD=VALUE with a field of {', '.join(values)}; {guess}")
        values[field] = value
    try:
        return Segmentation.model_validate_strings({field: str(value) for field, value in values.items()})
    except ValidationError as error:
        fault = error.errors()[0]
        field = str(fault["loc"][0])
        meaning = Segmentation.model_fields[field].description
        what = fault["msg"].removeprefix("Value error, ")
        raise UserError(f"{field}={values[field]}: {what} ({field}: {meaning}); give another") from None


def label(name: str, profile: Segmentation) -> str:
    """A profile's name and what differs from it: what a run may be called.

    >>> label("quick", segmentation("quick", ["lr=5e-4"]))
    'quick (lr=0.0005)'
    """
    named = SEGMENTATION[name].model_dump()
    differing = {field: value for field, value in profile.model_dump().items() if value != named[field]}
    if differing.get("weights") == "imagenet" and named["weights"] == "auto":
        del differing["weights"]
    listed = ", ".join(f"{field}={value}" for field, value in differing.items())
    return f"{name} ({listed})" if listed else name
