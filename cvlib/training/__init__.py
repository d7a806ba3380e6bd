"""What the three benchmarks share: jobs, studies, fitting, starting weights."""

import warnings

from tqdm import TqdmWarning

# Libraries that ask for the progress bars of notebooks; without the widgets for them they show plain ones.
warnings.filterwarnings("ignore", "IProgress not found", TqdmWarning)
