"""How well a span answers a question, as features a person can read and the weights fitted to them.

The features compare a span with the question's words, pairs and characters by rarity, with the kind of answer it asks
for, and with what is known of the passage. The weights come from ``python -m evals fit`` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.answer.asking import Ask, Want
from app.answer.matching import CONTEXT, VALUES, coverage, satisfied
from app.answer.units import Unit
from ingest.document import DocumentKind


@dataclass(frozen=True, slots=True)
class Form:
    """A form of question, and the words that a span answering it has."""

    asked: re.Pattern[str]
    told: re.Pattern[str]

    def agrees(self, question: str, span: str) -> float:
        """1 when the span has the form asked for, -1 when it lacks it, 0 when the question is of another form."""
        if not self.asked.search(question):
            return 0.0
        return 1.0 if self.told.search(span) else -1.0


FORMS: Mapping[str, Form] = {
    "permitted": Form(
        re.compile(
            r"能不能|可不可以|可以[^,，。?？]*吗|能[^,，。?？]{0,20}吗|行不行|行吗|要不要|用不用|需不需要|需要[^,，。?？]*吗|是不是|是否|能否"
            r"|可否|合规吗|算不算|吗[?？]?$|允许|必须|一定要|例外|一律|成不成|让不让|准不准|许不许|[能得要][^,，。?？]{0,14}吗"
        ),
        re.compile(
            r"不得|不准|不能|不可|禁止|严禁|可以|应当|必须|不予|除外|方可|不受|不停止|不影响|视为|不参加|不适用|须|不再|不计入|不纳入|无需|不必|不带"
        ),
    ),
    "forbidden": Form(
        re.compile(r"不能|不许|不得|不可以|不准|禁止|绝对不|不让|不允许|红线|不可|不应"),
        re.compile(r"不得|不准|严禁|禁止|不能|不可"),
    ),
    "consequence": Form(
        re.compile(
            r"会怎么?样|怎么处理|如何处理|什么后果|怎么办|如何处置|什么处理|什么处罚|怎么罚|会被|接下来|下一步|怎么追究|该怎么"
        ),
        re.compile(r"移出|处理|追究|取消|处分|约谈|督办|扣减|通报|问责|应当|可以|退回|重新|移送|列入|报告|不得"),
    ),
    "decided": Form(
        re.compile(
            r"谁(?:来)?(?:批|定|拍板|决定|审|同意|签|主持|负责|认定|牵头|说了算)|由谁|哪一?级|谁有权|报谁|哪个部门|归谁|找谁|向谁|要谁"
        ),
        re.compile(
            r"由[^,，。；]{2,20}(?:批准|决定|审定|审议|确定|负责|主持|担任|认定|牵头|指定|约谈|提出|组织|商定|办理|监交|审核)"
            r"|报[^,，。；]{2,16}(?:批准|审定|审核|备案|同意|决定)|经[^,，。；]{2,20}(?:批准|同意|审核|审议|确认)|移交|移送"
        ),
    ),
    "doer": Form(
        re.compile(r"谁|哪个部门|哪一?级|找哪|点头|拍板|说了算|何人|哪位"),
        re.compile(
            r"由[^,，。；]{2,20}(?:批|决|审|定|负责|主持|牵头|指定|办)|报[^,，。；]{2,16}(?:批|审|备|同意|决)"
            r"|经[^,，。；]{2,20}(?:批|同意|审|确认)|[部会室组长]负责"
        ),
    ),
    "at_least": Form(
        re.compile(r"至少|最少|最低|下限|起码|不能少于|最短|够不够|才算够"),
        re.compile(r"不少于|不低于|不得少于|不得低于|以上|至少|最低"),
    ),
    "exception": Form(
        re.compile(r"例外|除非|特殊|也要|也得|破例|通融|照样|哪怕|即使|非[^,，。?？]{0,8}不可|万一"),
        re.compile(r"但|除外|确需|确因|特殊|例外|不受|可以|不适用|因.{1,12}确"),
    ),
}


def _letters(ask: Ask, text: str) -> float:
    """The share, by rarity, of the question's characters that a text has."""
    return sum(weight for gram, weight in ask.letters if gram in text) / (sum(w for _, w in ask.letters) or 1.0)


