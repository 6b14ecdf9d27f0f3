"""One file of settings, all from the environment; `.env.example` explains each variable."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from .environment import address, base_url, env, field_keys, folder, rate, required, seconds, switch, whole_number

BASE_DIR = Path(__file__).resolve().parent.parent

# Tests set ENV_FILE empty, so that a machine's own .env never changes their results.
if env_file := os.environ.get("ENV_FILE", str(BASE_DIR / ".env")):
    environ.Env.read_env(env_file)

# ---- what the environment says ---------------------------------------------------------------------------------------
SECRET_KEY = required("SECRET_KEY", "It signs sessions and form keys and must stay secret.")
FIELD_KEYS = field_keys()
BASE_URL = base_url()
DEBUG = switch("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
TRUSTED_PROXIES = whole_number("TRUSTED_PROXIES", 0)
REQUIRE_MFA = switch("REQUIRE_MFA", True)
SUBMIT_RATE = rate("SUBMIT_RATE", "10/hour")
LOCATE_RATE = rate("LOCATE_RATE", "600/hour")
API_KEY_RATE = rate("API_KEY_RATE", "6000/hour")
TRACK_RATE = rate("TRACK_RATE", "30/hour")
MESSAGE_RATE = rate("MESSAGE_RATE", "20/hour")
FOLLOW_RATE = rate("FOLLOW_RATE", "10/hour")
SPAM_SECONDS = seconds("SPAM_SECONDS", 10)
PHOTO_RATE = rate("PHOTO_RATE", "30/hour")
PHOTO_DISK_RESERVE = whole_number("PHOTO_DISK_RESERVE", 512)  # MB
DATA_DIR = folder("DATA_DIR", BASE_DIR.parent / "shared" / "data")
OS_CODE_POINT_URL = env.str(
    "OS_CODE_POINT_URL",
    default="https://api.os.uk/downloads/v1/products/CodePointOpen/downloads?area=GB&format=CSV&redirect",
)
ONS_BOUNDARIES_URL = env.str(
    "ONS_BOUNDARIES_URL",
    default="https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/"
    "Wards_May_2025_Boundaries_UK_BGC/FeatureServer/0/query",
)
# Maps need no tiles. Where a force has a tile server, its address comes in here, and its host into the content policy.
MAP_TILE_URL = env.str("MAP_TILE_URL", default="")
MAP_TILE_CREDIT = env.str("MAP_TILE_CREDIT", default="")
_tiles = re.fullmatch(r"(https://[a-z0-9.-]+(?::\d+)?)/\S*\{z\}\S*", MAP_TILE_URL)
if MAP_TILE_URL and not _tiles:
    raise ImproperlyConfigured("MAP_TILE_URL must look like https://tiles.example.org/{z}/{x}/{y}.png, with one host.")


def _origin(url: str) -> str:
    """`https://sso.example.org/realm` -> `https://sso.example.org`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


PRODUCTION = BASE_URL.startswith("https://")
if PRODUCTION:
    if DEBUG or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("With an https BASE_URL, DEBUG must be off and ALLOWED_HOSTS must name the hosts.")
    if not REQUIRE_MFA:
        raise ImproperlyConfigured(
            "With an https BASE_URL, REQUIRE_MFA must be on: a password alone would open what people told us."
        )
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
        raise ImproperlyConfigured("SECRET_KEY is too short or too plain for production: use 50 random characters.")

# ---- rooms -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "policing_portal.apps.PortalConfig",
    "feedback",
    "hubs",
    "areas",
    "accounts",
    "policing_portal.apps.PortalAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "policing_portal.logs.one_line_a_request",
    "policing_portal.middleware.refuse_hostile_input",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "policing_portal.middleware.ContentSecurityPolicy",
    "policing_portal.middleware.inline_styles_where_needed",
    "policing_portal.middleware.safe_headers",
    "policing_portal.languages.speak",
    "accounts.caching.kept_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.sessions.SignedIn",
    "policing_portal.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "policing_portal.returning.keep_what_was_typed",
    "policing_portal.middleware.require_second_factor",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "policing_portal.urls"
WSGI_APPLICATION = "policing_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

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
                "policing_portal.context.force",
            ],
        },
    },
]

# ---- database --------------------------------------------------------------------------------------------------------
DATABASES = {"default": address("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'portal.sqlite3'}", env.db_url_config)}
_database = DATABASES["default"]
if _database.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgres://. See .env.example.")
_database["ATOMIC_REQUESTS"] = False
if _database["ENGINE"].endswith("sqlite3"):
    # One writer: take the write lock at BEGIN, so that a transaction never fails half way for want of it.
    _database.setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    )
