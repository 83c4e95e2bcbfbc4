"""Wire models beside those of the API: what `config` of a survey says: the definition, who may answer, and where imported items go."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from interlinker_shared.errors import InvalidError
from interlinker_shared.text import Clean, JsonObject, LanguageTag, Wire
from interlinker_survey.definition import Definition, read_definition
from interlinker_survey.definition.scalars import Language
from interlinker_survey.domain import Access, Anonymity, Edits, check_together, import_target, in_present_words
from interlinker_survey.statistics import Kind
from interlinker_survey.variables import variables_of


class _DescribedAsDefinition:
    """Kept as it was sent; in the schema it is what `read_definition` takes."""

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(Definition.__pydantic_core_schema__)


DefinitionJson = Annotated[JsonObject, _DescribedAsDefinition()]

ConsentText = Annotated[
    dict[Language, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), Clean]],
    Field(min_length=1, max_length=50),
]

EXAMPLE: JsonDict = {
    "definition": {
        "elements": [
            {
                "type": "checkbox",
                "name": "wish",
                "title": {"default": "What is missing?", "es": "¿Qué falta?"},
                "choices": ["shade", "benches"],
            },
            {"type": "comment", "name": "suggestion", "title": "Anything else?"},
        ]
    },
    "access": "open",
    "imports_into": "wish",
}


def _ascending(edges: list[float]) -> list[float]:
    if any(after <= before for before, after in pairwise(edges)):
        message = "limits must ascend"
        raise ValueError(message)
    return edges


Edges = Annotated[
    list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=1, max_length=20), AfterValidator(_ascending)
]


class SurveyConfig(Wire):
    """What a survey asks and of whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    definition: DefinitionJson = Field(description="A frozen profile of SurveyJS JSON.")
    languages: list[LanguageTag] = Field(
        default_factory=list,
        max_length=30,
        description="In which of them every text of the definition has to be there; `default` is in the first.",
    )
    access: Access = Field(
        Access.ACCOUNT,
        description="Who may answer: everybody (`open`), people with an `account`, or who has an `invitation`.",
    )
    anonymity: Anonymity = Field(
        Anonymity.PSEUDONYMOUS,
        description="`identified`: those who run the survey see whose each response is. `pseudonymous`: they do not, but it is "
        "kept. `anonymous`: answers are kept apart from who gave them, final, and read after the close only.",
    )
    edits: Edits = Field(
        Edits.UNTIL_CLOSE,
        description="Until when people may replace what they sent; `never` where answers are anonymous.",
    )
    consent: ConsentText | None = Field(
        None,
        description="What people must agree to before they send anything, by language; `default` is the survey's own.",
    )
    grace_hours: int = Field(
        24, ge=0, le=720, description="For how long answers to a version that was superseded are still taken."
    )
    live_result: bool = Field(
        default=False,
        description="Whether everybody sees what was published before the close; with a `smallest_count` of 1 each answer at once.",
    )
    imports_into: str | None = Field(
        None, description="Name of the question with choices that takes imported items; it may begin without any."
    )
    smallest_count: int = Field(
        5,
        ge=1,
        le=100,
        description="No count of fewer people can be told from what is published; 1 publishes every count.",
    )
    classes: dict[Annotated[str, Field(max_length=200)], Edges] = Field(
        default_factory=dict,
        max_length=50,
        description="Limits of classes by the name of a question that asks for a number: so it can be published.",
    )
    guests: bool | None = Field(
        None, exclude=True, deprecated=True, description="Former word for `access`: true is `open`, false is `account`."
    )
    anonymous: bool | None = Field(
        None, exclude=True, deprecated=True, description="Former word for `anonymity`: false is `pseudonymous`."
    )

    @model_validator(mode="before")
    @classmethod
    def _in_present_words(cls, config: Any) -> Any:
        return in_present_words(config) if isinstance(config, dict) else config

    @model_validator(mode="after")
    def _makes_sense(self) -> SurveyConfig:
        check_together(self.access, self.anonymity, self.edits, live_result=self.live_result)
        definition = read_definition(self.definition, awaits_choices=self.imports_into, languages=self.languages)
        if self.imports_into is not None:
            import_target(definition, self.imports_into)
        numbers = {one.name for one in variables_of(definition, "en") if one.variable.kind is Kind.NUMERIC}
        for name in self.classes.keys() - numbers:
            message = f"“{name}” asks for no number."
            raise InvalidError(message, slug="no-such-number", pointer=f"/config/classes/{name}")
        return self
