"""RFC 9457 problem documents: the one shape of every error that leaves a service."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from interlinker_shared import errors
from interlinker_shared.http.idempotency import ReplayedAnswer

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:interlinkers:problem:"

STATUS: dict[type[errors.DomainError], int] = {
    errors.MalformedError: 400,
    errors.UnauthorisedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.PreconditionError: 412,
    errors.TooLargeError: 413,
    errors.UnsupportedMediaError: 415,
    errors.InvalidError: 422,
    errors.PreconditionMissingError: 428,
    errors.TooManyError: 429,
    errors.UnavailableError: 503,
    errors.StorageFullError: 507,
}
SLUG_OF_STATUS = {
    400: "malformed",
    401: "unauthorised",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
}
NEXT_STEP = {
    404: errors.NotFoundError().message,
    400: "The body cannot be read. Send valid JSON in UTF-8.",
    405: "This address does not take that method; see the Allow header.",
}

TOLD = "interlinkers.told"  # in the scope: the log has the mistake that this request found

log = structlog.get_logger()

Responses = dict[int | str, dict[str, Any]]


class FieldProblem(BaseModel):
    """One wrong field. `pointer` is an RFC 6901 pointer into the body, or /query/…, /path/…, /header/… elsewhere."""

    pointer: str
    detail: str
    code: str


class Problem(BaseModel):
    """An error, by RFC 9457. `type` is stable and may be relied on; `detail` says what to do next."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] = Field(default_factory=list)


def declared(*statuses: int, also: str | None = None) -> Responses:
    """How a route says that it may answer these problems; `also` is a media type that they may come as too.

    By reference: FastAPI would compile a model given here anew for each route and status, a tenth of a second at start.
    """
    content: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if also is not None:
        content[also] = {"schema": {"type": "string"}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


EVERYWHERE = (400, 401, 403, 404, 409, 413, 414, 415, 422, 429, 431)
_OF_AN_API, _OF_A_PAGE = declared(*EVERYWHERE), declared(*EVERYWHERE, also="text/html")


def answers_of(route: APIRoute) -> Responses:
    """What a route may answer, told by what it takes and gives; what it says itself counts more."""
    takes = {parameter.alias for parameter in route.dependant.header_params}
    found = _OF_A_PAGE if is_page(route) else _OF_AN_API
    if "if-match" in takes:
        found = found | declared(412, *(() if "DELETE" in (route.methods or ()) else (428,)))
    if "if-none-match" in takes:
        found = found | {304: {"description": "Unchanged."}}
    return found | route.responses


def is_page(route: object) -> bool:
    """Whether people look at what a route answers, or are sent on to where they can."""
    answers = getattr(route, "response_class", None)
    return issubclass(answers.value if isinstance(answers, DefaultPlaceholder) else answers or Response, HTMLResponse)


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """Put into an OpenAPI document the schemas that `declared` refers to."""
    for operations in document["paths"].values():
        for operation in operations.values():
            _leave_out_what_pages_ignore(operation)
    schema = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(schema.pop("$defs"), Problem=schema)
    return document


def _leave_out_what_pages_ignore(operation: dict[str, Any]) -> None:
    answers = operation["responses"].get("422", {}).get("content", {})
    if "text/html" in answers and "parameters" in operation:
        operation["parameters"] = [one for one in operation["parameters"] if one["name"] != "idempotency-key"]
        if not operation["parameters"]:
            del operation["parameters"]


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as an answer."""
    body = problem.model_dump_json(exclude_none=True, exclude_defaults=not problem.errors)
    return Response(body, problem.status, headers, MEDIA_TYPE)


def problem_of(status: int, slug: str, detail: str | None, fields: Sequence[errors.FieldError] = ()) -> Problem:
    """A problem document from its parts."""
    return Problem(
        type=TYPE_PREFIX + slug,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=[FieldProblem(pointer=field.pointer, detail=field.message, code=field.code) for field in fields],
    )


def problem_of_error(error: errors.DomainError) -> Problem:
    """The problem document of a domain error."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
    fields = error.fields if isinstance(error, errors.InvalidError) else ()
    return problem_of(status, error.kind_slug, error.message, fields)


def install(app: FastAPI) -> None:
    """Let every error leave `app` as a problem document."""
    app.add_exception_handler(errors.DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ReplayedAnswer, _on_replay)
    app.add_exception_handler(Exception, answer_to_bug)


async def answer_to(request: Request, error: errors.DomainError | HTTPException) -> Response:
    """The answer to a request that failed with one of these."""
    handle = _on_domain_error if isinstance(error, errors.DomainError) else _on_http_error
    return await handle(request, error)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.DomainError)  # noqa: S101 - narrows the type
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if isinstance(error, errors.UnauthorisedError):
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(request, problem_of_error(error), headers)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the type
    found = [dict(entry) for entry in error.errors()]
    if _wants_json(request) and any(entry["loc"] == ("body",) for entry in found):
        detail = "The body must be JSON, sent as Content-Type: application/json."
        return _answer(request, problem_of(415, "unsupported-media-type", detail))
    unreadable = next((entry for entry in found if entry["type"] == "json_invalid"), None)
    if unreadable:
        where = unreadable["loc"][1] if len(unreadable["loc"]) > 1 else 0
        detail = f"The body is not valid JSON: {unreadable['ctx']['error']} at character {where}."
        return _answer(request, problem_of(400, "malformed", detail))
    fields = [errors.FieldError(_pointer(entry["loc"]), errors.plain(entry["msg"]), entry["type"]) for entry in found]
    detail = "; ".join(f"{field.pointer}: {field.message}" for field in fields[:3])
    return _answer(request, problem_of(422, "invalid", detail, fields))


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type
    slug = SLUG_OF_STATUS.get(error.status_code, "error")
    detail = NEXT_STEP.get(error.status_code, str(error.detail))
    return _answer(request, problem_of(error.status_code, slug, detail), dict(error.headers or {}))


