"""A PDF as an office writes it, of a wished size: several pages with text, one font each, one picture."""

import io
import secrets

import pikepdf

PAGES = 6
_LINE = b"BT /F1 11 Tf 72 %d Td (Sehr geehrte Frau Mustermann, Ihr Antrag vom 2. November wird bewilligt.) Tj ET\n"


def pdf(size: int) -> bytes:
    """A PDF of ``size`` bytes, give or take one in a hundred; what fills it cannot be compressed."""
    filling = size - len(_written(0))
    return _written(max(0, filling))


def _written(filling: int) -> bytes:
    document = pikepdf.new()
    picture = document.make_stream(
        secrets.token_bytes(filling),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=max(1, filling),
        Height=1,
        ColorSpace=pikepdf.Name.DeviceGray,
        BitsPerComponent=8,
    )
    for number in range(PAGES):
        document.add_blank_page(page_size=(595, 842))
        page = document.pages[-1]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica, Name=pikepdf.Name.F1
        )
        fonts = pikepdf.Dictionary(F1=document.make_indirect(font))
        pictures = pikepdf.Dictionary(P1=picture) if number == 0 else pikepdf.Dictionary()
        page.Resources = pikepdf.Dictionary(Font=fonts, XObject=pictures)
        page.Contents = document.make_stream(b"".join(_LINE % (780 - 14 * line) for line in range(50)))
    written = io.BytesIO()
    document.save(written, compress_streams=False, linearize=False)
    return written.getvalue()
