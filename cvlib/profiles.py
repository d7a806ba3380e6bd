"""How much a training run spends: quick, standard, paper; every field can be overridden."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cvlib.errors import UserError

NAMES = ("trial", "quick", "standard", "paper")
"""From a few steps, which show that everything runs and no more, to what the authors may have spent."""

Named = TypeVar("Named", bound="Profile")


class Profile(BaseModel):
    """The settings of a run that are not its model, data, split or seed; here what all tasks have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int = Field(
        default=0, ge=0, description="use this many images, evenly spread over the data set; 0: all"
    )
    batch: int = Field(default=4, ge=1, description="images or crops per step")
    epochs: int = Field(default=5, ge=1, description="times that training pauses to validate")
    steps: int = Field(default=0, ge=0, description="steps per epoch; 0: every training image once")
    lr: float = Field(default=1e-4, gt=0, description="learning rate; the largest one of one-cycle")
    precision: Literal["32", "bf16-mixed", "16-mixed"] = Field(default="32", description="of the arithmetic")

    named: ClassVar[Mapping[str, Self]]
    """By name: ``quick`` for a laptop's processor, ``standard`` for one GPU, ``paper`` as the authors'
    notebook has it, or ours where it says nothing; ``trial`` is a few steps of ``quick``."""

    @classmethod
    def find(cls, name: str, overrides: Iterable[str] = ()) -> Self:
        """The settings of a profile, with some of them overridden.

        Parameters
        ----------
        name
            One of ``NAMES``.
        overrides
            Texts ``field=value``, such as ``lr=1e-3``.

        Raises
        ------
        UserError
            The profile or a field is unknown, or a value does not fit its field; the message lists what does.

        >>> Segmentation.find("quick", ["lr=1e-3"]).lr
        0.001
        """
        if name not in cls.named:
            raise UserError(f"profile {name!r} is unknown, expected {', '.join(NAMES)}; choose one of them")
        values: dict[str, Any] = cls.named[name].model_dump()
        for text in overrides:
            field, equals, value = text.partition("=")
            if not equals or field not in values:
                known, near = ", ".join(values), difflib.get_close_matches(field, values, n=1)
                guess = f"did you mean {near[0]}?" if near else "choose one of them"
                raise UserError(f"{text!r}: expected FIELD=VALUE with a field of {known}; {guess}")
            values[field] = value
        try:
            return cls.model_validate_strings({field: str(value) for field, value in values.items()})
        except ValidationError as error:
            fault = error.errors()[0]
            field = str(fault["loc"][0])
            meaning = cls.model_fields[field].description
            what = fault["msg"].removeprefix("Value error, ")
            raise UserError(f"{field}={values[field]}: {what} ({field}: {meaning}); give another") from None

    def label(self, name: str) -> str:
        """A profile's name and what differs from it here: what a run may be called.

        >>> Segmentation.find("quick", ["lr=5e-4"]).label("quick")
        'quick (lr=0.0005)'
        """
        named = self.named[name].model_dump()
        differing = {field: value for field, value in self.model_dump().items() if value != named[field]}
        if named.get("weights") == "auto" and differing.get("weights") in ("imagenet", "coco"):
            del differing["weights"]
        listed = ", ".join(f"{field}={value}" for field, value in differing.items())
        return f"{name} ({listed})" if listed else name


class Segmentation(Profile):
    """Of a segmentation run."""

    height: int = Field(
        default=480, ge=32, description="of the crops that training sees, px; divisible by 32"
    )
    width: int = Field(default=640, ge=32, description="of the crops that training sees, px; divisible by 32")
    focus: float = Field(
        default=0, ge=0, le=1, description="share of crops placed over a defect, each class as often"
    )
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

    @field_validator("height", "width")
    @classmethod
    def _fits_the_decoders(cls, side: int) -> int:
        return _divisible(side, "the decoders")


class Detection(Profile):
    """Of a detection run."""

    height: int = Field(
        default=480, ge=32, description="of the crops that training sees, px; divisible by 32"
    )
    width: int = Field(default=640, ge=32, description="of the crops that training sees, px; divisible by 32")
    focus: float = Field(
        default=0.5, ge=0, le=1, description="share of crops placed over a box, each class as often"
    )
    weights: Literal["coco", "auto", "random"] = Field(
        default="coco", description="what the network starts from; auto: COCO's where they can be had"
    )

    @field_validator("height", "width")
    @classmethod
    def _fits_the_networks(cls, side: int) -> int:
        return _divisible(side, "the networks")


