# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The on-host program ``qdrant-backup``: reads command line and configuration, runs a verb, prints its report.

It calls the same verbs as the modules. Modules are imported only when they are needed, so that the program starts fast.
"""
