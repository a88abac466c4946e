"""Tests on a cluster: a package, so that its cluster ends with them."""
