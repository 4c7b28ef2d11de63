# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with one bucket: the client, its calls, keys, and the parameters of writes.

Upload, copy, download and listing use it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import threading
from collections.abc import Iterator
from typing import Any, cast

from .errors import ConditionsMissingError, StoreError
from .s3_answers import headers_of
from .s3_errors import REDIRECTS, advise, from_outside, lacking_field, store_error
from .s3_options import S3Options
from .traits import BARE, IGNORED, NONE, QUOTED, REFUSED, StoreTraits, lacking, weaker_promise
from .traits_file import TraitsFile

_SHORT = 5.0
_EXPECTATION_FAILED = 417
_BY_NUMBER = re.compile(r"^https?://(\[|\d+\.\d+\.\d+\.\d+(:|/|$))")
# Errors of the library for an answer that it cannot read.
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError)


@dataclasses.dataclass(frozen=True)
class _Place:
    """The address of requests: parts that the options do not set and the store's answers name."""

    region: str = ""
    style: str = ""


class S3Session:
    """``call`` sends every request: it adds headers, turns errors into StoreError, and learns the address of the
    bucket. ``traits`` are the detected traits of the store, ``learn`` adds to them."""

    def __init__(self, options: S3Options) -> None:
        self.options = options
        self.bucket = options.bucket or ""
        self.prefix = "".join(part + "/" for part in (options.prefix or "").split("/") if part)
        self.url = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        self.timeout = options.timeout
        self._file = TraitsFile(options.state_dir or "", options.endpoint_url or "", self.bucket)
        self._traits: StoreTraits | None = None
        self._lock = threading.RLock()
        self.trying = threading.Lock()  # held while one call finds out a trait that others wait for
        self._clients: dict[tuple[_Place, bool], Any] = {}
        self._place: _Place | None = None
        self._state: Any = None
        self.bucket_answered = False  # one call succeeded
        self._encryption_ignored = False
        self._expects = True  # until a proxy refuses Expect: 100-continue
        self._style_tried = False
        self._region_asked = False

    # Traits of the store.

    @property
    def traits(self) -> StoreTraits:
        """The traits of this store, from this run or stored on this host."""
        with self._lock:
            if self._traits is None:
                self._traits = self._file.load()
            return self._traits

    def learn(self, **seen: str) -> None:
        """Remember traits, for this run and for later ones."""
        with self._lock:
            after = dataclasses.replace(self.traits, **seen)
            if after != self.traits:
                self._traits = after
                self._file.save(after)

    def origins(self, before: StoreTraits) -> dict[str, str]:
        """Where each trait came from: option, learned (it was known ``before``), or tried."""
        seen = self.traits.as_dict()
        found = {name: "learned" if getattr(before, name) == seen[name] else "tried" for name in seen}
        found.update(dict.fromkeys(self.chosen(), "option"))
        return found

    def chosen(self) -> dict[str, str]:
        """What the options decide, whatever was seen: trait -> value."""
        options = self.options
        out = {"region": options.region or ""}
        out["addressing_style"] = options.addressing_style if options.addressing_style != "auto" else ""
        out["part_checksums"] = options.checksums if options.checksums != "auto" else ""
        if options.conditional_writes == "off":
            out.update(conditional_put="off", conditional_complete="off", copy_conditional="off", if_match="off")
        return {name: value for name, value in out.items() if value}

    @property
    def checksums(self) -> str:
        """The checksum of parts: crc32, md5 or none."""
        chosen = self.options.checksums
        return self.traits.part_checksums or "crc32" if chosen == "auto" else chosen

    def weakness(self) -> str:
        """The warning about locks that are only read back, "" if the store supports conditional writes."""
        return weaker_promise(self._named(), self.traits, self.options.conditional_writes)

    def unencrypted(self) -> str:
        """The warning about encryption that the options ask for and the store did not confirm, "" if it did."""
        if not self._encryption_ignored:
            return ""
        return (
            f"{self._named()} does not confirm sse: {self.options.sse}, so it may store objects without encryption. "
            "Encrypt the store's disks and remove sse, or use a store that supports it."
        )

    def demand_conditions(self, said: str = "") -> None:
        """StoreError if the options require conditional writes; called before a write without them."""
        if self.options.conditional_writes == "require":
            found = lacking(self.traits) or "does not support the condition of this write"
            raise ConditionsMissingError(self._named(), said or f"the store {found}")

    # Conditions.

    def sends_if_absent(self, trait: str = "conditional_put") -> bool:
        """Whether If-None-Match is sent: it is allowed, and the store is not known to refuse or ignore it."""
        return self.options.conditional_writes != "off" and getattr(self.traits, trait) not in (IGNORED, REFUSED)

    def sends_if_match(self) -> bool:
        """Whether If-Match is sent with writes."""
        return self.options.conditional_writes != "off" and self.traits.if_match != NONE

    def spelled(self, etag: str, how: str = "") -> str:
        """The etag as this store needs it in a condition."""
        return etag if (how or self.traits.if_match or QUOTED) == BARE else f'"{etag}"'

    # Calls.

    def client(self, *, hasty: bool = False) -> Any:
        """The botocore client, created once. hasty: one attempt and a short deadline, to clean up after a time-out."""
        with self._lock:
            place = self._where()
            if (place, hasty) not in self._clients:
                from .s3_client import ATTEMPTS, CallState, make_client

                self._state = self._state or CallState()
                self._clients[place, hasty] = make_client(
                    self.options,
                    self._state,
                    timeout=min(_SHORT, self.timeout) if hasty else self.timeout,
                    attempts=1 if hasty else ATTEMPTS,
                    region=place.region,
                    style=place.style,
                )
            return self._clients[place, hasty]

    def close(self) -> None:
        """Close connections."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            if hasattr(client, "close"):
                client.close()

    def call(
        self,
        operation: str,
        attempted: str,
        key: str,
        *,
        headers: dict[str, str] | None = None,
        unsigned_body: bool = False,
        hasty: bool = False,
        **parameters: Any,
    ) -> dict[str, Any]:
        """One operation on the bucket. headers: such as conditions, for which older clients have no parameter."""
        used, expected = self._where(), self._expects

        def once() -> dict[str, Any]:
            return self._once(operation, attempted, key, headers or {}, unsigned_body, hasty, parameters)

        try:
            return once()
        except StoreError as error:
            if error.status == _EXPECTATION_FAILED and expected:
                self._expects = False
                return self.call(
                    operation, attempted, key, headers=headers, unsigned_body=unsigned_body, hasty=hasty, **parameters
                )
            there = self._elsewhere(error, used)
            if there is None:
                advise(error, self._options_in(parameters, error))
                raise
            return self._retry_at(there, used, once, error)

    def _once(
        self,
        operation: str,
        attempted: str,
        key: str,
        headers: dict[str, str],
        unsigned_body: bool,
        hasty: bool,
        parameters: dict[str, Any],
    ) -> dict[str, Any]:
        body = parameters.get("Body")
        if hasattr(body, "seek"):
            cast("Any", body).seek(0)
        with self.saying(attempted, key, if_match="If-Match" in headers):
            client = self.client(hasty=hasty)
            state = self._state
            state.headers, state.unsigned_body, state.expects = headers, unsigned_body, self._expects
            try:
                answer = getattr(client, operation)(Bucket=self.bucket, **parameters)
            except _UNREADABLE as error:
                if from_outside(error):
                    raise
                raise lacking_field(attempted, self.on(key), f"an answer that can be read ({error!r})") from error
            finally:
                state.headers, state.unsigned_body = {}, False
        self.bucket_answered = True
        # Only of this call: SeaweedFS encrypts, but does not say so in its answers to others.
        if operation == "put_object" and "ServerSideEncryption" in parameters:
            self._encryption_ignored = answer.get("ServerSideEncryption") != parameters["ServerSideEncryption"]
        return cast("dict[str, Any]", answer)

    @contextlib.contextmanager
    def saying(self, attempted: str, key: str, *, if_match: bool = False) -> Iterator[None]:
        """Turn errors inside into a StoreError."""
        try:
            yield
        except Exception as error:
            if not from_outside(error):
                raise
            raise store_error(error, attempted, self.on(key), if_match=if_match) from error

    # Where the bucket is.

    def _where(self) -> _Place:
        with self._lock:
            if self._place is None:
                asked = self.options.addressing_style
                style = self.traits.addressing_style if asked == "auto" else asked
                self._place = _Place(self.options.region or self.traits.region, style)
            return self._place

    def _elsewhere(self, error: StoreError, used: _Place) -> _Place | None:
        """The address where the same request may succeed after this refusal; None if unknown."""
        with self._lock:
            now = self._where()
            if now != used:
                return now  # another thread has found it
            region = str(error.details.get("region") or "")
            if error.kind == "region" and region and not self.options.region and region != now.region:
                return dataclasses.replace(now, region=region)
            open_style = self.options.addressing_style == "auto" and not self._style_tried and not self.bucket_answered
            endpoint = self.options.endpoint_url or ""
            by_name = bool(endpoint) and not _BY_NUMBER.match(endpoint)
            remembered = now.style == "virtual"  # and the store may take the path again, or have no names any more
            may_help = error.kind in ("no_bucket", "region", "unsupported", "protocol") or error.status in REDIRECTS
            if open_style and by_name and (may_help or (remembered and error.kind == "unreachable")):
                self._style_tried = True
                return dataclasses.replace(now, style="path" if remembered else "virtual")
        return None

    def _retry_at(self, there: _Place, used: _Place, once: Any, first: StoreError) -> dict[str, Any]:
        with self._lock:
            self._place = there
        try:
            answer = once()
        except StoreError as error:
            if error.kind in ("not_found", "exists", "changed") or (
                there.style == used.style and error.kind != "region"
            ):
                self._keep(there, used)
                raise
            with self._lock:
                self._place = used
            raise first from None
        self._keep(there, used)
        return cast("dict[str, Any]", answer)

    def _keep(self, there: _Place, used: _Place) -> None:
        seen = {"region": there.region} if there.region != used.region else {}
        if there.style != used.style:
            seen["addressing_style"] = there.style
        self.learn(**seen)

    def find_region(self, key: str) -> None:
        """Request the bucket's region once, unless the options or an earlier answer have it. For presigned URLs: their
        client cannot correct the region."""
        with self._lock:
            if self.options.region or self._where().region or self._region_asked:
                return
            self._region_asked = True
        used = str(self.client().meta.region_name or "")
        corrected = ""
        try:
            answer = self.call("head_bucket", "ask for the region of", key)
            # botocore repeats a refused request in the region that the refusal names, and does not say so.
            corrected = self._state.signed_for
        except StoreError as error:  # a refusal contains it too
            answer = getattr(error.__cause__, "response", None) or {}
        found = headers_of(answer).get("x-amz-bucket-region", "") or (corrected if corrected != used else "")
        if found and found != used:
            with self._lock:
                self._place = dataclasses.replace(self._where(), region=found)
        if found:
            self.learn(region=found)

    # Keys and parameters.

    def full_key(self, key: str) -> str:
        """The key in the bucket."""
        return self.prefix + key

    def on(self, key: str) -> str:
        """The object in messages."""
        return f"{key or 'keys'} in {self._named()}"

    def _named(self) -> str:
        where = f" at {self.options.endpoint_url}" if self.options.endpoint_url else ""
        return f"{self.url}{where}"

    def source(self, key: str) -> dict[str, str]:
        """The source of a copy."""
        return {"Bucket": self.bucket, "Key": self.full_key(key)}

    def encryption(self) -> dict[str, Any]:
        """Parameters of server-side encryption from the options."""
        out: dict[str, Any] = {"ServerSideEncryption": self.options.sse} if self.options.sse else {}
        if self.options.kms_key_id:
            out["SSEKMSKeyId"] = self.options.kms_key_id
        return out

    def storage_class(self) -> dict[str, Any]:
        """The storage class of archives. Manifests and other small objects use the store's default, where reads are
        fast."""
        return {"StorageClass": self.options.storage_class} if self.options.storage_class else {}

    def _options_in(self, parameters: dict[str, Any], error: StoreError) -> str:
        """The options that a refused request contained, if they may be the cause."""
        if error.kind not in ("other", "unsupported") or (error.status or 0) >= 502:
            return ""
        names = {"ServerSideEncryption": "sse", "SSEKMSKeyId": "kms_key_id", "StorageClass": "storage_class"}
        asked = [f"{name}: {parameters[word]}" for word, name in names.items() if word in parameters]
        if not asked:
            return ""
        return f"The request contained {' and '.join(asked)}: check the value, or remove it if the store lacks it."
