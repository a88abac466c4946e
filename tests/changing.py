"""One diff that shows every shape a diff can have, made of values alone; and an empty one."""

from shapes import HOSTILE

from datapkg.changes import CellChange, Changes, Kind, Op, RowChange, SchemaChange, Side, TableChanges

LONG = "The first report named a bus on the road to Quetta. " * 12


def row(
    op: Op, key: dict[str, str | None] | None, *cells: tuple[str, str | None, str | None], times: int = 1
) -> RowChange:
    """A row that differs, its cells as column, old, new."""
    return RowChange(op, key, tuple(CellChange(*cell) for cell in cells), times)


def rich() -> Changes:
    """Every kind of change, each way of comparing, what is cut, what is guessed, and hostile cells."""
    incidents = (
        row(Op.REMOVED, {"id": "inc-2"}, ("id", "inc-2", None), ("place", "Zhob", None), ("killed", "7", None)),
        RowChange(Op.REMOVED, {"id": "inc-3"}, (CellChange("place", "Kurram", None),), other={"id": "inc-30"}),
        row(Op.CHANGED, {"id": "inc-1"}, ("killed", "4", "9"), ("place", "Kabul", "Herat"), ("wounded", None, "3")),
        row(Op.CHANGED, {"id": "inc-4"}, ("summary", f"{LONG}Four died.{LONG}", f"{LONG}Nine died.{LONG}")),
        row(Op.CHANGED, {"id": HOSTILE}, (HOSTILE, HOSTILE, f"{HOSTILE} 2"), ("killed", "1", None)),
        RowChange(Op.ADDED, {"id": "inc-30"}, (CellChange("place", None, "Kurram"),), other={"id": "inc-3"}),
        row(Op.ADDED, {"id": "inc-5"}, ("id", None, "inc-5"), ("place", None, ""), (HOSTILE, None, HOSTILE)),
    )
    retracted = {"table": "incidents", "key": "inc-2", "reason": "duplicate", "note": "of inc-1"}
    cells = tuple(CellChange(column, None, text) for column, text in retracted.items())
    retraction = RowChange(Op.ADDED, {"table": "incidents", "key": "inc-2"}, cells)
    sums = (
        row(Op.REMOVED, None, ("day", "2023-02-06", None), ("count", "3", None), times=2),
        row(Op.ADDED, None, ("day", None, "2023-02-07"), ("count", None, "5"), times=1),
    )
    tables = (
        TableChanges(
            "incidents", 2, 2, 40, incidents, {"killed": 38, "place": 1, "wounded": 1, "summary": 1, HOSTILE: 1}
        ),
        TableChanges("retractions", 1, 0, 0, (retraction,)),
        TableChanges("sums", 1, 2, 0, sums, keyed=False, note="compared as a multiset: the old side has rows"),
        TableChanges("events", 0, 0, 0),
        TableChanges(HOSTILE, 0, 0, 0, keyed=False, note=HOSTILE),
    )
    return Changes(
        Side("afpak", "1.0.0", "git:main"), Side("afpak", "1.1.0", "afpak"), schema(), {one.name: one for one in tables}
    )


def schema() -> tuple[SchemaChange, ...]:
    """A change of each kind; some of what they tell is hostile."""
    told = {
        Kind.TABLE_RENAMED: SchemaChange(Kind.TABLE_RENAMED, "events", old="acts", new="events", guess=True),
        Kind.COLUMN_ADDED: SchemaChange(Kind.COLUMN_ADDED, "incidents", "target_type", new="string"),
        Kind.COLUMN_RENAMED: SchemaChange(
            Kind.COLUMN_RENAMED, "incidents", "killed", old="dead", new="killed", guess=True
        ),
        Kind.COLUMN_RETYPED: SchemaChange(Kind.COLUMN_RETYPED, "incidents", "n", "type", "string", "integer"),
        Kind.COLUMN_MOVED: SchemaChange(Kind.COLUMN_MOVED, "incidents", "n", "position", 3, 1),
        Kind.CONSTRAINT_NARROWED: SchemaChange(
            Kind.CONSTRAINT_NARROWED, "incidents", "kind", "enum", ["war", "raid"], ["war"]
        ),
        Kind.CONSTRAINT_RELAXED: SchemaChange(Kind.CONSTRAINT_RELAXED, "incidents", "rank", "maximum", 9, 99),
        Kind.DESCRIPTION_CHANGED: SchemaChange(
            Kind.DESCRIPTION_CHANGED, "incidents", HOSTILE, "description", HOSTILE, f"{HOSTILE} 2"
        ),
        Kind.PACKAGE_CHANGED: SchemaChange(Kind.PACKAGE_CHANGED, property="licenses", old=[{"name": "CC0"}]),
    }
    return tuple(told.get(kind, SchemaChange(kind, "incidents", "x", "a property", "old", "new")) for kind in Kind)


def empty() -> Changes:
    """Two sides that do not differ."""
    side = Side("afpak", None, "afpak")
    return Changes(side, side, (), {"incidents": TableChanges("incidents")})


def crowded(rows: int, text: str = "x") -> Changes:
    """One table with so many rows of each kind."""
    told = [
        row(
            op,
            {"id": f"{text}{number}"},
            (text, None if op is Op.ADDED else text, None if op is Op.REMOVED else text * 2),
        )
        for op in (Op.REMOVED, Op.CHANGED, Op.ADDED)
        for number in range(rows)
    ]
    table = TableChanges(text, rows, rows, rows, told, {text: rows})
    side = Side(text, text, text)
    return Changes(side, side, (SchemaChange(Kind.COLUMN_ADDED, text, text, text, text, text),) * rows, {text: table})
