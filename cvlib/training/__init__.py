"""What the benchmarks share: jobs, studies, fitting, starting weights."""
