"""From frames of a video to reviewed masks (paper 1, Data Annotation Methods)."""
