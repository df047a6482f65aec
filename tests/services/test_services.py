"""The services that other tests stand on are real and separate."""

import psycopg
import pytest

from tests.services.chromium import Screens
from tests.services.postgres import Postgres
from tests.services.programs import NotReady, Program
from tests.services.redis import RedisServer


@pytest.mark.services
def test_postgres_gives_every_caller_an_empty_database(postgres: Postgres) -> None:
    first, second = postgres.create_database(), postgres.create_database()
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE mark (id int)")
    with psycopg.connect(second) as connection:
        tables = connection.execute("SELECT to_regclass('mark')").fetchone()
    assert tables == (None,)


@pytest.mark.services
def test_redis_comes_back_empty_on_the_same_port(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("mark", "1")
    redis_server.stop()
    assert not redis_server.is_ready()
    redis_server.start()
    with redis_server.client() as client:
        assert client.get("mark") is None


@pytest.mark.browser
def test_a_request_to_another_origin_is_a_fault(screens: Screens) -> None:
    page = screens.open("http://127.0.0.1:9")
    page.set_content("<img src='http://127.0.0.1:7/x.png' alt=''>", wait_until="load")
    assert any("another origin" in fault for fault in screens.left())
    screens.allow(r"127\.0\.0\.1:7")


@pytest.mark.browser
def test_a_script_error_on_a_page_is_a_fault(screens: Screens) -> None:
    page = screens.open("http://127.0.0.1:9")
    page.set_content("<script>missing_function()</script>")
    assert any("missing_function" in fault for fault in screens.left())
    screens.allow("missing_function")


def test_a_program_that_dies_is_reported_with_its_last_words(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log = tmp_path_factory.mktemp("program") / "log"
    program = Program("short", ["sh", "-c", "echo last words; exit 3"], log=log)
    program.start()
    with pytest.raises(NotReady, match=r"ended with 3(.|\n)*last words"):
        program.wait_until(lambda: False)
