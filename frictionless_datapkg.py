"""Plain frictionless reads our Parquet exactly."""
