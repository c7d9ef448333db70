"""Which part of a web page is the text it is for: by what its elements are, are called, and hold."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

_UNSEEN_TAGS = frozenset(
    re.findall(
        r"\w+",
        "script style noscript template iframe object embed svg canvas video audio select input button textarea map rt rp",
    )
)
_FURNITURE_TAGS = frozenset(re.findall(r"\w+", "nav footer aside"))
_FURNITURE_ROLES = frozenset(
    re.findall(r"\w+", "navigation contentinfo complementary banner search menu menubar toolbar")
)
_FURNITURE_NAMES = re.compile(
    r"nav|navbar|navigation|menu|menus|submenu|breadcrumb|breadcrumbs|crumb|crumbs|foot|footer|copyright|share|sharing|bdsharebuttonbox"
    r"|sidebar|sidenav|side|related|recommend|recommended|hot|comment|comments|toolbar|tools|login|search|searchbar|pagination|pager"
    r"|banner|ad|ads|advert|qrcode|topbar|top|location|position|print|prenext|prevnext|pagenav|friendlink|links|skip|site"
)
_MAIN_NAMES = re.compile(
    r"content|contents|article|articles|main|detail|details|zoom|editor|trs_editor|body|text|news|newscontent|articlecontent|maincontent|conbody"
)
_HIDDEN_STYLE = re.compile(
    r"display:none|visibility:hidden|(?:^|;)opacity:0(?:\.0+)?(?:;|$)|font-size:(?:0|[12]px|1pt)(?:;|$)"
    r"|(?:^|;)color:(?:#fff(?:fff)?|white)(?![^\n]*background)(?:;|$)"
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|trs_editor")
_SPACE = re.compile(r"\s+")
_LINKS = 3  # fewer links than this are no list of links
_LINK_SHARE = 0.6
_MAIN_SHARE = 0.6  # of the text that is no furniture


class Page:
    """A parsed page, measured once: text and link text of every element."""

    def __init__(self, root: lxml_html.HtmlElement, *, whole: bool = False) -> None:
        self.root = root
        self._elements = list(root.iter(etree.Element))  # keeps the proxies alive, so that they can be keys
        self._text: dict[lxml_html.HtmlElement, int] = {}
        self._link: dict[lxml_html.HtmlElement, int] = {}
        self._links: dict[lxml_html.HtmlElement, int] = {}
        self._holds_article: set[lxml_html.HtmlElement] = set()
        self._left_out: dict[lxml_html.HtmlElement, str] = {}
        self._measure()
        self._unseen()
        self.main = root
        if not whole:
            before = dict(self._left_out)
            self._furniture()
            self._measure()
            if self._text[root] < 20:  # a page that is all links: better its links than nothing
                self._left_out = before
                self._measure()
            self.main = self._main()

    def left_out(self, element: lxml_html.HtmlElement) -> str | None:
        """The rule by which an element is not part of the text: "furniture", "hidden", "" for what is no text."""
        return self._left_out.get(element)

    def is_data_table(self, table: lxml_html.HtmlElement) -> bool:
        """Whether a table holds cells of data, not the layout of the page."""
        if table.get("role") == "presentation" or next(table.iterdescendants("table"), None) is not None:
            return False
        rows = [[cell for cell in row if tag_of(cell) in ("td", "th")] for row in table.iter("tr")]
        if sum(1 for row in rows if row) < 2 or max((len(row) for row in rows), default=0) < 2:
            return False
        return not any(
            sum(1 for p in cell.iter("p", "div", "li") if len(text_of(p)) > 60) > 3 for row in rows for cell in row
        )

    def title_outside(self, title: str) -> lxml_html.HtmlElement | None:
        """The heading that is the page's title but stands outside its main part."""
        plain = _SPACE.sub("", title)
        inside = set(self.main.iter("h1", "h2", "h3", "p", "div", "strong", "td"))
        if any(tag_of(e) == "h1" or _SPACE.sub("", text_of(e)) == plain for e in inside if self._text.get(e, 0) < 100):
            return None
        for element in self.root.iter("h1", "h2"):
            text = _SPACE.sub("", text_of(element))
            if (
                element not in inside
                and text
                and plain
                and (text == plain or (tag_of(element) == "h1" and text in plain))
            ):
                return element
        return None

    def _measure(self) -> None:
        """Count, for every element, text and link text that is not left out; one pass from the leaves up."""
        self._text = dict.fromkeys(self._elements, 0)
        self._link = dict.fromkeys(self._elements, 0)
        self._links = dict.fromkeys(self._elements, 0)
        for element in reversed(self._elements):
            parent = element.getparent()
            tag = tag_of(element)
            if element not in self._left_out:
                self._text[element] += _size(element.text)
                if tag == "a" and not (element.get("href") or "#").startswith("#"):
                    self._link[element] = self._text[element]
                    self._links[element] += 1
                if parent is not None:
                    self._text[parent] += self._text[element]
                    self._link[parent] += self._link[element]
                    self._links[parent] += self._links[element]
            if parent is None:
                continue
            if tag in ("main", "article", "h1") or element in self._holds_article:
                self._holds_article.add(parent)
            self._text[parent] += _size(element.tail)

    def _unseen(self) -> None:
        for element in self._elements:
            if tag_of(element) in _UNSEEN_TAGS:
                self._left_out[element] = ""
            elif self._text[element] * 2 > self._text[self.root]:
                continue  # hidden until a script shows it: what the page is for
            elif element.get("hidden") is not None or _HIDDEN_STYLE.search(
                (element.get("style") or "").replace(" ", "").lower()
            ):
                self._left_out[element] = "hidden"

    def _furniture(self) -> None:
        total = max(1, self._text[self.root])
        for element in self._elements:
            if element in self._left_out or tag_of(element) in ("html", "body", "head", "main", "article", "a"):
                continue
            most = self._text[element] * 2 > total and self._link[element] * 2 < self._text[element]
            if most or not self._text[element]:
                continue
            if (self._is_named_furniture(element) and not self._holds_main(element)) or self._is_link_list(element):
                self._left_out[element] = "furniture"

    def _holds_main(self, element: lxml_html.HtmlElement) -> bool:
        return next(element.iterdescendants("main", "article"), None) is not None

    def _is_named_furniture(self, element: lxml_html.HtmlElement) -> bool:
        tag = tag_of(element)
        if tag in _FURNITURE_TAGS or (element.get("role") or "").lower() in _FURNITURE_ROLES:
            return True
        if tag == "header":
            return next(element.iterancestors("main", "article"), None) is None
        if tag in ("h1", "h2", "p", "td", "th", "tr", "tbody"):
            return False
        words = _names(element)
        return any(_FURNITURE_NAMES.fullmatch(word) for word in words) and not any(
            _MAIN_NAMES.fullmatch(word) for word in words
        )

    def _is_link_list(self, element: lxml_html.HtmlElement) -> bool:
        text, link, links = self._text[element], self._link[element], self._links[element]
        if links < _LINKS or link < text * _LINK_SHARE or element in self._holds_article:
            return False
        return link / links <= 40 and "附件" not in (element.text_content() if text < 400 else "")

    def _main(self) -> lxml_html.HtmlElement:
        """The smallest element called or marked as the main part that holds most of the text."""
        total = self._text[self.root]
        best = self.root
        for element in self._elements:
            if tag_of(element) in ("html", "head", "body") or self._text[element] < total * _MAIN_SHARE:
                continue
            if any(ancestor in self._left_out for ancestor in element.iterancestors()):
                continue
            marked = tag_of(element) in ("main", "article") or element.get("role") == "main"
            if marked or any(_MAIN_NAMES.fullmatch(word) for word in _names(element)):
                best = element  # document order: a later one that still holds most lies inside
        return best


def tag_of(element: lxml_html.HtmlElement) -> str:
    """The tag's name; "" for what is no element."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def text_of(element: lxml_html.HtmlElement) -> str:
    """All text of an element, scripts and the like left out."""
    out: list[str] = []
    context = etree.iterwalk(element, events=("start", "end"))
    for event, each in context:
        if event == "start":
            if tag_of(each) in _UNSEEN_TAGS:
                context.skip_subtree()
            else:
                out.append(each.text or "")
        elif each is not element:
            out.append(each.tail or "")
    return "".join(out).strip()


def _names(element: lxml_html.HtmlElement) -> list[str]:
    """The words of an element's class and id: articleContent → article, content."""
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    return [word.lower() for word in _WORDS.findall(named)] if named.strip() else []


def _size(text: str | None) -> int:
    return len(_SPACE.sub("", text)) if text else 0
