"""What the text of a cell means: the types, formats and constraints of Table Schema, without an engine."""