class Classification(Profile):
    """Of a classification run."""

    height: int = Field(default=480, ge=32, description="that images are resized to, px; divisible by 32")
    width: int = Field(default=640, ge=32, description="that images are resized to, px; divisible by 32")
    balance: float = Field(
        default=0, ge=0, le=1, description="share of images drawn so that each class is shown as often as not"
    )
    pool: Literal["avg", "avgmax"] = Field(
        default="avg", description="how the last features are summed up over the image"
    )
    weights: Literal["imagenet", "auto", "random"] = Field(
        default="imagenet", description="what the network starts from; auto: ImageNet where it can be had"
    )
    momentum: float = Field(
        default=0, ge=0, le=1, description="of batch-norm statistics; 0: as the network has it"
    )

    @field_validator("height", "width")
    @classmethod
    def _fits_the_networks(cls, side: int) -> int:
        return _divisible(side, "the networks")


class Localization(Profile):
    """Of a localization run."""

    height: int = Field(
        default=256, ge=32, description="that regions of interest are resized to, px; divisible by 32"
    )
    width: int = Field(
        default=384, ge=32, description="that regions of interest are resized to, px; divisible by 32"
    )
    poles: int = Field(
        default=13, ge=0, description="plate ends, a heatmap each; 0: any number, a heatmap per polarity"
    )
    sigma: float = Field(default=1.2, gt=0, description="of the Gaussian around a point, heatmap cells")
    augment: Literal["none", "paper"] = Field(
        default="paper", description="rotation, reflection and affine changes, or nothing"
    )
    noise_px: float = Field(
        default=0,
        ge=0,
        description="standard deviation of errors put into training and validation labels, per axis, px",
    )
    weights: Literal["imagenet", "auto", "random"] = Field(
        default="imagenet", description="what the network starts from; auto: ImageNet where it can be had"
    )

    @field_validator("height", "width")
    @classmethod
    def _fits_the_networks(cls, side: int) -> int:
        return _divisible(side, "the networks")


def _divisible(side: int, what: str) -> int:
    if side % 32:
        below = side // 32 * 32
        raise ValueError(f"not divisible by 32, as {what} need; {below} or {below + 32} would do")
    return side


_SEGMENTATION = {
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

_DETECTION = {
    "quick": Detection(
        images=960,
        height=192,
        width=192,
        focus=0.9,
        batch=8,
        epochs=4,
        steps=100,
        lr=1.5e-3,
        weights="random",
    ),
    "standard": Detection(
        height=320, width=320, focus=0.7, batch=8, epochs=20, steps=200, lr=1e-3, weights="auto"
    ),
    "paper": Detection(batch=16, epochs=100, lr=1e-3),
}

_CLASSIFICATION = {
    "quick": Classification(
        height=192,
        width=256,
        batch=8,
        epochs=5,
        steps=50,
        lr=1e-3,
        balance=0.5,
        pool="avgmax",
        weights="random",
        momentum=0.1,
    ),
    "standard": Classification(
        height=288,
        width=384,
        batch=16,
        epochs=20,
        lr=1e-3,
        balance=0.5,
        pool="avgmax",
        weights="auto",
        momentum=0.1,
    ),
    "paper": Classification(batch=16, epochs=30),
}

_LOCALIZATION = {
    "quick": Localization(
        images=600, height=192, width=192, batch=8, epochs=5, steps=100, lr=5e-3, weights="random"
    ),
    "standard": Localization(images=1500, batch=16, epochs=20, lr=2e-3, weights="auto"),
    "paper": Localization(images=3000, batch=16, epochs=60, lr=1e-3),
}


def _with_trial(named: Mapping[str, Named]) -> Mapping[str, Named]:
    few = {"images": 120, "epochs": 1, "steps": 4}
    return {"trial": named["quick"].model_copy(update=few), **named}


Segmentation.named = _with_trial(_SEGMENTATION)
Detection.named = _with_trial(_DETECTION)
Classification.named = _with_trial(_CLASSIFICATION)
Localization.named = _with_trial(_LOCALIZATION)
