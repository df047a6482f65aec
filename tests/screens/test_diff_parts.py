"""A long diff comes in parts: together they are the whole, and none is a stranger's to read."""

import re
from html import unescape
from typing import Any

from django.test import Client

from reviews.models import Handoff
from tests.cast import Cast

OLD = [f"line {n} of ten thousand" for n in range(10_000)]
FETCH = {"X-Requested-With": "fetch"}
ROW = re.compile(r'id="file-1-([LO]\d+)"')
PLACE = re.compile(r'data-rest="([^"]+)"')


def revised(cast: Cast, old: list[str], new: list[str]) -> Handoff:
    def body(lines: list[str]) -> dict[str, Any]:
        content = "\n".join(lines) + "\n"
        return {"title": "Long", "context": {"files": [{"path": "a.txt", "content": content}]}}

    handoff = cast.submit(**body(old))
    answer = cast.api().post(
        f"/api/v1/handoffs/{handoff.public_id}/revisions", body(new),
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 201
    return handoff


def parts(client: Client, handoff: Handoff) -> tuple[str, list[str]]:
    """The page, and what comes into each of its places."""
    html = client.get(f"{handoff.get_absolute_url()}?tab=files").text
    urls = [unescape(url) for url in PLACE.findall(html)]
    answers = [client.get(url, headers=FETCH) for url in urls]
    assert {answer.status_code for answer in answers} <= {200}
    return html, [answer.text for answer in answers]


def test_the_page_has_the_first_part_and_the_parts_together_are_the_whole(cast: Cast) -> None:
    handoff = revised(cast, OLD, [f"{line}!" for line in OLD])
    client = cast.client(cast.reviewer)
    html, others = parts(client, handoff)
    assert len(html) < 200_000 and all(len(part) < 600_000 for part in others)
    assert len(ROW.findall(html)) <= 600
    found = [anchor for piece in (html, *others) for anchor in ROW.findall(piece)]
    whole = client.get(f"{handoff.get_absolute_url()}?tab=files&all=1").text
    assert found == ROW.findall(whole) and not PLACE.findall(whole)
    assert sorted(found) == sorted(f"{side}{n}" for side in "LO" for n in range(1, 10_001))
    assert "+10000" in html and "−10000" in html


def test_small_changes_all_over_a_long_file_come_with_their_folds(cast: Cast) -> None:
    new = [f"{line}!" if n % 20 == 0 else line for n, line in enumerate(OLD)]
    html, others = parts(cast.client(cast.reviewer), revised(cast, OLD, new))
    assert len(others) >= 1
    folds = re.findall(
        r'class="fold" data-start="(\d+)" data-stop="(\d+)"', "".join([html, *others])
    )
    folded = sum(int(stop) - int(start) for start, stop in folds)
    shown = sum(anchor[0] == "L" for piece in (html, *others) for anchor in ROW.findall(piece))
    assert folded + shown == len(OLD)


def test_a_diff_that_fits_has_no_parts(cast: Cast) -> None:
    html, others = parts(
        cast.client(cast.reviewer), revised(cast, OLD[:500], [f"{line}!" for line in OLD[:500]])
    )
    assert not others and len(ROW.findall(html)) == 1_000


def test_a_part_of_another_diff_or_beyond_the_last_is_not_there(cast: Cast) -> None:
    handoff = revised(cast, OLD, [f"{line}!" for line in OLD])
    client = cast.client(cast.reviewer)
    html = client.get(f"{handoff.get_absolute_url()}?tab=files").text
    url = unescape(PLACE.findall(html)[0])
    for wrong in (
        url.replace("part=1", "part=99"), url.replace("part=1", "part=0"),
        url.replace("file=1", "file=9"), re.sub("of=[^&]+", "of=other", url),
    ):  # fmt: skip
        assert client.get(wrong, headers=FETCH).status_code == 404
    assert cast.client(cast.stranger).get(url, headers=FETCH).status_code == 404
    plain = client.get(url)
    assert plain.status_code == 302 and "all=1" in plain["Location"]