else:
    _database["CONN_MAX_AGE"] = whole_number("CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True

CACHES = {
    # Sign-in limits count here, so all processes share it.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"},
    # Whole public pages, keyed by the version stamp: each process may keep its own.
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}},
}

# ---- work behind the request -----------------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
EMAIL_CONFIG = address("EMAIL_URL", "consolemail://", env.email_url_config)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="portal@example.org")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ---- language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
# In the order of the first eight of the census; which of them the public may see, the force pack says (areas.Language).
LANGUAGES = [
    ("en-gb", "English"),
    ("ur", "Urdu"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("bn", "Bengali"),
    ("ro", "Romanian"),
    ("ar", "Arabic"),
    ("gu", "Gujarati"),
]
# Django knows no Gujarati.
LANG_INFO["gu"] = {"bidi": False, "code": "gu", "name": "Gujarati", "name_local": "ગુજરાતી"}
# A force pack brings the translations of its own words.
LOCALE_PATHS = [BASE_DIR / "locale", *sorted(BASE_DIR.glob("areas/data/*/locale"))]
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["policing_portal.formats"]

# ---- static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or switch("PLAIN_STATIC", False)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Photos lie here. No address leads to this folder: they are handed out by views that look who asks.
MEDIA_ROOT = folder("MEDIA_ROOT", BASE_DIR / "var" / "media")

# ---- sign-in ---------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/dashboard/"
LOGOUT_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "accounts.adapters.ForceAccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.ForceSocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
# The mail of a command goes to the address that staff keep: nobody adds one of their own.
ACCOUNT_MAX_EMAIL_ADDRESSES = 1
# Else all who come through the proxy share one limit, and a stranger who guesses passwords shuts the force out.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# On top of ours, which count by account: accounts/adapters.py.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,3/h/key"}
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
# The force's own single sign-on (OpenID Connect): it opens the account that has the same verified e-mail address.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "force",
            "name": env.str("OIDC_NAME", default="the force's own sign-in"),
            "client_id": required("OIDC_CLIENT_ID", "With OIDC_ISSUER it says who we are there."),
            "secret": required("OIDC_CLIENT_SECRET", "With OIDC_ISSUER it shows that it is us."),
            "settings": {"server_url": OIDC_ISSUER},
        }
    ]
MFA_ADAPTER = "accounts.adapters.ForceMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = env.str("MFA_TOTP_ISSUER", default="Local policing portal")
USERSESSIONS_TRACK_ACTIVITY = False

# ---- cookies, transport, headers -------------------------------------------------------------------------------------
_prefix = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
JOURNEY_COOKIE_NAME = "__Secure-journey" if PRODUCTION else "journey"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None  # gone with the browser: on a shared phone a year's cookie would say who has been here
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "policing_portal.views.csrf_failure"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63072000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# With "no-referrer" browsers send "Origin: null" with every form, and the check of forms refuses it. No address holds a secret.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000  # a meeting with many questions; the size above is what guards
# Files stream to disk, never into memory. Too many photos are no reason to refuse a form: PhotoUploads keeps the first three.
FILE_UPLOAD_HANDLERS = ["feedback.photos.PhotoUploads", "django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 100
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *(_tiles.groups() if _tiles else [])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *([_origin(OIDC_ISSUER)] if OIDC_ISSUER else [])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# ---- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["policing_portal.rest.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "policing_portal.rest.OnlyJSON",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "policing_portal.rest.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "policing_portal.api.json_errors",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Local policing portal",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "policing_portal.api.with_errors"],
    "ENUM_NAME_OVERRIDES": {
        "ConcernKind": "feedback.models.concern.Concern.Kind",
        "ConcernOutcome": "feedback.lifecycle.Outcome.choices",
        "MeetingKind": "areas.models.meeting.Meeting.Kind",
        "LocateOutcome": ["found", "outside", "ask", "not_a_postcode"],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# ---- logs: route patterns, never paths, queries or addresses ---------------------------------------------------------
ACCESS_LOG = switch("ACCESS_LOG", True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"route_only": {"()": "policing_portal.logs.RouteOnly"}},
    "formatters": {"json": {"()": "policing_portal.logs.JsonFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["route_only"]},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "portal": {"level": "INFO"},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        # Without a handler of its own Python would print it, with its words, to standard error.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
    },
}
