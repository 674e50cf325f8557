#!/usr/bin/env python3
"""Make a SCRAM verifier of a password, for `sql.users` of the configuration.

Asks for the password, or reads it from standard input, and prints what PostgreSQL would keep of it. The password cannot be
had from it. Needs nothing but Python's standard library.

Examples:
  scripts/scram_verifier.py
  scripts/scram_verifier.py < password.txt
"""

import base64
import getpass
import hashlib
import hmac
import os
import sys

ITERATIONS = 4096


def verifier(password, salt):
    """The text for a password; passwords of letters, digits and signs of ASCII only, for others have several forms."""
    key = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(key, b"Client Key", "sha256")).digest()
    server = hmac.digest(key, b"Server Key", "sha256")
    salt, stored, server = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${ITERATIONS}:{salt}${stored}:{server}"


def main():
    if len(sys.argv) > 1:
        print(__doc__.strip())
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not password or not password.isascii():
        print("the password is empty or holds a sign that is not ASCII: take another", file=sys.stderr)
        return 1
    print(verifier(password, os.urandom(16)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
