"""Modules joined into one do what they do apart."""

import json
import re
import shutil
import subprocess

import pytest

from optviz.views.live.bundle import bundle_modules, strip_module
from optviz.views.live.squeeze import squeeze
from tests.support.requirements import missing

TEXTS = {
    "a/entry.js": """/* The entry,
   of two lines. */
import { add, twice as double } from "./b.js";
import * as all from "../c.js";
import "./effect.js";
import {
  Point,
} from "./b.js";
const hidden = "entry";
export const answer = [add(1, 2), double(4), all.hidden, all.say(), new Point(3).x, hidden];
export { hidden as name, answer as same };
export { say } from "../c.js";
""",
    "a/b.js": """import { hidden, base } from "../c.js";
export function add(a, b) { return a + b + base; }
export const twice = (a) => 2 * a;
export class Point { constructor(x) { this.x = x; } }
  // A comment of its own; the next text keeps its second line as it is.
const mod0 = hidden;
const text = "/* no comment */ // neither";
if (text.length !== 27) throw new Error(text);
""",
    "c.js": """export const hidden = "c", base = 0;
export async function later() { return 1; }
export function say() { return `export ${hidden}`; }
""",
    "a/effect.js": "globalThis.effects = (globalThis.effects ?? 0) + 1;\n",
}


def test_joined_modules_keep_their_names_apart_and_run_once():
    joined = bundle_modules("a/entry.js", TEXTS, exports=True)
    code = f"{joined}\nconsole.log(JSON.stringify([answer, name, say(), globalThis.effects]));"
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    command = [node, "--input-type=module", "-e", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert json.loads(shown) == [[3, 8, "c", "export c", 3, "entry"], "entry", "export c", 1]
    assert joined == bundle_modules("a/entry.js", TEXTS, exports=True)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"e.js": "export default 3;\n"}, "e.js: cannot join `export default 3;`"),
        ({"e.js": "export let a = 1;\n"}, "cannot join `export let a"),
        ({"e.js": 'const a = await import("./b.js");\n'}, "cannot join `import("),
        ({"e.js": "import b from './b.js';\n"}, "cannot join `import b"),
        ({"e.js": 'import { b } from "./f.js";\n', "f.js": "const b = 1;\n"}, "f.js exports no b"),
        (
            {"e.js": 'import "./f.js";\n', "f.js": 'import "./e.js";\n'},
            "in a circle: e.js -> f.js -> e.js",
        ),
        ({"e.js": 'const a = "</SCRIPT>";\n'}, "ends the page's script"),
    ],
)
def test_what_cannot_be_joined_is_refused(texts, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        bundle_modules("e.js", texts)


def test_the_offline_page_is_joined_of_its_own_modules():
    joined = bundle_modules("views/export/offline.js")
    assert joined.count("= (() => {") == 10
    assert "function drawMarks(" in joined


def test_a_text_over_lines_keeps_its_indents():
    text = "const a = `one\n    two`;\n"
    assert strip_module(text) == text
    assert strip_module("  // Words.\n  const a = 1; // one\n\n  /* More\n  words. */\n") == (
        "const a = 1; // one\n"
    )


def test_blanks_go_only_where_nothing_changes():
    for text, squeezed in {
        "const a = 1; // one\n\n/* two */\nlet b = a + +a - -a;": "const a=1;let b=a+ +a- -a;\n",
        "return /[/ ]+ x/g.test(a) ? a / 2 / b : 0": "return/[/ ]+ x/g.test(a)?a/2/b:0\n",
        "const t = `a  ${ b ? `c  ${ d }` : '`' }  // e`;": (
            "const t=`a  ${ b ? `c  ${ d }` : '`' }  // e`;\n"
        ),
        "a = b\n(c)": "a=b\n(c)\n",
        "if (a) {\n  b(\n    'x  y',\n  );\n}\nelse c": "if(a){b('x  y',);}\nelse c\n",
        "const f = async (x) => { await x; yield `a`; }": (
            "const f=async(x)=>{await x;yield `a`;}\n"
        ),
        'x = "// no" /* y */ + "a\\" b"': 'x="// no"+"a\\" b"\n',
    }.items():
        assert squeeze(text) == squeezed
        assert squeeze(squeezed) == squeezed


def test_squeezed_modules_of_the_page_are_read_by_node(tmp_path):
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    joined = bundle_modules("views/live/mount.js", exports=True)
    file = tmp_path / "joined.mjs"
    file.write_text(joined, "utf-8")
    subprocess.run([node, "--check", file], check=True, timeout=60)
    assert "/* " not in joined
