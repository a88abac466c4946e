"""Every check and the rules it reports, in the order they run: grep finds all of them here."""

from collections.abc import Callable, Iterator

from datapkg.checks import clauses, files, keys, queries
from datapkg.checks.scene import Scene
from datapkg.findings import Rule, Verdict

Check = Callable[[Scene], Iterator[Verdict]]

CHECKS: dict[Check, tuple[Rule, ...]] = {
    files.check_structure: files.STRUCTURE,
    files.check_digests: (files.HASH_COUNT, files.BYTE_COUNT),
    clauses.check_types: (clauses.TYPE_ERROR,),
    clauses.check_constraints: (clauses.CONSTRAINT_ERROR, clauses.UNENFORCED),
    clauses.check_rows: (clauses.RULE_ERROR,),
    keys.check_primary_keys: (keys.PRIMARY_KEY,),
    keys.check_unique: (keys.UNIQUE_ERROR,),
    keys.check_foreign_keys: (keys.FOREIGN_KEY,),
    queries.check_queries: (queries.QUERY_ERROR, queries.RULE_FORBIDDEN),
}
