import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.package import BoundFile, digest
from tests.protocol.conftest import handoff
from workspaces import strictjson

A = BoundFile("a.txt", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
GONE = BoundFile("gone.txt", None, None)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_is_over_exactly_this_text() -> None:
    assert digest('{"title":"x"}', []) == sha256('{"document":{"title":"x"},"files":[]}')
    assert digest('{"title":"x"}', [GONE, A]) == sha256(
        '{"document":{"title":"x"},"files":['
        '{"path":"a.txt","sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",'
        '"size":3},{"path":"gone.txt","sha256":null,"size":null}]}'
    )


def test_known_digests_do_not_change() -> None:
    """Vectors for other implementations; a change here breaks every agent that checks them."""
    assert digest('{"title":"Nightly report is ready"}', []) == (
        "b5a62e3bbf211d0009f6ed6810391e22d01f2dfec0620899c0e28077ce701be0"
    )
    document = strictjson.dumps(
        strictjson.loads('{"title": "Größe", "x": [1.50, 1E5, -0, "\\u00e9"]}'.encode())
    )
    assert document == '{"title":"Größe","x":[1.50,1E5,-0,"é"]}'
    assert digest(document, [A, GONE]) == (
        "ccf8d4106cf8ab44b4c4ddf6bac1fba6ae98ec41768e487253fea492b528ea90"
    )


def test_order_and_repetition_of_files_do_not_matter() -> None:
    assert digest("{}", [A, GONE, A]) == digest("{}", [GONE, A])


def test_files_are_sorted_by_code_point() -> None:
    names = ["￿", "\U0001f600", "b", "B", "a/b", "a-b"]
    listed = [{"path": name, "sha256": None, "size": None} for name in sorted(names)]
    whole = json.dumps({"document": {}, "files": listed}, ensure_ascii=False, separators=(",", ":"))
    assert digest("{}", [BoundFile(name, None, None) for name in names]) == sha256(whole)


def test_one_path_cannot_be_bound_with_two_contents() -> None:
    with pytest.raises(ValueError, match="two contents"):
        digest("{}", [A, BoundFile("a.txt", None, None)])


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
def test_any_reader_with_the_standard_library_gets_the_same_digest(
    metadata: dict[str, int | str],
) -> None:
    value = {"title": "x", "metadata": metadata}
    package = {"document": value, "files": [A.as_dict()]}
    text = json.dumps(package, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    canonical = handoff(metadata=metadata).canonical
    assert digest(canonical.replace('"Deploy"', '"x"'), [A]) == sha256(text)
