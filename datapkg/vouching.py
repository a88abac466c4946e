"""The rules that releases, and what is asked of a change as a whole, are held to.

They stand apart from what reports them, so that to explain one loads nothing that builds or reads a release.
"""

from datapkg.findings import Layer, Rule, Severity

CHECKSUMS_MISSING = Rule(
    code="checksums-missing",
    layer=Layer.FRICTIONLESS,
    message="the release has no SHA256SUMS",
    why="Without its list of digests nobody can tell whether a release is what was published.",
    fix="Fetch the release again, or build it with `datapkg release`.",
)
CHECKSUMS_MALFORMED = Rule(
    code="checksums-malformed",
    layer=Layer.FRICTIONLESS,
    message="SHA256SUMS is not a list of digests: {note}",
    why="A list that two tools read differently vouches for nothing.",
    fix="Fetch the release again; each line is a digest, two spaces and a path, in order of the paths.",
)
CHECKSUM_MISMATCH = Rule(
    code="checksum-mismatch",
    layer=Layer.FRICTIONLESS,
    message="the digest of {file} is {found}, SHA256SUMS says {wanted}",
    why="The file, or the list of digests, is not the one that was published.",
    fix="Fetch the release again; a change of the data is a new version.",
)
FILE_MISSING = Rule(
    code="file-missing",
    layer=Layer.FRICTIONLESS,
    message="the release has no file {file}",
    why="A part of a release is not the release.",
    fix="Fetch the release again.",
)
FILE_UNLISTED = Rule(
    code="file-unlisted",
    layer=Layer.FRICTIONLESS,
    message="{file} is not listed in SHA256SUMS",
    why="Nobody vouches for a file that was laid beside a release.",
    fix="Remove the file.",
)
COLUMN_TYPE = Rule(
    code="column-type",
    layer=Layer.FRICTIONLESS,
    message="the column is stored as {found}; its schema asks for {wanted}",
    why="Readers of Parquet see the stored type: a number kept as text sorts and sums as text.",
    fix="Build the release again from its source with `datapkg release`.",
)
CONTENT_MISMATCH = Rule(
    code="content-mismatch",
    layer=Layer.FRICTIONLESS,
    message="the content of {file} has the digest {found}, the release says {wanted}",
    why="A table with another content is another table, whoever wrote it and whatever its bytes are.",
    fix="Fetch the release again, and take the copy from it anew.",
)
PROVENANCE_MISMATCH = Rule(
    code="provenance-mismatch",
    layer=Layer.FRICTIONLESS,
    message="provenance.json does not tell where this release comes from: {note}",
    why="Without it nobody knows from which commit, and by which tools, the release was built.",
    fix="Fetch the release again, or build it with `datapkg release`.",
)
SIGNATURE_MISSING = Rule(
    code="signature-missing",
    layer=Layer.FRICTIONLESS,
    message="{file} is not signed",
    why="A list of digests vouches for files; only a signature vouches for the list.",
    fix="Ask the publisher for a signed release; `datapkg release --sign-key KEY` signs one.",
)
SIGNATURE_INVALID = Rule(
    code="signature-invalid",
    layer=Layer.FRICTIONLESS,
    message="the signature of {file} does not hold: {note}",
    why="Somebody else signed it, or it was changed after it was signed.",
    fix="Do not use the release; fetch it again from where its publisher offers it.",
)
SIGNATURE_UNCHECKED = Rule(
    code="signature-unchecked",
    layer=Layer.FRICTIONLESS,
    severity=Severity.INFO,
    message="{file} is signed; by whom was not asked",
    why="A signature says nothing before it is held against the keys of those who may sign.",
    fix="Pass --signers FILE, a file of `ssh-keygen`'s allowed signers.",
)
REBUILD_DIFFERS = Rule(
    code="rebuild-differs",
    layer=Layer.FRICTIONLESS,
    message="{source} builds another {file}: {note}",
    why="A release that its source does not give was made from something else, or by other tools.",
    fix="Rebuild from the commit, and with the versions of the tools, that provenance.json names.",
)
VERSION_TOO_LOW = Rule(
    code="version-too-low",
    layer=Layer.FRICTIONLESS,
    message="the version was set to {version}, and the changes since {base} ask for {least} at least",
    why="Readers choose by the version whether they take a change; one that is too low promises what does not hold.",
    fix="Leave the version to `datapkg release --bump auto`, or raise it by as much as the changes ask for.",
)

RULES = (
    CHECKSUMS_MISSING,
    CHECKSUMS_MALFORMED,
    CHECKSUM_MISMATCH,
    FILE_MISSING,
    FILE_UNLISTED,
    COLUMN_TYPE,
    CONTENT_MISMATCH,
    PROVENANCE_MISMATCH,
    SIGNATURE_MISSING,
    SIGNATURE_INVALID,
    SIGNATURE_UNCHECKED,
    REBUILD_DIFFERS,
    VERSION_TOO_LOW,
)
