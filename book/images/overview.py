"""Draws overview.webp, the picture on the first page: python book/images/overview.py."""

import io
from pathlib import Path

from PIL import Image

from cvlib.data import Simulated
from cvlib.figures import records, set_style

set_style()
figure = records.samples(Simulated(seed=0), [422, 1282, 1249, 366])
picture = io.BytesIO()
figure.savefig(picture, dpi=130)
Image.open(picture).convert("RGB").save(Path(__file__).with_suffix(".webp"), quality=85, method=6)
