"""What every page in HTML is held to: whole, by itself, without script, and nothing in it that a user wrote as markup."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input"}
ALLOWED = {  # what the house writes: anything else came in unescaped
    "html", "head", "meta", "title", "style", "body", "main", "section", "footer", "h1", "h2", "p", "small", "span", "b",
    "div", "figure", "figcaption", "img", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "ul",
    "li", "a",
}  # fmt: skip
PLACES = ("src", "href", "srcset", "action", "data", "poster")


class Page(HTMLParser):
    """A page that was read: its texts, tags and links.

    Parameters
    ----------
    text : str
        HTML.
    """

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.texts, self.tags, self.links, self.images, self._open = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append(tag)
        assert tag in ALLOWED, f"an element that no page has: {tag}"
        assert not [name for name in told if name.startswith("on")], f"script in {tag}"
        for name in PLACES:
            if name in told:
                self._place(tag, told[name])
        if tag == "img":
            assert told.get("alt"), "a picture without words"
            self.images.append(told["src"])
        if tag not in VOID:
            self._open.append(tag)

    def _place(self, tag, at):
        if tag == "a":
            assert at.startswith("https://doi.org/10."), f"a link elsewhere: {at}"
            self.links.append(at)
        else:
            assert at.startswith("data:image/"), f"a picture from elsewhere: {at}"

    def handle_endtag(self, tag):
        assert self._open[-1:] == [tag], f"{tag} closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data):
        if self._open and self._open[-1] == "style":
            assert not [one for one in ("url(", "@import") if one in data], "a style from elsewhere"
        else:
            self.texts.append(data)

    @property
    def text(self):
        """All words of the page."""
        return " ".join("".join(self.texts).split())

    def has(self, told):
        """Whether the page says that, however its lines break."""
        return " ".join(str(told).split()) in self.text
