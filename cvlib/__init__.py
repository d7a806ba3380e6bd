"""The executable companion to two papers on battery- and fuel-cell electrodes."""

import warnings

# Libraries ask for the progress bars of notebooks; without the widgets for them they show plain ones.
warnings.filterwarnings("ignore", "IProgress not found")
