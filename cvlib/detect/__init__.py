"""Detection: networks, training and scores (paper 1, Pinhole Detection and Defect Detection)."""
