"""Results of `validate` that are kept: a report is made again only where what it was made from has changed."""
