"""The live page's file, and its links and edits in node, beside Python's own."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest

import optviz
from optviz import L2, SGD, SURFACES, Adam, Experiment, live_page, surface
from optviz.experiments.limits import LIMITS
from optviz.views.live.bundle import bundle_modules, strip_module
from optviz.views.live.emitted import join_emitted
from optviz.views.live.page import describe_page, make_experiment, render_live_page
from optviz.views.live.payload import write_surface
from tests.support.requirements import missing

RULES = (
    "sgd:lr=0.001",
    "momentum:lr=1e-5,damped=yes,dampening=0.5,l2=0.01,maximize=yes",
    "adam:lr=0.05,debias=no,wd=0.01,schedule=onecycle(peak=0.4,cycle_momentum=yes),on=no",
    "rmsprop:lr=0.01,beta1=0.5,schedule=step(every=50)",
)
EXPERIMENTS = (
    Experiment(),
    Experiment(rules=RULES, steps=800, seed=3, noise=0.5, target=0.25, at=12),
    Experiment(
        problem="ravine",
        parameters=(("rotation", -0.25), ("condition", 1e2)),
        start=(1.5, -1e-7),
        also=((1.0, 1.0), (-0.5, 0.25)),
        view=("3d", "linear", "evaluations", "arrows", "distance"),
    ),
    Experiment(problem="x^2 + a*y^2 + where(x > 0, sin(3*x)/2, y)", parameters=(("a", 3.0),)),
    Experiment(
        rules=RULES[:2],
        forks=("2@120:adam:lr=0.01", "1@3:sgd:lr=0.002"),
        pins=(Experiment(problem="bowl", rules=("adam:lr=0.3",)).to_query(),),
    ),
)
TELL = """
const out = cases.map(({ made, query }) => {
  const first = { experiment: made.experiment, view: made.view };
  const { state, at, sentences } = readLink(query, first, made);
  const step = at ?? state.experiment.steps;
  return { query: writeLink(state, step), record: writeRecord(state, step), sentences };
});
console.log(JSON.stringify(out));
"""
ENTRY = 'export { readLink, writeLink, writeRecord } from "./link.js";\n'


def run_node(text):
    """Return what a module prints."""
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    command = [node, "--input-type=module", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tell(cases):
    """Return what the page's modules make of some links: (experiment, query) each."""
    made = [{"made": describe_page(each), "query": query} for each, query in cases]
    for each in made:
        each["made"].pop("modules")
    name = "views/live/links.js"
    code = bundle_modules(name, {name: ENTRY}, exports=True)
    text = f"{code}\nconst cases = {json.dumps(made)};\n{TELL}"
    return run_node(text)


def test_links_and_records_are_those_of_python():
    cases = [(each, each.to_query()) for each in EXPERIMENTS]
    for (each, query), found in zip(cases, tell(cases), strict=True):
        assert found["sentences"] == []
        assert found["query"] == query
        assert Experiment.from_json(found["record"]) == each


def test_what_is_wrong_in_an_address_is_told_and_the_rest_is_taken():
    most = f"steps must be a whole number from 1 to {LIMITS['steps']}, got 1000000"
    made = EXPERIMENTS[1]
    links = {
        "rule=adm:lr=1&rule=sgd:lr=0.5&v=2": 'no rule "adm"; choose from',
        "rule=sgd:lr=-1&rule=adam:lr=0.1&v=2": "lr must be at least 0 and finite, got -1",
        "rule=adam:betas=1&rule=adam:lr=0.1&v=2": 'adam has no "betas"; it has lr, beta1',
        "rule=sgd:schedule=cosin&rule=adam:lr=0.1&v=2": 'no schedule "cosin"',
        "rule=adam:debias=maybe&rule=sgd:lr=1&v=2": 'adam: debias must be yes or no, got "maybe"',
        "rule=sgd:lr=1,schedule=onecycle(cycle_momentum=yes)&rule=sgd:lr=1": "SGD has no beta1",
        "rule=sgd:lr=1&steps=1000000&v=2": most,
        "rule=sgd:lr=1&start=1&v=2": "start must be 2 numbers such as -1.2,1, got 1",
        "rule=sgd:lr=1&parameters=b=1&v=2": 'the surface has no parameter "b"',
        "rule=sgd:lr=1&seed=4&v=2": "this page has the noise of seed 3 and no other",
        "rule=sgd:lr=1&pin=rule=sgd:lr=2&v=2": "only the pinned runs that it was made with",
        "rule=sgd:lr=1&fork=9@1:sgd:lr=1&v=2": "a fork reads like 2@120",
        "rule=sgd:lr=1&noise=0.1&steps=9000&v=2": "this page has the noise of 800 steps",
        "rule=%E0%A4%A&rule=sgd:lr=1": "cannot be read",
    }
    found = tell([(made, query) for query in links])
    for each, (query, sentence) in zip(found, links.items(), strict=True):
        assert len(each["sentences"]) == 1, (query, each["sentences"])
        assert sentence in each["sentences"][0]
        assert Experiment.from_query(each["query"])[1] == []


