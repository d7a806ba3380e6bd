"""Segmentation: networks, training and scores (paper 1, Defect Segmentation)."""
