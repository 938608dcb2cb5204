"""The look at a site's links finds each fault of a broken one."""

from optviz.site.links import check_site

HEAD = '<title>A</title><meta name="description" content="A page.">'


def write(folder, name, body, head=HEAD):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")


def test_faults_are_found_and_only_they(tmp_path):
    (tmp_path / "style.css").write_text("body { background: url(data:,) }")
    write(tmp_path, "whole/index.html", '<h1 id="top">A</h1>', HEAD)
    write(
        tmp_path,
        "index.html",
        '<a href="whole/index.html#top">in</a> <a href="#own" id="own">own</a>'
        '<a href="https://example.org/">for reading</a> <a href="mailto:a@b.c">write</a>',
        f'{HEAD}<link rel="stylesheet" href="style.css"><link rel="icon" href="data:,">',
    )
    assert check_site(tmp_path) == []
    cases = {
        '<a href="none.html">x</a>': "none.html leads nowhere",
        '<a href="whole/">x</a>': "whole/ leads nowhere",
        '<a href="../index.html">x</a>': "../index.html leads out of the site",
        '<a href="/index.html">x</a>': "/index.html leads out of the site",
        '<a href="whole/index.html#no">x</a>': "names an anchor that is not there",
        '<img src="picture.png">': "picture.png leads nowhere",
        '<img src="https://example.org/a.png">': "is asked for from outside",
        '<script src="//example.org/a.js"></script>': "is asked for from outside",
        '<p style="background: url(https://example.org/a.png)">x</p>': "asked for from outside",
        '<style>@import "https://example.org/a.css";</style>': "asked for from outside",
        '<p id="a">x</p><p id="a">y</p>': "two elements have the id a",
    }
    for body, fault in cases.items():
        write(tmp_path, "broken.html", body)
        found = check_site(tmp_path)
        assert len(found) == 1, (body, found)
        assert found[0].startswith("broken.html: ")
        assert fault in found[0]
    write(tmp_path, "broken.html", "", "")
    assert check_site(tmp_path) == ["broken.html: has no title", "broken.html: has no description"]
    (tmp_path / "broken.html").unlink()
    (tmp_path / "style.css").write_text("@font-face { src: url(https://example.org/f.woff2) }")
    assert len(check_site(tmp_path)) == 1
