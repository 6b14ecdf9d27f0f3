"""What `make` stands on: the first .env, the locks, and the documents that must keep up with them."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.environment import VARIABLES

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]


def write_env(path):
    subprocess.run([sys.executable, "deploy/write_env.py", str(path), "8123"], cwd=ROOT, check=True)
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if not line.startswith("#"))


def test_write_env_makes_keys_of_its_own(tmp_path):
    one, other = write_env(tmp_path / "one"), write_env(tmp_path / "other")
    assert Fernet(one["FIELD_KEYS"]).decrypt(Fernet(one["FIELD_KEYS"]).encrypt(b"07700 900123")) == b"07700 900123"
    assert len(one["SECRET_KEY"]) >= 50
    assert {name for name in one if one[name] != other[name]} == {"SECRET_KEY", "FIELD_KEYS"}
    assert one["BASE_URL"] == "http://localhost:8123"
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600


def test_write_env_never_touches_one_that_exists(tmp_path):
    first = write_env(tmp_path / "env")
    assert write_env(tmp_path / "env") == first


def test_env_example_explains_every_variable():
    explained = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert VARIABLES - explained == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_hashes_and_no_address(lock):
    lines = [line for line in (ROOT / lock).read_text().splitlines() if not line.lstrip().startswith("#")]
    pinned = [line for line in lines if line and not line.startswith(" ")]
    assert [line for line in pinned if not re.match(r"[a-z0-9-]+==\S+( ;.*)? \\$", line)] == []
    assert [
        line for line in lines if line.startswith(" ") and not re.match(r"    --hash=sha256:[0-9a-f]{64}", line)
    ] == []


def test_npm_lock_names_hashes_and_no_address():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_no_lock_brings_psycopg_3():
    """Django would silently prefer it to psycopg2."""
    for lock in LOCKS:
        assert re.findall(r"^psycopg[^2].*", (ROOT / lock).read_text(), re.MULTILINE) == []


def test_every_dependency_has_a_reason():
    record = (ROOT / "docs/adr/0002-dependencies.md").read_text()
    npm = json.loads((ROOT / "package.json").read_text())
    wanted = [*npm["dependencies"], *npm["devDependencies"]]
    for source in ["requirements.in", "requirements-dev.in", "requirements-node.in"]:
        wanted += re.findall(r"^([a-z][a-z0-9-]*(?:\[[a-z,]+\])?)==", (ROOT / source).read_text(), re.MULTILINE)
    rows = " ".join(line.split("|")[1] for line in record.splitlines() if line.startswith("|"))
    assert [name for name in wanted if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", rows)] == []


def test_the_proxy_reads_each_expression_to_its_end():
    """nginx takes a brace for the beginning of a block, unless the expression stands in quotes."""
    lines = (ROOT / "deploy" / "nginx.conf").read_text().splitlines()
    expressions = [line.strip().removesuffix("{").split("~", 1)[1].strip() for line in lines if "location ~" in line]
    assert expressions
    assert [one for one in expressions if "{" in one and not (one[0] == one[-1] == '"')] == []
