"""Rules: boolean SQL over named features, written in YAML, run over columns (Polars) or over one event (generated Python) with equal answers."""
