"""Simulated images with exact ground truth: what the book shows until somebody brings the real data."""
