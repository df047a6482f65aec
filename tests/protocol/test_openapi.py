import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from reviews import dialects, openapi, schema
from tests.protocol.conftest import EXAMPLES, NOW

API = openapi.document("https://desk.example/")
REGISTRY = Registry().with_resource("urn:api", Resource.from_contents(API, DRAFT202012))
SUBMIT = {"201", "200", "400", "401", "403", "405", "409", "413", "415", "422", "429", "503", "507"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in API["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from nodes(each)


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        {"$ref": f"urn:api#/components/schemas/{name}"}, registry=REGISTRY
    )


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = API
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def test_it_is_openapi_3_1_of_this_desk() -> None:
    assert API["openapi"].startswith("3.1.")
    assert API["servers"] == [{"url": "https://desk.example/api/v1"}]
    assert {"title", "version"} <= set(API["info"])


def test_every_reference_leads_somewhere_and_nothing_is_unused() -> None:
    references = {node["$ref"] for node in nodes(API) if isinstance(node.get("$ref"), str)}
    for reference in references:
        resolved({"$ref": reference})
    for kind in ("schemas", "parameters", "headers", "responses"):
        unused = {
            name for name in API["components"][kind]
            if f"#/components/{kind}/{name}" not in references
        }  # fmt: skip
        assert unused == set()


@pytest.mark.parametrize("name", API["components"]["schemas"])
def test_every_schema_is_a_sound_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(API["components"]["schemas"][name])


def test_every_operation_is_whole() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names) == 11
    tags = {tag["name"] for tag in API["tags"]}
    for path, method, operation in operations():
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        assert any(status.startswith("2") for status in operation["responses"])
        shared = API["paths"][path].get("parameters", [])
        parameters = [resolved(each) for each in [*shared, *operation.get("parameters", [])]]
        in_path = {each["name"] for each in parameters if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        assert ("requestBody" in operation) == (method == "post" and not path.endswith("withdraw"))


def test_every_error_is_a_problem() -> None:
    for _path, _method, operation in operations():
        for status, response in operation["responses"].items():
            response = resolved(response)
            assert response["description"]
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]
                content = response["content"]["application/problem+json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                validator("Problem").validate(content["example"])
                assert content["example"]["status"] == int(status)


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/handoffs", "post", SUBMIT),
        ("/handoffs/{id}/revisions", "post", SUBMIT | {"404"}),
        ("/handoffs", "get", {"200", "401", "403", "405", "422", "429", "503"}),
        ("/handoffs/{id}", "get",
         {"200", "304", "401", "403", "404", "405", "422", "429", "503"}),
        ("/handoffs/{id}/messages", "post", {"201", "404", "409"}),
        ("/handoffs/{id}/withdraw", "post", {"200", "404", "409"}),
        ("/handoffs/{id}/ack", "post", {"200", "404", "409"}),
        ("/handoffs/{id}/files/{sha256}", "get", {"200", "404"}),
    ],
)  # fmt: skip
def test_the_statuses_of_the_protocols_table_are_described(
    path: str, method: str, statuses: set[str]
) -> None:
    assert statuses <= set(API["paths"][path][method]["responses"])


def test_tokens_are_needed_except_for_what_describes_the_desk() -> None:
    open_ones = {path for path, _, operation in operations() if operation.get("security") == []}
    assert open_ones == {"/keys", "/schemas/{name}", "/openapi.json"}


@pytest.mark.parametrize("kind", ["handoff", "decision"])
def test_the_described_documents_are_the_protocols(kind: str) -> None:
    described = validator(kind.capitalize())
    for value in EXAMPLES[f"{kind}_ok"].values():
        assert described.is_valid(value)
    for value in EXAMPLES[f"{kind}_bad"].values():
        assert not described.is_valid(value)


def test_the_examples_of_bodies_are_taken() -> None:
    content = API["paths"]["/handoffs"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        native = dialects.translate(example["value"])
        schema.parse(native.document if native else example["value"], now=NOW, origin="api")
