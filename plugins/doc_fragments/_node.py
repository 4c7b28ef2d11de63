# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the Qdrant node, shared by modules. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of the Qdrant node's REST API; never a load balancer.
    type: str
    default: http://127.0.0.1:6333
  api_key:
    description:
      - API key of the node. Snapshots and restores need the full key; a read-only key can only list and download.
    type: str
  ca_path:
    description:
      - CA certificates (PEM) to check the node's certificate.
    type: path
  validate_certs:
    description:
      - Whether the node's certificate is checked.
    type: bool
    default: true
  client_cert:
    description:
      - Client certificate (PEM) shown to the node.
    type: path
  client_key:
    description:
      - Private key (PEM) of the client certificate, not encrypted.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and for an ordinary answer.
    type: float
    default: 30.0
  snapshots_dir:
    description:
      - The node's snapshots folder as this host sees it. Archives are then read and written there, and free space is checked.
      - Without it, archives are transferred through the API.
    type: path
  server_snapshots_path:
    description:
      - The same folder as the server sees it, if the two paths differ (containers).
    type: path
"""
