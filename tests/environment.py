"""Sets the environment before any setting is read, so that neither .env nor the machine changes a test's result.

Loaded as a pytest plugin from pyproject.toml, earlier than Django. Every variable that the settings read is removed
first; a test that needs another value says so with the `settings` fixture.
"""

import os
import re
from pathlib import Path

HALL = Path(__file__).resolve().parent.parent / "policing_portal"
READ = "".join((HALL / name).read_text() for name in ("settings.py", "environment.py"))
VARIABLES = set(
    re.findall(r'(?:env\.\w+|required|rate|whole_number|switch|seconds|folder|address)\(\s*"([A-Z][A-Z_]+)"', READ)
)

ENVIRONMENT = {
    "ENV_FILE": "",
    "SECRET_KEY": "tests-only-8Qm2vX5rT9wZ3kL7pN4sD6fG1hJ0bC-yUaEoIx",
    "FIELD_KEYS": "dGVzdHMtb25seS1rZXktb25lLTAxMjM0NTY3ODkwMTI=,dGVzdHMtb25seS1rZXktdHdvLTAxMjM0NTY3ODkwMTI=",
    "BASE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "DEBUG": "False",
    "DATABASE_URL": "sqlite:///var/tests.sqlite3",  # only its kind counts: the tests' own database is in memory
    "EMAIL_URL": "memorymail://",
    "REQUIRE_MFA": "False",
    "TRUSTED_PROXIES": "0",
    "SUBMIT_RATE": "10/hour",
    "LOCATE_RATE": "600/hour",
    "API_KEY_RATE": "6000/hour",
    "SPAM_SECONDS": "0",
    "PLAIN_STATIC": "True",
}

# A worker of pytest-xdist inherits what its controller has set, the address of a PostgreSQL among it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
