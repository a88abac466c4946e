"""The door to **pyspark** and **sqlglot**: the same law, run by a cluster."""
