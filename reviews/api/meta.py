"""What the API says of itself: keys, schemas, OpenAPI, a page of documentation."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews import openapi, signing
from reviews.answers import signing_key
from reviews.api import reading
from reviews.schema import sources
from workspaces.errors import NotFound
from workspaces.http import endpoint, json_response


@endpoint("GET")
def keys(request: HttpRequest) -> HttpResponse:
    """The Ed25519 public keys that decision documents are signed with."""
    return json_response(signing.keys_document([signing_key().public]))


@endpoint("GET")
def schema(request: HttpRequest, name: str) -> HttpResponse:
    stem = name.removesuffix(".json").removesuffix(".schema")
    if stem not in sources.NAMES:
        raise NotFound(f"There is no schema {name}; there are {', '.join(sources.NAMES)}.")
    response = HttpResponse(sources.text(stem), content_type="application/schema+json")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@endpoint("GET")
def openapi_json(request: HttpRequest) -> HttpResponse:
    return json_response(openapi.document(settings.SITE_URL))


@endpoint("GET")
def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as a page, rendered here: no script, nothing from elsewhere."""
    api = reading.arrange(openapi.document(settings.SITE_URL))
    return render(request, "reviews/api_docs.html", {"api": api})


@endpoint("GET", "POST", "PUT", "DELETE", "PATCH")
def unknown(request: HttpRequest) -> HttpResponse:
    raise NotFound("There is nothing at this address; /api/v1/docs lists what there is.")
