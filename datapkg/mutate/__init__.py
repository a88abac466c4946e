"""A clean dataset corrupted in every way that its schemas give occasion to: what would its rules miss."""
