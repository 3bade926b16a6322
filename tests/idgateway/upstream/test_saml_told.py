"""What the operators' log hears of a refused answer: enough to mend it, and nothing a stranger wrote at length."""

import pytest

from idgateway.errors import AnswerRefused
from idgateway.upstream.saml.names import PROTOCOL
from idgateway.upstream.saml.shape import check_response_shape

LONG = "erika" * 5_000
LETTERS = "https://evil.example/" + "x" * 5_000


def detail_of(inside: str, attributes: str = "") -> str:
    """Why a Response with this inside is refused."""
    document = f'<r:Response xmlns:r="{PROTOCOL}" xmlns:e="{LETTERS}" ID="a" {attributes}>{inside}</r:Response>'
    with pytest.raises(AnswerRefused) as refused:
        check_response_shape(document.encode())
    assert refused.value.code == "answer-shape"
    return refused.value.detail


@pytest.mark.parametrize(
    ("inside", "attributes"),
    [(f"<{LONG}/>", ""), (f"<e:{LONG}/>", ""), ("", f'{LONG}="x"'), ("", f'e:{LONG}="x"'), ("<r:ü/>", "")],
    ids=["element", "element of a namespace", "attribute", "attribute of a namespace", "other letters"],
)
def test_a_strangers_words_are_cut_short(inside: str, attributes: str):
    """Whoever posts garbage fills no log, and writes no line of it."""
    detail = detail_of(inside, attributes)
    assert len(detail) < 150
    assert detail.isascii()
    assert detail.isprintable()
    assert "evil" not in detail


def test_our_own_words_stay_whole():
    """The twin: an operator reads which element of the account stood in the wrong place."""
    assert detail_of("<r:Status/><r:StatusCode/>") == f"{{{PROTOCOL}}}StatusCode in {{{PROTOCOL}}}Response"
    assert detail_of("<e:Extra/>") == f"Extra in {{{PROTOCOL}}}Response"
