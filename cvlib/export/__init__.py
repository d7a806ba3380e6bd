"""Data sets in the formats of other tools: COCO, YOLO and Croissant."""
