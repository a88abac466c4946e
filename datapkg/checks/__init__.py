"""Every check and the rules it reports, in the order they run: grep finds all of them here."""

from collections.abc import Callable, Iterator

from datapkg.checks import clauses, content, files, keys, queries, released, views
from datapkg.checks.scene import Scene
from datapkg.descriptor import FIELD_ERROR, SCHEMA_ERROR
from datapkg.findings import Rule, Verdict
from datapkg.law import CONSTRAINT_ERROR, MIXED_ZONES, PRIMARY_KEY, RULE_ERROR, TYPE_ERROR, UNENFORCED

Check = Callable[[Scene], Iterator[Verdict]]

CHECKS: dict[Check, tuple[Rule, ...]] = {
    files.check_structure: files.STRUCTURE,
    files.check_digests: (files.HASH_COUNT, files.BYTE_COUNT),
    clauses.check_types: (TYPE_ERROR, UNENFORCED),
    clauses.check_constraints: (CONSTRAINT_ERROR, UNENFORCED, FIELD_ERROR),
    clauses.check_rows: (RULE_ERROR, MIXED_ZONES),
    content.check_content: content.RULES,
    keys.check_primary_keys: (PRIMARY_KEY,),
    keys.check_unique: (keys.UNIQUE_ERROR,),
    keys.check_foreign_keys: (keys.FOREIGN_KEY, keys.AMBIGUOUS, SCHEMA_ERROR),
    content.check_near_keys: (content.NEAR_DUPLICATE,),
    released.check_released: (released.KEY_VANISHED,),
    released.check_retractions: released.RETRACTED,
    queries.check_queries: (RULE_ERROR, queries.RULE_FORBIDDEN),
    views.check_views: (views.VIEW_ERROR,),
}
