"""Faster R-CNN as torchvision has it, for defects of 6 to 120 px in images at their own resolution."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import URLError

import requests
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import resnet18
from torchvision.models.detection import (
    FasterRCNN,
    FasterRCNN_ResNet50_FPN_Weights,
    fasterrcnn_resnet50_fpn,
)
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList

from cvlib.defects import DETECTION_CLASSES
from cvlib.errors import UserError
from cvlib.training.weights import start_from

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, RGB: what COCO's weights expect; other starts take the same."""

STRIDE = 32
"""Images are filled up with the mean colour until their height and width are divisible by this."""

ANCHORS, RATIOS = (8, 16, 32, 64, 128), (0.5, 1.0, 2.0)
"""Sizes in px, one for each level of the pyramid, and heights over widths. torchvision's are 32 to 512: fewer
than a tenth of the pinholes are as large as its smallest."""

DETECTIONS: dict[str, Any] = {"box_score_thresh": 0.001, "box_detections_per_img": 100}
"""What is kept of an image: COCO's number of boxes, and nearly whatever their scores."""

LIGHT: dict[str, Any] = {
    "rpn_pre_nms_top_n_train": 300,
    "rpn_pre_nms_top_n_test": 300,
    "rpn_post_nms_top_n_train": 100,
    "rpn_post_nms_top_n_test": 100,
    "box_batch_size_per_image": 64,
    "rpn_fg_iou_thresh": 0.5,
    "rpn_bg_iou_thresh": 0.3,
}
"""The light network looks at fewer proposals than torchvision's, for a crop shows few defects, and an
anchor stands for a defect from an overlap of .5, not .7: few anchors meet a small defect so well."""

_COCO = FasterRCNN_ResNet50_FPN_Weights.COCO_V1


class Normalized(nn.Module):
    """Stands where torchvision resizes images; here they keep their size, as do the boxes.

    Takes (N, 3, H, W) between 0 and 1.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor, targets: Any = None) -> tuple[ImageList, Any]:
        """Normalise the images and fill them up; the targets stay."""
        height, width = images.shape[-2:]
        normal = (images - self.mean) / self.deviation
        normal = functional.pad(normal, (0, -width % STRIDE, 0, -height % STRIDE))
        channels_last = normal.contiguous(memory_format=torch.channels_last)
        return ImageList(channels_last, [(height, width)] * len(images)), targets

    def postprocess(self, detections: Any, *_: Sequence[tuple[int, int]]) -> Any:
        """Boxes fit the images as they are."""
        return detections


def build(model: str, start: str = "random") -> FasterRCNN:
    """A detector of pinholes (label 1) and unclassified defects (label 2); 0 is the background.

    Parameters
    ----------
    model
        ``fasterrcnn-resnet18``: fewer channels and proposals than torchvision's, for a processor.
        ``fasterrcnn-resnet50``: torchvision's own, but for the anchors.
    start
        ``random``, or ``coco``: all but the last layer from there; fetched if it is not on this computer.

    Returns
    -------
    In training mode it takes images (N, 3, H, W) between 0 and 1 and a list of N dictionaries of ``boxes``
    (K, 4) left, top, right, bottom in pixels, and ``labels`` (K,); it gives a dictionary of losses. In
    evaluation mode it takes images and gives a list of dictionaries of ``boxes``, ``labels`` and ``scores``.

    Raises
    ------
    UserError
        The model is unknown, or its weights cannot be fetched.
    """
    refuse_unknown(model)
    network = _BUILDERS[model](start)
    network.transform = Normalized()
    return network.to(memory_format=torch.channels_last)


def _resnet18(_: str) -> FasterRCNN:
    channels, hidden = 64, 256
    layers = {f"layer{number + 1}": str(number) for number in range(4)}
    pyramid = BackboneWithFPN(
        resnet18(weights=None), layers, [64, 128, 256, 512], channels, norm_layer=nn.BatchNorm2d
    )
    return FasterRCNN(
        pyramid,
        rpn_anchor_generator=_anchors(),
        box_head=TwoMLPHead(channels * 7 * 7, hidden),
        box_predictor=FastRCNNPredictor(hidden, 1 + len(DETECTION_CLASSES)),
        **LIGHT,
        **DETECTIONS,
    )


def _resnet50(start: str) -> FasterRCNN:
    network = fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, rpn_anchor_generator=_anchors(), **DETECTIONS
    )
    if start == "coco":
        network.load_state_dict(_fetched())
    inputs = network.roi_heads.box_predictor.cls_score.in_features
    network.roi_heads.box_predictor = FastRCNNPredictor(inputs, 1 + len(DETECTION_CLASSES))
    return network


_BUILDERS = {"fasterrcnn-resnet18": _resnet18, "fasterrcnn-resnet50": _resnet50}


def _anchors() -> AnchorGenerator:
    return AnchorGenerator(tuple((size,) for size in ANCHORS), (RATIOS,) * len(ANCHORS))


def refuse_unknown(model: str) -> None:
    """UserError if there is no such model.

    >>> refuse_unknown("fasterrcnn-resnet18")
    """
    if model not in _BUILDERS:
        raise UserError(f"model {model!r} is unknown, expected {' or '.join(_BUILDERS)}; choose one of them")


def start_of(model: str, weights: str) -> str:
    """What a model starts from here: ``random``, or ``coco`` where that is wanted and can be had.

    Parameters
    ----------
    model
        One that ``build`` knows.
    weights
        ``random``, ``coco``, or ``auto``: COCO's where they can be had.

    Raises
    ------
    UserError
        The model is unknown, or COCO weights are demanded and cannot be had.

    >>> start_of("fasterrcnn-resnet18", "auto")
    'random'
    """
    refuse_unknown(model)
    return start_from(weights, "coco", f"COCO weights of {model}", lambda: trouble_with_weights(model))


def trouble_with_weights(model: str) -> str:
    """Why a model's COCO weights cannot be had, and what to do; empty where they can."""
    if model != "fasterrcnn-resnet50":
        return "there are none to be had; choose fasterrcnn-resnet50"
    if _stored().exists():
        return ""
    try:  # once and briefly: torch itself waits for minutes
        requests.head(_COCO.url, timeout=1.5).raise_for_status()
    except requests.RequestException:
        return f"not on this computer, and {_COCO.url} does not answer; connect it"
    return ""


def _stored() -> Path:
    """Where torchvision keeps what it has fetched."""
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(_COCO.url).name


def _fetched() -> Any:
    try:
        return _COCO.get_state_dict(progress=True, check_hash=True)
    except (OSError, URLError, RuntimeError, EOFError) as error:
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise UserError(
            f"{_stored()}: cannot be fetched from {_COCO.url} or read ({reason}); "
            "delete it if it is there and try again, or go on with weights=random"
        ) from None
