"""``verify.html``: the same checks by the same numbers in a browser, without a network; red where it must be red."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from postbox.proof.page import page, page_digest
from postbox.proof.verify import CHECKS, NEVER_PROVEN, verify
from tests.flows.browser import ARGUMENTS, found_programs
from tests.postbox.proof.test_verify import ANCHORS, LATER_ON, MEMBERS, OLD, UNLISTED, WHOLE, pack

NAMES = ["bundle", *CHECKS, *NEVER_PROVEN]
UNCHECKED = {"dates", "time", "container"}  # what the page leaves to ``idgateway verify`` and says so


def test_the_page_runs_its_own_script_and_style_and_opens_no_connection():
    """The policy in the page allows exactly these two texts by their digests, and nothing from anywhere."""
    text = page().decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    for kind in ("script", "style"):
        (inner,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"https?://(?!uri\.etsi\.org|www\.w3\.org)", text)
    assert page_digest().encode() in MEMBERS["LIESMICH.txt"]


@pytest.mark.browser
def test_the_page_and_the_verifier_agree_step_by_step(tmp_path: Path):
    """Good, flipped member by member, and old: the same numbers and names, red together, green together."""
    (tmp_path / "verify.html").write_bytes(page())
    cases = {"whole.zip": (WHOLE, ANCHORS.to_json())}
    for name in ("events.json", "receipts.json", "bundle.jwt", "documents/doc_a.pdf", "META-INF/ASiCManifest.xml"):
        changed = bytearray(MEMBERS[name])
        changed[len(changed) // 2] ^= 1
        cases[f"{Path(name).stem}.zip"] = (pack({**MEMBERS, name: bytes(changed)}), ANCHORS.to_json())
    for name in [name for name in MEMBERS if name.endswith(("checkpoint.txt", "witnesses.txt"))]:
        other = b"B" if MEMBERS[name][-12:-11] == b"A" else b"A"
        for kind, letter in (("signature", other), ("no-letter", b"@")):  # another signature, and none at all
            changed = MEMBERS[name][:-12] + letter + MEMBERS[name][-11:]
            cases[f"{Path(name).stem}-{kind}.zip"] = (pack({**MEMBERS, name: changed}), ANCHORS.to_json())
    named = next(name for name in MEMBERS if name.endswith("checkpoint.txt"))
    larger = MEMBERS[named].replace(b"\n", b"\n1", 1)  # its size is not that of its folder
    cases["checkpoint-size.zip"] = (pack({**MEMBERS, named: larger}), ANCHORS.to_json())
    old = [(OLD / name).read_bytes() for name in ("postbox-bundle-1.zip", "postbox-anchors-1.json")]
    cases["old.zip"] = (old[0], old[1])
    cases |= {f"unlisted-{name}.zip": (data, ANCHORS.to_json()) for name, data in UNLISTED.items()}
    seen = _in_chromium(tmp_path, cases)
    for name, (data, anchors) in cases.items():
        report = verify(data, type(ANCHORS).from_json(anchors), LATER_ON)
        ours = {step.name: step.status.value for step in report.steps}
        assert [number for number, *_ in seen[name]] == list(range(1, len(seen[name]) + 1))
        assert [one for _, one, *_ in seen[name]] == NAMES[: len(seen[name])]
        theirs = {one: status for _, one, status, _ in seen[name]}
        if name.startswith("unlisted"):  # refused before anything is read: by the same code
            assert [code for *_, code in seen[name]] == [report.steps[0].code], name
        assert ("failed" in theirs.values()) is not report.ok, name
        for step, status in theirs.items():
            unchecked = step in UNCHECKED and status == "not-checked"
            assert unchecked or status == ours[step], (name, step, status, ours[step])


def _in_chromium(folder: Path, cases):
    """What the page shows for each bundle: number, name, status, code; its accessibility is judged, too."""
    program, axe = found_programs()
    seen = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        tab = browser.new_page(locale="de-DE")
        tab.goto((folder / "verify.html").as_uri())
        for name, (data, anchors) in cases.items():
            (folder / name).write_bytes(data)
            (folder / "anchors.json").write_bytes(anchors)
            tab.reload()
            tab.set_input_files("#bundle", folder / name)
            tab.set_input_files("#anchors", folder / "anchors.json")
            tab.click("#run")
            tab.wait_for_selector("#steps li")
            lines = tab.query_selector_all("#steps li")
            seen[name] = [
                (
                    int(each.get_attribute("data-number")),
                    each.get_attribute("data-name"),
                    each.get_attribute("data-status"),
                    each.get_attribute("data-code"),
                )
                for each in lines
            ]
        tab.evaluate(axe)
        found = tab.evaluate("async () => (await axe.run(document)).violations.map((one) => one.id)")
        assert found == []
        browser.close()
    return seen