def test_the_joined_modules_are_the_emitted_ones():
    modules, name = describe_page(EXPERIMENTS[1])["modules"], "views/live/all.js"
    entry = 'export { modules } from "./emitted.js";\n'
    joined = bundle_modules(name, join_emitted(modules) | {name: entry}, exports=True)
    code = """
const plain = (text) => text.replace(/^ *(\\/\\/.*)?\\n|^ +/gm, "");
const found = {};
for (const [key, module] of Object.entries(modules)) {
  const { settings, init, update } = module, params = [0.5, -0.25];
  if (update) {
    const state = init(params, settings);
    for (let step = 0; step < 3; step++) update(params, [1, -2], state, settings);
    if (!params.every(Number.isFinite)) throw new Error(key);
  }
  const parts = Object.values(module).filter((each) => typeof each === "function");
  found[key] = [parts.map((each) => plain(String(each))), settings ?? null, params];
}
console.log(JSON.stringify(found));
"""
    told = run_node(joined + code)
    assert told.keys() == modules.keys()
    climbing = [key for key, text in modules.items() if text.startswith("// Maximize(")]
    assert len(climbing) * 2 == len([each for each in modules.values() if "update(" in each])
    alone = run_node(
        f"const texts = {json.dumps([modules[key] for key in climbing])}, moved = [];\n"
        "for (const text of texts) {\n"
        "  const { settings, init, update } =\n"
        "    await import(`data:text/javascript,${encodeURIComponent(text)}`);\n"
        "  const params = [0.5, -0.25], state = init(params, settings);\n"
        "  for (let step = 0; step < 3; step++) update(params, [1, -2], state, settings);\n"
        "  moved.push(params);\n"
        "}\n"
        "console.log(JSON.stringify(moved));"
    )
    assert [told[key][2] for key in climbing] == alone
    for key, (functions, settings, _) in told.items():
        text = strip_module(modules[key])
        assert functions or key == "operations"
        assert key in climbing or all(each in text for each in functions)
        if settings is not None:
            written = re.search(r"settings = {(.*)};", text)
            assert written
            pairs = (each.split(": ") for each in written[1].strip().split(", "))
            assert settings == {each: json.loads(value) for each, value in pairs}


def test_the_page_holds_all_it_needs_under_a_strict_policy(tmp_path):
    rules = [SGD(lr=0.1), L2(Adam(), 0.1)]
    file = live_page(surface("ravine", condition=9), rules, tmp_path / "p.html")
    text = file.read_text("utf-8")
    assert len(text.encode()) <= 400_000
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    [script] = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in unescape(policy)
    assert "default-src 'none'" in unescape(policy)
    assert "unsafe" not in policy
    assert not re.search(r"\b(?:src|href)=(?!\"data:,)|\beval\b|new Function|url\(\"?http", text)


def test_the_page_of_the_longest_surface_is_at_most_400_kilobytes():
    longest = max(SURFACES, key=lambda name: len(write_surface(name)))
    many = Experiment(problem=longest, rules=("adam:lr=0.05",) * 12, noise=1.0, steps=600)
    assert len(render_live_page(many).encode()) <= 400_000
    typed = Experiment(problem="abs(x) + max(x, y)^2", steps=20_000)
    assert len(render_live_page(typed).encode()) <= 400_000


def test_a_surface_becomes_the_experiment_that_it_is():
    made = make_experiment(surface("ravine", condition=9.0), ["adam:lr=0.5"])
    assert made == Experiment(
        problem="ravine", parameters=(("condition", 9.0),), rules=("adam:lr=0.5",)
    )
    typed = make_experiment(surface("x^2 + c*y^2", c=4))
    assert (typed.problem, typed.parameters) == ("x^2 + c*y^2", (("c", 4.0),))
    with pytest.raises(ValueError, match="nearest: adam"):
        make_experiment("bowl", ["adm"])
    assert optviz.live_page is live_page


@pytest.mark.parametrize("problem", [5, None, ["rosenbrock"]])
def test_what_is_no_problem_gets_a_sentence(problem, tmp_path):
    with pytest.raises(ValueError, match="a race is on an experiment, a surface"):
        live_page(problem, ["adam"], tmp_path / "page.html")


def test_a_single_rule_is_written_as_a_list(tmp_path):
    with pytest.raises(ValueError, match=r'write \["adam"\]'):
        live_page("bowl", "adam", tmp_path / "page.html")
