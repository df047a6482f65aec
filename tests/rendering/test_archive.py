"""Archives: a list of names, whatever they claim, and nothing unpacked."""

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rendering import archive


def zipped(names: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in names.items():
            made.writestr(name, data)
    return file.getvalue()


def tarred(mode: str, names: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as made:  # type: ignore[call-overload]
        for name, data in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return file.getvalue()


def read(data: bytes) -> archive.ArchiveView:
    return archive.read(io.BytesIO(data), len(data))


@pytest.mark.parametrize("make", [zipped, lambda n: tarred("w", n), lambda n: tarred("w:gz", n)])
def test_names_and_sizes_are_listed(make: object) -> None:
    view = read(make({"a.txt": b"12345", "<b>/\u202ec": b""}))  # type: ignore[operator]
    assert [entry.size for entry in view.entries] == [5, 0]
    assert view.entries[1].name.startswith("&lt;b&gt;/") and "⟦RLO⟧" in view.entries[1].name


def test_what_is_dangerous_to_unpack_is_named() -> None:
    view = read(zipped({"../up": b"", "/etc/passwd": b"", "C:\\x": b"", "bomb": bytes(9_000_000)}))
    said = [entry.warning for entry in view.entries]
    assert said[:3] == ["leads out of the folder it is unpacked in"] * 3
    assert "thousandfold" in said[3]


def test_many_entries_are_cut_and_a_huge_list_is_not_read() -> None:
    view = read(zipped({f"{n}": b"" for n in range(1_200)}))
    assert (len(view.entries), view.total) == (1_000, 1_200) and "first 1000" in view.note
    assert "too large" in read(zipped({"x" * 60_000 + str(n): b"" for n in range(80)})).note


def test_a_compressed_tar_that_inflates_without_end_is_left() -> None:
    view = read(tarred("w:gz", {"zeros": bytes(archive.LIMIT_INFLATED), "after": b"x"}))
    assert len(view.entries) == 1 and "ends here" in view.note


@given(st.binary(max_size=300), st.sampled_from([b"PK\3\4", b"\x1f\x8b\x08", b"PK\5\6", b""]))
def test_no_bytes_raise(data: bytes, head: bytes) -> None:
    read(head + data)


@given(st.data())
def test_a_damaged_archive_does_not_raise(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([ZIP, TAR, TGZ])))
    for _time in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(whole[: data.draw(st.integers(1, len(whole)))]))


NAMES = {"a/b.txt": b"words", "c" * 120: b"x" * 700}
ZIP, TAR, TGZ = zipped(NAMES), tarred("w", NAMES), tarred("w:gz", NAMES)
