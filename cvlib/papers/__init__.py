"""What the papers published, as data: each number with its place, unit and definition."""

from cvlib.papers.claims import Claim, claim, claims
from cvlib.papers.related import RelatedDataset, related_datasets

__all__ = ["Claim", "RelatedDataset", "claim", "claims", "related_datasets"]
