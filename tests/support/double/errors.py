# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the REST interface, with the words of the real server in front."""

from __future__ import annotations


class ApiError(Exception):
    """An error that the client sees: `status` and the whole text.

    `plain` says that the real server sends this one as bare text whatever the endpoint speaks;
    `bare` that it comes without a content type.
    """

    def __init__(self, status: int, text: str, *, plain: bool = False, bare: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.plain = plain
        self.bare = bare


def not_found(text: str) -> ApiError:
    return ApiError(404, f"Not found: {text}")


def no_collection(name: str) -> ApiError:
    return not_found(f"Collection `{name}` doesn't exist!")


def no_shard(shard_id: int) -> ApiError:
    return not_found(f"shard {shard_id} not found")


def bad_input(text: str) -> ApiError:
    return ApiError(400, f"Wrong input: {text}")


def bad_request(text: str) -> ApiError:
    return ApiError(400, f"Bad request: {text}")


def bad_json(text: str) -> ApiError:
    return ApiError(400, f"Format error in JSON body: {text}")


def forbidden(text: str) -> ApiError:
    return ApiError(403, f"Forbidden: {text}")


def conflict(name: str) -> ApiError:
    return ApiError(409, f"Wrong input: Collection `{name}` already exists!")


def service_error(text: str) -> ApiError:
    return ApiError(500, f"Service internal error: {text}")


def io_error(text: str) -> ApiError:
    return service_error(f"File IO error: {text}")


WAL_FULL = "No space left on device: WAL buffer size exceeds available disk space"
DISK_FULL = "No space left on device (os error 28)"
