"""Where releases are kept: a folder, or the door to **obstore** and what it reaches."""
