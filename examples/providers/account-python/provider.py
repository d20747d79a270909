#!/usr/bin/env python3
"""Looks after accounts of a vendor, in Python without packages. The vendor is the folder of ../account-vendor/vendor.sh; with a
real one, the class Account speaks to its API.

It is called as "provider.py verify|clean|leftovers|rotate", reads one JSON object from standard input and answers one on standard
output. Credentials are in that input and nowhere else. It remembers nothing: the server does, between the phases of a rotation.
"""

import json
import os
import pathlib
import secrets
import shutil
import sys

UNKNOWN_OPERATION, REFUSED, RETRY = 64, 65, 75


def fail(code, words):
    print(words, file=sys.stderr)
    sys.exit(code)


class Account:
    """One account of the vendor, for whoever manages it."""

    def __init__(self, asked):
        name = asked["params"].get("account")
        if not isinstance(name, str) or "/" in name:
            fail(REFUSED, 'give the resource the parameter "account", the account\'s name at the vendor')
        vendor = pathlib.Path(os.environ.get("ACCOUNT_VENDOR") or pathlib.Path(os.environ["POOLKEEPER_CONFIG_DIR"], "vendor"))
        self.name, self.folder = name, vendor / name
        # What may pass is told from what is no good: an account must not be lost because its vendor is down.
        if (vendor / "away").exists():
            fail(RETRY, "the vendor does not answer")
        token = (asked["credentials"]["management"] or {}).get("token", "")
        if not secrets.compare_digest(token, (self.folder / "token").read_text()):
            fail(REFUSED, "the vendor does not let the management token in")

    def things(self):
        return sorted(path for path in (self.folder / "things").glob("*/*"))

    def keys(self):
        return {path.name: path for path in (self.folder / "keys").iterdir()}

    def opens(self, credential):
        path = self.keys().get(credential["id"])
        return path is not None and secrets.compare_digest(path.read_text(), credential["secret"])

    def make_key(self):
        credential = {"id": f"key-{secrets.token_hex(4)}", "secret": secrets.token_hex(16)}
        (self.folder / "keys" / credential["id"]).write_text(credential["secret"])
        return credential

    def keep_only(self, credential):
        for name, path in self.keys().items():
            if credential is None or name != credential["id"]:
                path.unlink(missing_ok=True)


def verify(asked):
    return {"evidence": {"account": Account(asked).name}}


def clean(asked):
    account = Account(asked)
    things = account.things()
    for thing in things:
        print(f"removing {thing.parent.name} {thing.name}", file=sys.stderr)
        thing.unlink(missing_ok=True)
    return {"evidence": {"removed": len(things)}}


def leftovers(asked):
    return {"leftovers": [{"kind": thing.parent.name, "id": thing.name} for thing in Account(asked).things()]}


def rotate(asked):
    account, credentials = Account(asked), asked["credentials"]
    if asked["phase"] == "create":
        # Begins with what a call left behind that was cut off: nobody remembers that key.
        account.keep_only(credentials["current"])
        return {"credential": account.make_key()}
    if asked["phase"] == "try":
        if not account.opens(credentials["pending"]):
            fail(REFUSED, "the new key is no good")
        return {}
    # The new one is remembered as "current" by now.
    account.keep_only(credentials["current"])
    return {"evidence": {"key": credentials["current"]["id"]}}


if __name__ == "__main__":
    os.umask(0o077)
    operations = {"verify": verify, "clean": clean, "leftovers": leftovers, "rotate": rotate}
    operation = operations.get(sys.argv[-1])
    if operation is None:
        fail(UNKNOWN_OPERATION, f"the operation {sys.argv[-1]} is not known here")
    print(json.dumps(operation(json.load(sys.stdin))))