async def _on_replay(request: Request, error: Exception) -> Response:
    assert isinstance(error, ReplayedAnswer)  # noqa: S101 - narrows the type
    headers = {"Idempotency-Replayed": "true"}
    if error.body == "null":
        return Response(status_code=error.status, headers=headers)
    answer = json.loads(error.body)
    if isinstance(answer, dict) and isinstance(answer.get("version"), int):
        headers["ETag"] = f'"{answer["version"]}"'
    kind = request.app.state.kit.assets
    if kind is not None and getattr(request.scope.get("route"), "path", None) == kind.path:
        headers["Location"] = kind.location(answer["id"])
    return Response(error.body, error.status, headers, "application/json")


async def answer_to_bug(request: Request, error: Exception) -> Response:
    """The answer to a request that found a mistake of ours, which is logged."""
    return _answer(request, _logged(request.scope, error))


def bug_of(scope: Scope, error: Exception) -> Response:
    """The same where the mistake may be in what makes an answer: it is logged, and told as JSON to everybody."""
    return problem_response(_logged(scope, error))


def _logged(scope: Scope, error: Exception) -> Problem:
    scope[TOLD] = True
    log.error("unexpected error", path=scope["path"], exc_info=error)
    detail = "Something went wrong on our side. Nothing was stored; try again, and tell us if it happens again."
    return problem_of(500, "internal", detail)


def _answer(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    page = getattr(request.app.state, "problem_page", None)
    if page is not None and "text/html" in request.headers.get("accept", ""):
        response: Response = page(request, problem)
        response.headers.update(headers or {})
        return response
    return problem_response(problem, headers)


def _wants_json(request: Request) -> bool:
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(int(request.headers.get("content-length") or 1)) and not (
        sent == "application/json" or sent.endswith("+json")
    )


def _pointer(location: Sequence[str | int]) -> str:
    return errors.pointer(*(location[1:] if location and location[0] == "body" else location))
