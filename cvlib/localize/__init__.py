"""Localization of electrode ends: corners, ROI, heatmaps, network, correction (paper 2)."""
