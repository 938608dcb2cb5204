"""Long work of any kind: orders, turns, watchers, cancel and processes, with two kinds at once."""

import json
import os
import subprocess
import sys
import time

import pytest
from optviz_app.app import make_app
from optviz_app.jobs import channel, tasks
from optviz_app.jobs.channel import Channel, Orders
from optviz_app.jobs.endpoint import parse_address, parse_browser
from optviz_app.jobs.executors import AT_ONCE
from optviz_app.jobs.job import MOST, MOST_EACH, MOST_FROM, PAGES, order_turns
from optviz_app.jobs.queue import Jobs
from optviz_app.jobs.tasks import KEEP, Request, forget_oldest
from optviz_app.jobs.worker import read_niceness, work
from optviz_app.pages.movielens.training_task import make_training_request

from optviz.experiments.ratings import RatingsExperiment
from tests.support.long_work import count_request, read_count
from tests.support.ratings_made import few_ratings, slow_ask, wait_until

TINY = "tests.support.long_work:TinyTask"

# -- orders


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set by hand."""
    now = [1000.0]
    monkeypatch.setattr(channel.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("given", ["low", "-5", "20", "1.5", ""])
def test_a_wrong_niceness_is_a_sentence(given):
    assert read_niceness("0") == 0
    with pytest.raises(ValueError, match=f'whole number from 0 to 19, got "{given}"'):
        read_niceness(given)


def test_work_goes_on_without_orders(tmp_path, clock):
    assert not Orders(Channel(tmp_path)).must_stop()


def test_work_stops_when_canceled_and_says_why(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    Channel(tmp_path).cancel()
    assert orders.must_stop()
    assert orders.why == "canceled"


def test_work_stops_when_nobody_has_watched_for_ninety_seconds(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    Channel(tmp_path).lend()
    orders.must_stop()
    clock[0] += 89
    assert not orders.must_stop()
    clock[0] += 2
    assert orders.must_stop()
    assert orders.why == "stopped, as no page was watching"


def test_work_goes_on_while_a_page_watches(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    for _ in range(5):
        (tmp_path / "lease").unlink(missing_ok=True)
        Channel(tmp_path).lend()
        assert not orders.must_stop()
        clock[0] += 80


def test_work_stops_soon_after_its_last_page_left(tmp_path, clock):
    orders = Orders(Channel(tmp_path))
    Channel(tmp_path).lend(channel.LEFT_S)
    assert not orders.must_stop()
    clock[0] += channel.LEFT_S + 1
    assert orders.must_stop()


# -- jobs


def train(seed: int) -> Request:
    """A training."""
    return make_training_request(RatingsExperiment(rules=("adam:lr=0.01",), seed=seed))


def ask(number: int) -> Request:
    """A training or work of the second kind, in turn."""
    return count_request(number) if number % 2 else train(number)


def test_same_work_asked_twice_is_one_job(held):
    jobs, executor = held
    for request in (ask(1), ask(2), ask(1), ask(2)):
        jobs.submit(request)
    assert len(executor.calls) == 2


def test_same_settings_of_two_kinds_are_two_jobs():
    assert Request("tiny", "{}").key != Request("training", "{}").key


def test_work_that_waits_is_told_its_place(held):
    jobs, _ = held
    for number in range(5):
        jobs.submit(ask(number), f"browser-{number}")
    looks = [jobs.look(ask(number)) for number in range(5)]
    assert [look["phase"] for look in looks] == ["starting"] * 2 + ["waiting"] * 3
    assert [look["place"] for look in looks[2:]] == [1, 2, 3]
    assert [look["waiting"] for look in looks[2:]] == [3, 3, 3]


def test_browsers_take_turns(held):
    jobs, executor = held
    for number, browser in enumerate(["first---", "first---", "first---", "second--", "third---"]):
        jobs.submit(ask(number), browser)
    places = {number: jobs.look(ask(number)).get("place") for number in range(5)}
    assert places == {0: None, 1: None, 2: 3, 3: 1, 4: 2}
    executor.futures[0].set_result(None)
    assert len(executor.calls) == 3
    assert (TINY, *ask(3)) == executor.calls[2][1:4]


def test_turns_go_round_by_round_and_what_runs_counts():
    line = [("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")]
    assert order_turns(line, []) == ["a1", "b1", "c1", "a2", "b2"]
    assert order_turns(line, ["a", "b"]) == ["c1", "a1", "b1", "a2", "b2"]


@pytest.mark.parametrize(
    ("make", "words"), [(train, "3 trainings"), (count_request, "3 counts"), (ask, "3 jobs")]
)
def test_one_browser_may_have_three_jobs(held, make, words):
    jobs, _ = held
    for number in range(MOST_EACH):
        jobs.submit(make(number), "greedy--")
    with pytest.raises(ValueError, match=f"{words} of this browser are under way already: wait"):
        jobs.submit(make(99), "greedy--")
    jobs.submit(make(99), "modest--")


@pytest.mark.parametrize(("make", "words"), [(train, "20 trainings"), (ask, "20 jobs")])
def test_too_many_jobs_are_refused(held, make, words):
    jobs, _ = held
    for number in range(MOST):
        jobs.submit(make(number), f"browser-{number}")
    with pytest.raises(ValueError, match=f"{words} are under way already: try again later"):
        jobs.submit(make(99), "another-")


@pytest.mark.parametrize("sent", [None, 7, "", "short", "x" * 41, "../../etc", ["a"], "UPPER-CASE"])
def test_browser_that_sends_no_proper_id_counts_as_nameless(sent):
    assert parse_browser(sent) == ""
    assert parse_browser("0123abcd-browser") == "0123abcd-browser"


def test_work_that_waits_can_be_canceled_at_once(held):
    jobs, executor = held
    for number in range(4):
        jobs.submit(ask(number), f"browser-{number}")
    for number in (2, 3):
        jobs.cancel(ask(number), f"browser-{number}")
        assert jobs.look(ask(number))["phase"] == "canceled"
    executor.futures[0].set_result(None)
    assert len(executor.calls) == 2


def test_work_that_waits_is_dropped_when_nobody_watches_it_any_more(held, monkeypatch):
    jobs, _ = held
    for number in range(4):
        jobs.submit(ask(number), f"browser-{number}")
    later = time.monotonic() + channel.WATCHED_S + 1
    jobs.jobs[ask(3).key].until = later + channel.WATCHED_S
    monkeypatch.setattr("optviz_app.jobs.job.time.monotonic", lambda: later)
    assert jobs.look(ask(3))["place"] == 1
    dropped = jobs.look(ask(2))
    assert (dropped["phase"], dropped["why"]) == ("canceled", "stopped, as no page was watching")


@pytest.mark.parametrize("number", [1, 2])
def test_work_that_two_browsers_asked_for_goes_on_until_both_cancel(held, number):
    jobs, _ = held
    jobs.submit(ask(number), "first---")
    jobs.submit(ask(number), "second--")
    orders = Orders(jobs.jobs[ask(number).key].channel)
    jobs.cancel(ask(number), "first---")
    assert not orders.must_stop()
    assert jobs.look(ask(number), "first---")["mine"] is False
    jobs.cancel(ask(number), "second--")
    orders.looked = -1e9
    assert orders.must_stop()


@pytest.mark.parametrize(("number", "noun"), [(1, "count"), (2, "training")])
def test_work_that_broke_off_is_said_without_its_traceback(held, caplog, number, noun):
    jobs, executor = held
    jobs.submit(ask(number))
    executor.futures[0].set_exception(RuntimeError("secret path"))
    state = jobs.look(ask(number))
    assert state["phase"] == "failed"
    assert state["why"].startswith(f"the {noun} broke off (RuntimeError)")
    assert "secret" not in state["why"]
    assert "secret path" in caplog.text


def test_work_that_failed_can_be_asked_for_again(held):
    jobs, executor = held
    jobs.submit(ask(1))
    executor.futures[0].set_exception(RuntimeError())
    jobs.submit(ask(1))
    assert len(executor.calls) == 2
    assert jobs.look(ask(1))["phase"] == "starting"


def test_page_that_leaves_shortens_the_lease_unless_another_watches(held):
    jobs, _ = held
    jobs.submit(ask(1))
    lease = jobs.jobs[ask(1).key].channel.folder / "lease"
    assert jobs.watch(ask(1).key, "first")
    assert jobs.watch(ask(1).key, "second")
    jobs.watch(ask(1).key, "first", leave=True)
    assert float(lease.read_text()) == channel.WATCHED_S
    jobs.watch(ask(1).key, "second", leave=True)
    assert float(lease.read_text()) == channel.LEFT_S


def test_no_number_of_invented_pages_ends_what_a_page_watches(held):
    jobs, _ = held
    jobs.submit(ask(1))
    job = jobs.jobs[ask(1).key]
    lease, strangers = job.channel.folder / "lease", [f"stranger-{i}" for i in range(3 * PAGES)]
    for name in strangers:
        jobs.watch(job.task.request.key, name)
    jobs.watch(ask(1).key, "true")
    assert "true" in job.watchers
    for name in strangers:
        jobs.watch(ask(1).key, name)
        assert len(job.watchers) <= PAGES
    for name in [*strangers, "another"]:
        jobs.watch(ask(1).key, name, leave=True)
    assert float(lease.read_text()) == channel.WATCHED_S


def test_page_that_never_watched_ends_nothing_by_leaving(held):
    jobs, _ = held
    jobs.submit(ask(1))
    jobs.watch(ask(1).key, "stranger", leave=True)
    lease = jobs.jobs[ask(1).key].channel.folder / "lease"
    assert float(lease.read_text()) == channel.WATCHED_S


def test_one_machine_with_invented_browsers_leaves_places_to_others(held):
    jobs, _ = held
    for number in range(MOST_FROM):
        jobs.submit(ask(number), f"browser-{number}", address="192.168.0.7")
    with pytest.raises(ValueError, match="8 jobs of this network address are under way already"):
        jobs.submit(ask(98), "browser-98", address="192.168.0.7")
    jobs.submit(ask(99), "browser-99", address="192.168.0.8")
    jobs.submit(ask(97), "browser-97")
    assert jobs.look(ask(99))["place"] == 1  # before the other machine's next
    for number in range(3 * PAGES):
        jobs.submit(ask(99), f"invented-{number}", address="192.168.0.7")
    assert len(jobs.jobs[ask(99).key].browsers) <= PAGES


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("192.168.0.7", "192.168.0.7"),
        ("::ffff:192.168.0.7", "192.168.0.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::7%eth0", "fe80::/64"),
        ("nonsense", ""),
        (None, ""),
    ],
)
def test_other_machines_are_told_apart_by_their_address(sent, address):
    assert parse_address(sent) == address


def test_nothing_is_watched_where_nothing_runs(held):
    assert not held[0].watch("0123", "page")


def test_page_is_watched_by_http(cache):
    with make_app().server.test_client() as client:
        assert client.post("/jobs/watch", json={"key": "x", "page": "y"}).get_json() is False
        assert client.post("/jobs/watch", data="no json").get_json() is False
        assert client.post("/jobs/watch", json=[1]).get_json() is False


# -- results


def test_only_the_newest_results_are_kept(tmp_path):
    for i in range(KEEP + 3):
        (tmp_path / str(i)).mkdir()
        (tmp_path / str(i) / "result.json").write_text("{}")
    forget_oldest(tmp_path)
    assert len(list(tmp_path.iterdir())) == KEEP


def test_oldest_results_go_beyond_the_bytes_that_are_kept(tmp_path, monkeypatch):
    for i in range(4):
        (tmp_path / str(i)).mkdir()
        (tmp_path / str(i) / "model.npz").write_bytes(bytes(1000))
        (tmp_path / str(i) / "result.json").write_text("{}")
        os.utime(tmp_path / str(i) / "result.json", (1e9 + i, 1e9 + i))
    for most, names in ((2500, ["2", "3"]), (10, ["3"])):
        monkeypatch.setattr(tasks, "KEEP_BYTES", most)
        tasks.forget_oldest(tmp_path)
        assert sorted(each.name for each in tmp_path.iterdir()) == names


def run_here(request: Request, cache, folder, cancel: bool = False) -> dict:
    """Do work of the second kind in this process; return its last words."""
    folder.mkdir()
    if cancel:
        Channel(folder).cancel()
    work(str(folder), TINY, *request, str(cache))
    told = Channel(folder).read_progress()
    assert told
    return told


def test_second_kind_leaves_a_result_that_the_server_finds(held, cache, tmp_path):
    told = run_here(count_request(3), cache, tmp_path / "channel")
    assert (told["phase"], told["result"]) == ("finished", True)
    result = held[0].find_result(count_request(3))
    assert result
    assert result.is_whole
    assert (result.words["done"], read_count(result.folder)) == (3, 3)
    assert result.folder.parent == cache / "counts"
    assert held[0].look(count_request(3))["phase"] == "finished"
    held[0].submit(count_request(3))
    assert not held[1].calls


def test_second_kind_fails_with_a_sentence_and_is_canceled_before_it_began(cache, tmp_path):
    told = run_here(count_request(-1), cache, tmp_path / "fails")
    assert (told["phase"], told["why"]) == ("failed", "a count must be >= 0, got -1")
    told = run_here(count_request(3), cache, tmp_path / "canceled", cancel=True)
    assert (told["phase"], told["why"]) == ("canceled", "canceled")
    assert not (cache / "counts").exists()


# -- processes


@pytest.mark.slow
def test_both_kinds_wait_run_and_are_canceled_and_killed_side_by_side(cache):
    few_ratings(cache)
    jobs = Jobs(cache)
    training, other = make_training_request(slow_ask(0)), make_training_request(slow_ask(1))
    count, short = count_request(10_000, 0.02), count_request(2)
    dies = count_request(10_000, 0.02, dies_at=5)
    try:
        for number, request in enumerate((training, count, other, short)):
            jobs.submit(request, f"browser-{number}")
        wait_until(lambda: jobs.look(training)["phase"] == "training")
        wait_until(lambda: jobs.look(count).get("done", 0) > 1)
        assert [jobs.look(each).get("place") for each in (other, short)] == [1, 2]
        assert jobs.watch(count.key, "page")
        assert jobs.executor
        workers = list(jobs.executor._processes.values())  # type: ignore[attr-defined]
        assert len(workers) == AT_ONCE
        jobs.cancel(count, "browser-1")
        wait_until(lambda: jobs.look(count)["phase"] == "canceled")
        result = jobs.find_saved(count)
        assert result
        assert not result.is_whole
        assert read_count(result.folder) > 1
        jobs.cancel(training, "browser-0")
        wait_until(lambda: jobs.look(training)["phase"] == "canceled")
        assert jobs.find_saved(training)
        wait_until(lambda: jobs.look(other)["phase"] == "training")
        wait_until(lambda: jobs.look(short)["phase"] == "finished")
        jobs.submit(dies, "browser-4")
        wait_until(lambda: jobs.look(dies)["phase"] == "failed")
        assert "the count broke off (BrokenProcessPool)" in jobs.look(dies)["why"]
        jobs.submit(count_request(3), "browser-5")
        wait_until(lambda: jobs.look(count_request(3))["phase"] == "finished")
    finally:
        jobs.close()
    assert not any(each.is_alive() for each in workers)


@pytest.mark.parametrize("killed", [0, AT_ONCE])
def test_worker_process_ends_when_its_server_does(cache, killed):
    """Also where the system killed them all: their server still ends."""
    jobs = Jobs(cache)
    requests = [count_request(10_000, 0.02, name=str(i)) for i in range(AT_ONCE)]
    try:
        for request in requests:
            jobs.submit(request)
        wait_until(lambda: all(jobs.look(each)["phase"] == "counting" for each in requests))
        workers = list(jobs.executor._processes.values())  # type: ignore[union-attr]
        for worker in workers[:killed]:
            worker.kill()
    finally:
        jobs.close()
    assert not any(each.is_alive() for each in workers)


@pytest.mark.parametrize(
    "module", ["optviz_app.jobs.queue", "optviz_app.pages.movielens.training_task"]
)
def test_jobs_load_neither_torch_nor_plotly(module):
    code = f"import sys, {module}; print({{'torch', 'plotly', 'dash'}} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_jobs_know_nothing_of_a_page():
    code = "import json, sys, optviz_app.jobs.queue; print(json.dumps(list(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = ("optviz.movielens", "optviz.recommenders", "optviz_app.pages")
    assert not [name for name in json.loads(out.stdout) if name.startswith(rooms)]
