# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs of the collection, one file each: from chosen options to an engine call and its report.

Modules and the program call the same verbs. A verb has ``OPTIONS`` (groups of the options table),
``EXCLUSIVE`` and ``REQUIRED_ONE_OF`` (as in Ansible's argument specs) and ``run(params, check, progress) -> report``.
"""
