"""Every operator, in the order they are run: grep finds all of them here."""

from datapkg.mutate import cells, files, rows, texts
from datapkg.mutate.operator import Operator

OPERATORS: tuple[Operator, ...] = (*files.OPERATORS, *rows.OPERATORS, *cells.OPERATORS, *texts.OPERATORS)
