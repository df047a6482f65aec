"""What must be found, and what must not: one a line, made up, in the form that its issuer uses.

Known prefixes are joined here from two parts, so that scanners of this repository stay quiet.
"""

import string

ALNUM = string.ascii_letters + string.digits


def run(length: int, alphabet: str = ALNUM, seed: int = 7) -> str:
    """Figures and letters in no order, the same every time."""
    return "".join(
        alphabet[(seed * 31 + 17 * n * n + 5 * n) % len(alphabet)] for n in range(length)
    )


HEX = run(32, "0123456789abcdef")
BASE64 = run(64, ALNUM + "+/")
PEM = "\n".join(run(64, ALNUM + "+/", seed) for seed in range(6))
KEY = f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{PEM}\n-----END RSA {'PRIVATE'} KEY-----"
JWT = f"eyJ{run(30)}.eyJ{run(60)}.{run(43)}"

# (kind, text, the secret in it)
FOUND: list[tuple[str, str, str]] = []


def _found(kind: str, before: str, secret: str, after: str = "") -> None:
    FOUND.append((kind, before + secret + after, secret))


for _kind, _secret in (
    ("aws", "AKIA" + run(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    ("aws", "ASIA" + run(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 3)),
    ("github", "ghp_" + run(36)),
    ("github", "gho_" + run(36)),
    ("github", "ghs_" + run(36)),
    ("github", "ghr_" + run(36)),
    ("github", "ghu_" + run(36)),
    ("github", "github_pat_" + run(22) + "_" + run(59)),
    ("gitlab", "glpat-" + run(20)),
    ("gitlab", "gldt-" + run(20)),
    ("gitlab", "glrt-" + run(20)),
    ("slack", "xoxb-" + "123456789012-1234567890123-" + run(24)),
    ("slack", "xoxp-" + "123456789012-123456789012-" + run(32)),
    ("slack", "xapp-" + "1-A012345-" + run(40)),
    ("stripe", "sk_" + "live_" + run(24)),
    ("stripe", "sk_" + "test_" + run(24)),
    ("stripe", "rk_" + "live_" + run(24)),
    ("webhook", "whsec_" + run(32)),
    ("openai", "sk-" + run(48)),
    ("openai", "sk-proj-" + run(60)),
    ("openai", "sk-svcacct-" + run(60)),
    ("anthropic", "sk-ant-" + "api03-" + run(80) + "-" + run(12)),
    ("google", "AIza" + run(35)),
    ("google", "ya29." + run(60)),
    ("google", "GOCSPX-" + run(28)),
    ("huggingface", "hf_" + run(34)),
    ("npm", "npm_" + run(36)),
    ("pypi", "pypi-" + run(120)),
    ("sendgrid", "SG." + run(22) + "." + run(43)),
    ("digitalocean", "dop_v1_" + run(64, "0123456789abcdef")),
    ("shopify", "shpat_" + HEX),
    ("databricks", "dapi" + HEX),
    ("mailgun", "key-" + HEX),
    ("twilio", "SK" + HEX),
    ("linear", "lin_api_" + run(40)),
    ("vault", "hvs." + run(90)),
    ("docker", "dckr_pat_" + run(27)),
    ("groq", "gsk_" + run(52)),
    ("handoff", "hdk_" + run(43)),
    ("jwt", JWT),
):
    _found(_kind, "use ", _secret, " for it")

_found("telegram", "bot 12345678", ":AA" + run(33), " and on")
_found("slack", "https://hooks.slack.com/services/", "T00000000/B00000000/" + run(24))
_found("url", "postgres://desk:", "n0t-th4t", "@db.internal:5432/desk")
_found("url", "git clone https://ci:", "p@ss:w0rd", "@git.example.com/x.git")
_found("url", "REDIS=redis://:", "hunter2", "@cache:6379/0")
_found("url", "mongodb+srv://app:", "s3cr3t!", "@cluster0.example.net/?retryWrites=true")
_found("authorization", "Authorization: Bearer ", run(24))
_found("authorization", "curl -H 'Authorization: Basic ", "ZGVzazpodW50ZXIy", "' https://x")
_found("authorization", '{"Authorization": "Bearer ', run(40), '"}')
_found("authorization", '{"headers": {"authorization": "token ', run(40), '"}}')
_found("password", "password=", "hunter2", " and go")
_found("password", 'password = "', "swordfish", '"')
_found("password", "  'passwd': '", "swordfish", "',")
_found("password", '"db_password": "', "Tr0ub4dor&3", '"')
_found("password", "password: ", "swordfish", "\nuser: desk\n")
_found("password", "PGPASSWORD=", "swordfish", " psql -h db")
_found("password", "mysql --password=", "Tr0ub4dor", " -u root")
_found("password", "https://desk.example/?user=a&password=", "hunter2", "&next=/")
_found("password", r"{\"password\": \"", "hunter22", r"\"}")
_found("password", "pwd=", "letmein99", ";server=db")
_found("key", "AWS_SECRET_ACCESS_KEY=", run(40, ALNUM + "+/"))
_found("key", 'aws_secret_access_key = "', run(40, ALNUM + "/"), '"')
_found("key", "STRIPE_KEY=", run(32))
_found("key", "export DJANGO_SECRET_KEY='", run(50, ALNUM + "-_"), "'")
_found("key", '"api_key": "', HEX, '"')
_found("key", "x-api-key: ", run(40))
_found("key", "client_secret: ", run(32), "\n")
_found("key", "AccountKey=", run(86, ALNUM + "+/") + "==", ";EndpointSuffix=core")
_found("token", "GITHUB_TOKEN=", HEX, "\n")
_found("token", 'auth_token: "', run(40), '"')
_found("token", "access_token=", run(60), "&expires_in=3600")
_found("token", '"refreshToken":"', run(60), '"')
_found("card", "Visa ", "4111 1111 1111 1111", " 12/30")
_found("card", "card: ", "4111111111111111")
_found("card", "paid with ", "5500-0000-0000-0004", ".")
_found("card", "Amex ", "3782 822463 10005", "")

# Hashes, ids, pictures, code and prose that speak of secrets.
CLEAN = [
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "index 83db48f..bf269f4 100644",
    "md5 d41d8cd98f00b204e9800998ecf8427e  empty.txt",
    "integrity sha512-" + run(86, ALNUM + "+/") + "==",
    "550e8400-e29b-41d4-a716-446655440000",
    "request_id=7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    "ho_01JD4ZQ7V9K8X2M3N4P5Q6R7S8",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "call_" + run(24),
    "toolu_01" + run(22),
    "chatcmpl-" + run(29),
    "msg_" + run(24),
    "run_" + run(24),
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "<img src='data:image/jpeg;base64,/9j/" + BASE64 * 3 + "'>",
    BASE64,
    BASE64 * 20,
    "order 4000123412341235",
    "order 1234567812345678",
    "invoice no. 2024-0001-0000-0042",
    "tracking 1Z999AA10123456784",
    "ISBN 978-3-16-148410-0",
    "phone +49 30 1234567890",
    "1763812345678 ms",
    "timestamp 1763812345.678901",
    "0000 0000 0000 0000",
    "IPv6 2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "arn:aws:iam::123456789012:role/deploy",
    "max_tokens=4096",
    '"max_tokens": 4096, "total_tokens": 123456',
    "prompt_tokens: 12345678901234",
    "tokenizer: cl100k_base_2024_v12345",
    '"next_page_token": "' + run(40) + '"',
    "continuation_token=" + run(40),
    "password: str",
    "def login(user: str, password: str | None = None) -> None:",
    'password = os.environ["DB_PASSWORD"]',
    "password = getpass.getpass()",
    "password=password",
    "PASSWORD=${DB_PASSWORD}",
    "password: {{ vault_password }}",
    "password=<your password>",
    'password="********"',
    "password: required",
    '"password": "Password"',
    'label: "Enter your password"',
    "The password is asked for twice.",
    "password_reset_done: /password/done/",
    "token = tokens[index]",
    "token: invalid signature",
    'secret_name = "prod/database-credentials"',
    "secretKeyRef: {name: database, key: url}",
    "api_key=YOUR_API_KEY",
    "API_KEY=<insert here>",
    "api_key: sk-...",
    "csrf_token()",
    "PRIMARY_KEY=customer_identifier_2024_b",
    "cache_key = 'customers:2024:page:17:asc'",
    "SORT_KEY=created_at_2024_descending_01",
    "primary_key=True",
    "public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + run(43),
    "-----BEGIN CERTIFICATE-----\n" + PEM + "\n-----END CERTIFICATE-----",
    f"-----BEGIN {'PUBLIC'} KEY-----\n" + PEM + f"\n-----END {'PUBLIC'} KEY-----",
    "https://example.com:8080/path?x=a@b",
    "http://localhost:8000/@user",
    "mailto:someone@example.com",
    "git@github.com:owner/repository.git",
    "postgres://desk@db/desk",
    "postgres://desk:${PASSWORD}@db/desk",
    "class='sk-circle-fade-dot-animation sk-chase'",
    "task-management-and-scheduling-service-worker",
    "skeleton sk_live or sk_test mode",
    "The bearer of this letter is authorized.",
    "Authorization: none",
    "authorization: required for /admin",
    "author=Somebody Whose Name Is Long1234567890",
    "secretary: Jane Doe 1234567890",
    "cookies: accepted",
    "eyJ is how JSON starts in base64",
    "ghp_short",
    "AKIA is the prefix of their key ids",
    "hf_hub_download_with_progress_bar_and_resume",
    "xoxo-love-and-kisses",
]
