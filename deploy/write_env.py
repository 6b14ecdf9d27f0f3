"""Write the first .env of a machine, never over one that exists: `python deploy/write_env.py PATH PORT`."""

import os
import secrets
import sys

from cryptography.fernet import Fernet

TEMPLATE = """\
# Written once by `make run`. Keep it secret and keep a copy: without FIELD_KEYS no contact detail can be read again.
# .env.example explains each line. What the environment already says wins over this file.
SECRET_KEY={secret_key}
FIELD_KEYS={field_key}
BASE_URL=http://localhost:{port}
ALLOWED_HOSTS=localhost,127.0.0.1
DEBUG=False
REQUIRE_MFA=False
EMAIL_URL=filemail:///var/mail
"""


def write(path: str, port: str) -> bool:
    """Create `path`, readable by its owner alone; False when there is one already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(
            TEMPLATE.format(secret_key=secrets.token_urlsafe(50), field_key=Fernet.generate_key().decode(), port=port)
        )
    return True


if __name__ == "__main__":
    if write(*sys.argv[1:]):
        print(f"Wrote {sys.argv[1]} with keys of its own.")
