"""A release made ready for Zenodo, Hugging Face or GitHub, and sent there where that is asked for."""
