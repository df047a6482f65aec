"""What secrets look like: one pattern an issuer, and the names that announce a password.

Every pattern starts at a literal ("anchor") that is looked for first, because a substring search
is a hundred times faster than an alternation; then it is matched at that place only. Quantifiers
are possessive or bounded, and a look-behind keeps a pattern from starting again inside the run
that it has just read, so that the time is linear in the text whatever it holds.
"""

import re
from dataclasses import dataclass

_WORD = r"(?<![A-Za-z0-9_-])"


@dataclass(frozen=True)
class Pattern:
    """``regex`` is matched where ``anchor`` stands; group "value", else the whole, is secret."""

    kind: str
    anchor: str
    regex: re.Pattern[str]


def _pattern(kind: str, anchor: str, rest: str, *, before: str = _WORD) -> Pattern:
    return Pattern(kind, anchor, re.compile(before + re.escape(anchor) + rest))


_RUN = "[A-Za-z0-9_-]"
PATTERNS = (
    *(_pattern("aws", a, r"[A-Z2-7]{16}(?![A-Za-z0-9])") for a in ("AKIA", "ASIA", "ABIA", "ACCA")),
    *(
        _pattern("github", f"gh{letter}_", r"[A-Za-z0-9]{30,255}+")
        for letter in "pousr"
    ),
    _pattern("github", "github_pat_", r"[A-Za-z0-9_]{22,255}+"),
    *(
        _pattern("gitlab", f"gl{name}-", rf"{_RUN}{{16,300}}+")
        for name in ("pat", "dt", "rt", "ptt", "cbt", "soat", "ft", "imt", "agent", "oas")
    ),
    _pattern("slack", "xox", r"[abeprs]-[A-Za-z0-9.-]{12,255}+"),
    _pattern("slack", "xapp-", r"[A-Za-z0-9-]{20,255}+"),
    _pattern(
        "slack",
        "hooks.slack.com/",
        r"(?:services|workflows|triggers)/(?P<value>[A-Za-z0-9_/-]{20,200}+)",
        before="",
    ),
    *(
        _pattern("stripe", f"{key}_{mode}_", r"[A-Za-z0-9]{10,255}+")
        for key in ("sk", "rk")
        for mode in ("live", "test")
    ),
    _pattern("webhook", "whsec_", r"[A-Za-z0-9+/=_-]{20,200}+"),
    _pattern("anthropic", "sk-ant-", rf"{_RUN}{{16,255}}+"),
    _pattern("openai", "sk-proj-", rf"{_RUN}{{16,255}}+"),
    _pattern("openai", "sk-svcacct-", rf"{_RUN}{{16,255}}+"),
    _pattern("openai", "sk-admin-", rf"{_RUN}{{16,255}}+"),
    # Without a prefix of its own only what is no chain of words ("sk-circle-fade-dot").
    _pattern("openai", "sk-", r"(?=[A-Za-z]{0,60}+\d)[A-Za-z0-9]{32,255}+"),
    _pattern("google", "AIza", rf"{_RUN}{{35}}(?!{_RUN})"),
    _pattern("google", "ya29.", rf"{_RUN}{{20,1024}}+"),
    _pattern("google", "GOCSPX-", rf"{_RUN}{{20,64}}+"),
    _pattern("huggingface", "hf_", r"(?=[a-z0-9_]{0,60}+[A-Z])[A-Za-z0-9]{30,100}+"),
    _pattern("npm", "npm_", r"[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _pattern("pypi", "pypi-", rf"{_RUN}{{50,1024}}+"),
    _pattern("sendgrid", "SG.", r"[\w-]{16,32}+\.[\w-]{16,64}+"),
    *(
        _pattern("digitalocean", f"do{letter}_v1_", r"[a-f0-9]{64}")
        for letter in "opr"
    ),
    *(
        _pattern("shopify", f"shp{name}_", r"[a-fA-F0-9]{32}(?![A-Za-z0-9])")
        for name in ("at", "ca", "pa", "ss")
    ),
    _pattern("databricks", "dapi", r"[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    _pattern("mailgun", "key-", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    _pattern("twilio", "SK", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    _pattern("square", "sq0", r"[a-z]{3}-[A-Za-z0-9_-]{22,60}+"),
    _pattern("telegram", ":AA", r"[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])", before=r"(?<=\d{8})"),
    _pattern("linear", "lin_api_", r"[A-Za-z0-9]{32,64}+"),
    _pattern("notion", "ntn_", r"[A-Za-z0-9]{40,60}+"),
    _pattern("groq", "gsk_", r"[A-Za-z0-9]{40,80}+"),
    _pattern("xai", "xai-", r"[A-Za-z0-9]{60,100}+"),
    _pattern("docker", "dckr_pat_", rf"{_RUN}{{20,64}}+"),
    _pattern("vault", "hvs.", rf"{_RUN}{{20,255}}+"),
    _pattern("age", "AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    _pattern("handoff", "hdk_", rf"{_RUN}{{20,128}}+"),
    _pattern(
        "jwt",
        "eyJ",
        r"[A-Za-z0-9_-]{8,4096}+\.[A-Za-z0-9_-]{8,8192}+\.[A-Za-z0-9_-]{0,4096}+",
        before=r"(?<![A-Za-z0-9_.-])",
    ),
    # scheme://user:password@host, databases and proxies included
    _pattern(
        "url",
        "://",
        r"[^\s:/@?#\"'<>`\\]{0,128}+:(?P<value>[^\s/?#\"'<>`\\]{1,256})@(?=[\w.\[-])",
        before=r"(?<=[A-Za-z0-9])",
    ),
)  # fmt: skip

BY_ANCHOR: dict[bytes, list[Pattern]] = {}
for _each in PATTERNS:
    BY_ANCHOR.setdefault(_each.anchor.rstrip("/").encode(), []).append(_each)
# Anchors that need not stand in 16 characters of a token.
NOT_IN_A_RUN = frozenset({b":", b":AA", b"whsec_", b"hooks.slack.com"})

# "Authorization: Bearer …", also as JSON, in curl's arguments or in Python's headers.
SCHEMES = re.compile(
    r"(?i:(?<![\w-])(?:bearer|basic|digest|token|apikey|aws4-hmac-sha256)[ \t]{1,3}+)"
    r"(?P<value>[A-Za-z0-9._~+/=-]{8,4096}+)"
)
BEARER = re.compile(
    r"(?i:(?<![\w-])bearer[ \t]{1,3}+)(?P<value>(?=[A-Za-z._~+/=-]{0,200}+\d)"
    r"[A-Za-z0-9._~+/=-]{16,4096}+)"
)

# --- names: what stands before "=" or ":", and members of JSON ---

# In lower case, without "_", "-" and "."; the first is looked for in texts as it is written.
PASSWORD_NAMES = ("password", "passwd", "passphrase", "pwd")
KEY_NAMES = (
    "secret", "token", "apikey", "accesskey", "privatekey", "secretkey", "signingkey",
    "encryptionkey", "accountkey", "sharedaccesskey", "masterkey", "authkey", "credential",
    "authorization", "sessionid", "cookie",
)  # fmt: skip
STEMS = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "api-key", "apikey",
    "access_key", "access-key", "accesskey", "private_key", "privatekey", "signing_key",
    "encryption_key", "accountkey", "master_key", "auth_key", "credential", "authorization",
    "sessionid", "session_id", "cookie", "_key",
)  # fmt: skip
# Words in a name that say it is about a secret, but holds none.
HARMLESS = re.compile(
    r"tokens|tokeniz|token_?(?:count|limit|type|id|url|uri|budget|usage|name|len|max|endpoint)"
    r"|(?:page|next|continuation|continue|sync|max|num|n|count|total|prompt|completion|input|output"
    r"|cached|stop|eos|bos|pad|unk|first|last|word|sub|per)_?token"
    r"|secretar|public|(?:cache|sort|primary|foreign|partition|object|storage|idempotency|lookup"
    r"|row|group|routing|hot|foreign|dedup|join|map|dict|index|order|license_plate)_?key$"
    r"|(?:name|names|arn|id|ids|url|uri|path|file|ref|type|count|expires|expiry|expires_?in|expires"
    r"_?at|ttl|length|len|min|max|policy|reset|changed|change|rotation|required|field|label|hint"
    r"|version|algorithm|format|prompt|store|manager|provider|consent|banner)$"
    r"|cookies$|^cookie_?(?:name|path|domain|age|secure|samesite|policy|law)",
    re.IGNORECASE,
)
# What follows a stem in a text: the rest of the name, "=" or ":", the value.
ASSIGNMENT = re.compile(
    r"(?P<rest>[\w.-]{0,40}+)(?P<closed>\\?[\"'`]?\]?)[ \t]{0,20}+"
    r"(?P<sign>=>|:=|==?|:)[ \t]{0,20}+"
    r"(?:[a-zA-Z]{0,2}(?P<quote>\\?[\"'`])(?P<quoted>[^\"'`\r\n]{1,4096}?)(?P=quote)"
    r"|(?P<bare>[^\s\"'`,;)\]}&<>|]{1,4096}+))"
)
NAME_BEFORE = re.compile(r"[\w.-]{0,60}$")
# Values that stand for a secret without being one.
PLACEHOLDER = re.compile(
    r"^(?:\$\{?[\w.({:-]|\$\(|\{\{|\{%|%\(|%s|<[^>]{0,80}>?$|\[[^\]]{0,80}\]$|os\.|env[.:(\[]"
    r"|process\.env|getenv|vault:|secret[s]?[.:/]|op://|file:|arn:|/run/secrets|ref\+|\*{2,}|x{3,}$"
    r"|\.{2,}|•|…|⟦|redacted|\(?hidden|masked|your[_-]|example$|placeholder|changeme|change_me"
    r"|none\b|null\b|nil\b|true\b|false\b|undefined\b|string\b|str\b|required|optional|todo|tbd"
    r"|request\.|self\.|this\.|config[.\[]|settings[.\[]|args\.|input\(|prompt\(|not[ _-]|missing"
    r"|invalid|incorrect|expired|sha(?:1|256|512):)",
    re.IGNORECASE,
)

PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
PRIVATE_KEY_END = re.compile(r"-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
# A line of a key's body: base64, or one of its headers ("Proc-Type: 4,ENCRYPTED").
KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{1,200}+$|[A-Za-z-]{3,30}+: .{1,200}$|$")
LONGEST_KEY = 20_000

# Four groups of four (Amex 4-6-5), or none; issuers' ranges; the checksum decides.
CARD = re.compile(
    r"(?<![\w.:/+@#$%-])(?:"
    r"(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|4[4-9]\d|5\d\d)|35\d\d)([ -]?)\d{4}\1\d{4}\1\d{4}"
    r"|3[47]\d\d([ -]?)\d{6}\2\d{5}|3(?:0[0-5]|[68]\d)\d([ -]?)\d{6}\3\d{4}"
    r")(?![\w-]|[.:]\d)"
)
