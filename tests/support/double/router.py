# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler answers a method and a path, and who may ask for it."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable

from .auth import refusal
from .errors import ApiError, service_error
from .node import Node
from .web import Answer, Request, error_answer, json_answer

Handler = Callable[[Node, Request], Any]


@dataclass(frozen=True)
class Route:
    """`pattern` has `*` for a value.

    `plain` says that errors are sent as text, `changes` that the full key is needed.
    """

    method: str
    pattern: tuple[str, ...]
    handler: Handler
    changes: bool = False
    plain: bool = False


class Router:
    """The table of routes."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(self, spec: str, *, changes: bool = False, plain: bool = False) -> Callable[[Handler], Handler]:
        """Registers a handler for `"GET /path/*"`."""
        method, dummy, path = spec.partition(" ")

        def register(handler: Handler) -> Handler:
            self._routes.append(Route(method, tuple(path.split("/")[1:]), handler, changes, plain))
            return handler

        return register

    def include(self, other: Router) -> None:
        """Takes over the routes of another table."""
        self._routes += other._routes

    def find(self, request: Request) -> Route | None:
        """The route of a request; its values are left in the request."""
        for route in self._routes:
            if route.method != request.method or len(route.pattern) != len(request.segments):
                continue
            pairs = list(zip(route.pattern, request.segments))
            if all(want in ("*", have) for want, have in pairs):
                request.values = [have for want, have in pairs if want == "*"]
                return route
        return None


def ok(started: float, result: Any) -> Answer:
    return json_answer(200, {"result": result, "status": "ok", "time": time.monotonic() - started})


def answer(router: Router, node: Node, request: Request, may_change: bool) -> Answer:
    """Runs the handler of a request; never raises but for a broken connection."""
    started = time.monotonic()
    route = router.find(request)
    if route is None:
        return Answer(404, None)
    try:
        if route.changes and not may_change:
            raise refusal()
        node.refresh()
        result = route.handler(node, request)
        return result if isinstance(result, Answer) else ok(started, result)
    except ApiError as error:
        return error_answer(error, route.plain, time.monotonic() - started)
    except ConnectionError:
        raise
    except BaseException as error:  # an engine's panic included: the real server answers 500 too
        said = service_error(f"{type(error).__name__}: {error}")
        return error_answer(said, route.plain, time.monotonic() - started)


def waited(node: Node, wait: bool, work: Callable[[], Any]) -> Any:
    """The result of `work`; or 202 at once, with the work going on behind it."""
    if wait:
        return work()
    full = node.faults.inherit()

    def behind() -> None:
        node.faults.carry(full)
        with contextlib.suppress(Exception):
            work()

    threading.Thread(target=behind, daemon=True).start()
    return json_answer(202, {"status": "accepted", "time": 0.0})
