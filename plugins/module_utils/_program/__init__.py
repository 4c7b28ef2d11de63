# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The on-host program ``qdrant-backup``: command line and configuration in, a verb of the engine, a report out.

It behaves as the modules do, because it calls the same verbs. Nothing is imported before it is needed: starting fast
is part of the job.
"""
