"""Which files a person can read and edit as text, by name and media type alone."""

import mimetypes
from pathlib import PurePosixPath

_TEXT_TYPES = frozenset({
    "application/json", "application/xml", "application/javascript", "application/x-sh",
    "application/sql", "application/toml", "application/yaml", "application/x-yaml",
    "application/x-ndjson", "application/x-httpd-php", "image/svg+xml",
})  # fmt: skip
_TEXT_SUFFIXES = frozenset({
    ".adoc", ".bash", ".bat", ".c", ".cc", ".cfg", ".clj", ".cmake", ".conf", ".cpp", ".cs",
    ".css", ".csv", ".dart", ".diff", ".env", ".ex", ".exs", ".fish", ".go", ".graphql", ".h",
    ".hpp", ".hs", ".htm", ".html", ".ini", ".ipynb", ".java", ".jl", ".js", ".json", ".jsonl",
    ".jsx", ".kt", ".less", ".lock", ".log", ".lua", ".m", ".md", ".mdx", ".mjs", ".ndjson",
    ".patch", ".php", ".pl", ".po", ".properties", ".proto", ".ps1", ".py", ".pyi", ".r", ".rb",
    ".rs", ".rst", ".sass", ".scala", ".scss", ".sh", ".sql", ".svelte", ".svg", ".swift", ".tex",
    ".tf", ".toml", ".traj", ".ts", ".tsv", ".tsx", ".txt", ".vue", ".xml", ".yaml", ".yml",
    ".zsh",
})  # fmt: skip


def is_text(path: str, media_type: str | None) -> bool:
    """Whether the name or the media type says text; a name without a suffix counts as text."""
    if media_type:
        bare = media_type.partition(";")[0].strip().lower()
        return bare.startswith("text/") or bare in _TEXT_TYPES or bare.endswith(("+json", "+xml"))
    suffix = PurePosixPath(path).suffix.lower()
    if not suffix or suffix in _TEXT_SUFFIXES:
        return True
    guessed = mimetypes.types_map.get(suffix, "")
    return guessed.startswith("text/") or guessed in _TEXT_TYPES
