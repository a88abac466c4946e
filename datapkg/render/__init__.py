"""One file per output format: values in, text out. Nothing here reads, judges or prints."""
