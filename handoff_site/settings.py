"""One settings file: safe defaults for the one-process desk, the environment overrides them."""

import os
import stat
import sys
from ipaddress import ip_address
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import environ

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("HANDOFF_DATA", default=str(BASE_DIR / ".data"))).resolve()
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _installation_secret(path: Path) -> str:
    """The embedded desk's own secret: made once a data folder, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError:
        for _ in range(100):
            if text := path.read_text().strip():
                return text
        raise
    with os.fdopen(handle, "w") as file:
        secret = token_urlsafe(48)
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


_given_secret = env.str("HANDOFF_SECRET_KEY", default="")
# Production = somebody but this machine's user may reach the desk, or its operator says so.
PRODUCTION = bool(_given_secret) or not _is_loopback(HOST)
SECRET_KEY_WAS_GIVEN = bool(_given_secret)
SECRET_KEY = _given_secret or _installation_secret(DATA_DIR / "secret_key")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list(
    "HANDOFF_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", HOST]
)
SITE_URL = env.str("HANDOFF_URL", default=f"http://{HOST}:{PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
_HTTPS = SITE_URL.startswith("https://")
TOLD_HTTP_IN_PUBLIC = (
    PRODUCTION and not _HTTPS and not env.bool("HANDOFF_ALLOW_HTTP", default=False)
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "workspaces",
    "reviews",
    "handoff_site",
]
MIDDLEWARE = [
    "handoff_site.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    # before those that may answer by themselves: a refused address or host
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "workspaces.middleware.AddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "workspaces.middleware.PersonMiddleware",
]
ROOT_URLCONF = "handoff_site.urls"
WSGI_APPLICATION = "handoff_site.wsgi.application"
ASGI_APPLICATION = "handoff_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reviews.context.desk",
            ],
        },
    }
]

# --- database: SQLite in the data folder, or DATABASE_URL=postgres://… ---
_DATABASE_URL = env.str("DATABASE_URL", default="")
if _DATABASE_URL:
    DATABASES: dict[str, Any] = {"default": env.db_url_config(_DATABASE_URL)}
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "desk.sqlite3"),
            # Measured: deferred transactions gave 998 "database is locked" errors in 1,000 races,
            # IMMEDIATE none.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 5,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;"
                ),
            },
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    }
# The e-mail address is unique whatever its case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people ---
AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["workspaces.auth.EmailBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "login"
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
HANDOFF_SIGN_IN_TRIES = env.int(
    "HANDOFF_SIGN_IN_TRIES", default=10
)  # a quarter of an hour, per address

# --- language and time: UTC stored, one template tag shows times in the person's zone ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- static files ---
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
# Ours only: what installed apps bring along is used nowhere.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_USE_FINDERS = True  # the sources, where nothing was gathered
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "handoff_site.static_files.DeskStorage"},
}

# --- browser security ---
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        "frame-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = _HTTPS and env.bool("HANDOFF_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
if env.bool("HANDOFF_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- mail: SMTP by env, else a folder of mails in the data folder ---
_SMTP_URL = env.str("HANDOFF_SMTP_URL", default="")
if _SMTP_URL:
    vars().update(env.email_url_config(_SMTP_URL))
    EMAIL_TIMEOUT = 15
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mails")
DEFAULT_FROM_EMAIL = env.str("HANDOFF_FROM", default="Handoff <handoff@localhost>")

# --- queues and live updates: Redis carries hints only ---
REDIS_URL = env.str("REDIS_URL", default="")
# Called after a commit that recorded Events, on a thread of their own: (workspace ids) -> None.
HANDOFF_WAKERS = ["reviews.wakers.screens", "reviews.wakers.outbox"]

# --- the desk's limits ---
HANDOFF_BODY_BYTES = 2 * 1024 * 1024
HANDOFF_KEEP_BYTES = env.int("HANDOFF_KEEP_BYTES", default=32 * 1024 * 1024)
HANDOFF_RATE = env.int("HANDOFF_RATE", default=1000)  # requests a second and token
HANDOFF_BURST = env.int("HANDOFF_BURST", default=20_000)
HANDOFF_UNDO_SECONDS = env.int("HANDOFF_UNDO_SECONDS", default=8)
HANDOFF_CLAIM_SECONDS = 120
HANDOFF_LEASE_SECONDS = env.int("HANDOFF_LEASE_SECONDS", default=30)
HANDOFF_SCAN_SECONDS = env.int("HANDOFF_SCAN_SECONDS", default=20)
HANDOFF_FREE_BYTES = env.int("HANDOFF_FREE_BYTES", default=64 * 1024 * 1024)
HANDOFF_SIGNING_KEY = env.str("HANDOFF_SIGNING_KEY", default=str(DATA_DIR / "signing_key"))
# Where channels may send beside public addresses over HTTPS: host, host:port, address, network.
HANDOFF_CHANNEL_HOSTS: list[str] = env.list("HANDOFF_CHANNEL_HOSTS", default=[])
HANDOFF_WATCH = env.bool("HANDOFF_WATCH", default=True)

HANDOFF_METRICS_TOKEN = env.str("HANDOFF_METRICS_TOKEN", default="")
_LOG = "handoff_site.masked_logs"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": f"{_LOG}.Formatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": f"{_LOG}.JsonFormatter"},
    },
    "filters": {"request": {"()": f"{_LOG}.RequestFilter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if env.str("HANDOFF_LOG", default="plain") == "json" else "plain",
            "filters": ["request"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("HANDOFF_LOG_LEVEL", default="WARNING")},
    "loggers": {
        "handoff": {"level": "INFO"},
        "handoff.access": {
            "level": "INFO" if env.bool("HANDOFF_ACCESS_LOG", default=False) else "WARNING"
        },
    },
}

TESTING = "pytest" in sys.modules
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    HANDOFF_WAKERS = []
