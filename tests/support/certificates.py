# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for servers of tests, for 127.0.0.1 and localhost; valid for two days. No openssl program is needed.

As a program (``python certificates.py FOLDER``) for an interpreter that lacks the package cryptography.
"""

from __future__ import annotations

import datetime
import importlib.util
import ipaddress
import os
import pathlib
import subprocess
import sys
from typing import Any


def make_certificate(folder: pathlib.Path) -> None:
    """ca.pem, and server.pem with server.key that it signed. Does nothing where they are there.

    An interpreter without cryptography (that of the oldest engine) asks the one that servers run on.
    """
    if (folder / "ca.pem").exists():
        return
    if importlib.util.find_spec("cryptography"):
        _make(folder)
        return
    python = os.environ.get("DOUBLE_PYTHON") or sys.executable
    subprocess.run([python, os.path.abspath(__file__), str(folder)], check=True, stdin=subprocess.DEVNULL, timeout=60)


def _make(folder: pathlib.Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    authority, server = (ec.generate_private_key(ec.SECP256R1()) for dummy in range(2))
    pem = serialization.Encoding.PEM
    key = server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key)
    (folder / "server.key").chmod(0o600)
    (folder / "server.pem").write_bytes(_signed("node", server, "tests only", authority).public_bytes(pem))
    # Last: who finds it finds the others.
    (folder / "ca.pem").write_bytes(_signed("tests only", authority, "tests only", authority).public_bytes(pem))


def _signed(name: str, key: Any, issuer: str, issuer_key: Any) -> Any:
    """A certificate; one whose names are the same is an authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    now = datetime.datetime.now(datetime.timezone.utc)
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer))
    is_authority = name == issuer
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        # A strict verifier (Python 3.13) asks for these.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(_usage(is_authority), critical=True)
    )
    if not is_authority:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        building = building.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return building.sign(issuer_key, hashes.SHA256())


def _usage(is_authority: bool) -> Any:
    from cryptography import x509

    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        decipher_only=False,
        **dict.fromkeys(others, False),
    )


if __name__ == "__main__":
    _make(pathlib.Path(sys.argv[1]))