WEIGHTS: Mapping[str, float] = {
    "rank": 6.65,
    "meaning": 3.54,
    "letters": 2.24,
    "letters_near": 1.01,
    "words": 1.91,
    "words_near": 2.42,
    "pairs": 0.97,
    "pairs_near": 0.69,
    "value_beside": 1.37,
    "wants": 0.51,
    "permitted": 0.41,
    "forbidden": 0.39,
    "consequence": 0.15,
    "decided": 0.47,
    "doer": 0.66,
    "at_least": 0.63,
    "exception": 0.29,
    "whole": 0.08,
    "whole_list": 3.27,
    "item": -1.28,
    "formula": -1.33,
    "first": -0.70,
    "rule": -0.38,
    "stray_row": -0.82,
    "speaker": 0.57,
    "stated": 2.59,
    "period": 0.57,
    # Too few questions ask these to fit them.
    "post": 6.0,
    "fact": 3.5,
    "same_text": 0.5,
    "same_article": 1.0,
}
"""Fitted to which span of the retrieved ones is right, as a softmax over them: a difference of 1 is odds of e."""


def weighed(found: Mapping[str, float]) -> float:
    """The weighted sum of features."""
    return sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())


def clauses(text: str) -> list[str]:
    """The clauses of a text: what stands between its commas and stops."""
    return [clause for clause in re.split(r"[,，。；;：:\n]", text) if clause]


def clause_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each clause with the one before it, and alone."""
    found = clauses(text)
    for before, clause in zip(["", *found], found, strict=False):
        yield f"{before},{clause}", clause


def closeness(ask: Ask, text: str) -> float:
    """The share, by rarity, of the question's pairs (.7) and characters (.3) that a text has."""
    return 0.7 * _pairs(ask, text) + 0.3 * _letters(ask, text)


def _pairs(ask: Ask, text: str) -> float:
    """The share of the question's pairs, and of what is written for its spoken forms."""
    own = sum(weight for gram, weight in ask.pairs if gram in text)
    written = sum(one.weight * one.met(text) for one in ask.written)
    total = sum(weight for _, weight in ask.pairs) + sum(one.weight for one in ask.written)
    return (own + written) / (total or 1.0)


def densest(ask: Ask, text: str, wants: Iterable[Want] = ()) -> float:
    """The closeness of the closest two clauses in a row; with ``wants``, of those whose second has one of them."""
    wanted = list(wants)
    best = 0.0
    for pair, clause in clause_pairs(text):
        if wanted and not any(satisfied(want, ask, clause, rule=False) for want in wanted):
            continue
        best = max(best, closeness(ask, pair))
    return best


_SHORTEST = 12
"""Characters below which a line of a talk or report tells nothing of its matter: a date, whom it is sent to."""
_FORMULA = re.compile(r"特此|现将[^。]*如下[。:]$")


def features(ask: Ask, unit: Unit, title: str, rank_score: float, people: Sequence[str]) -> dict[str, float]:
    """A span's features by name. ``rank_score`` is its passage's share of the best passage's score."""
    own, around = f"{unit.key} {title}", f"{unit.context} {unit.near}"
    rule = unit.kind is DocumentKind.REGULATION
    kinds = [want for want in ask.wants if want is not Want.LIST and want is not Want.REASON]
    met = [satisfied(want, ask, unit.key, rule=rule, people=people) for want in kinds]
    values = [want for want in ask.wants if want in VALUES]
    return {
        "words": coverage(ask, own, unit.context, CONTEXT),
        "words_near": coverage(ask, own, around, CONTEXT),
        "pairs": _pairs(ask, f"{unit.key} {unit.context}"),
        "pairs_near": _pairs(ask, f"{own} {around}"),
        "letters": _letters(ask, unit.key),
        "letters_near": _letters(ask, unit.near),
        "value_beside": (densest(ask, unit.key, values) or -0.3) if values else 0.0,
        "rank": rank_score,
        "wants": sum(1 if one else -1 for one in met) / (len(met) or 1),
        "whole": float(unit.whole),
        "whole_list": float(unit.whole and Want.LIST in ask.wants),
        "item": float(rule and unit.lead_in is not None and not unit.whole),
        "formula": float(not rule and (len(unit.key) < _SHORTEST or _FORMULA.match(unit.key) is not None)),
        "first": float((unit.locator.paragraph or 1) == 1),
        **{name: form.agrees(ask.text, unit.key) for name, form in FORMS.items()},
    }
