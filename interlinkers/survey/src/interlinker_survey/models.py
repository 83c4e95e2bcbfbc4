"""Wire models beside those of the API: what `config` of a survey says: the definition, who may answer, and where imported items go."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from interlinker_shared.text import JsonObject, Wire
from interlinker_survey.definition import Definition, read_definition
from interlinker_survey.domain import import_target


class _DescribedAsDefinition:
    """Kept as it was sent; in the schema it is what `read_definition` takes."""

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(Definition.__pydantic_core_schema__)


DefinitionJson = Annotated[JsonObject, _DescribedAsDefinition()]


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
    "guests": True,
    "imports_into": "wish",
}


class SurveyConfig(Wire):
    """What a survey asks and of whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    definition: DefinitionJson = Field(description="A strict subset of SurveyJS JSON.")
    guests: bool = Field(default=False, description="Whether people without an account may answer.")
    live_result: bool = Field(
        default=False,
        description="Whether everybody sees the result as it grows. Who watches it closely can tell single answers.",
    )
    anonymous: bool = Field(
        default=False,
        description="Whether answers are kept apart from who gave them: final, once per account, read after the close.",
    )
    imports_into: str | None = Field(
        None, description="Name of the question with choices that takes imported items; it may begin without any."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> SurveyConfig:
        if self.anonymous and self.live_result:
            message = "live_result cannot go with anonymous: who watches a result grow can tell single answers"
            raise ValueError(message)
        definition = read_definition(self.definition, awaits_choices=self.imports_into)
        if self.imports_into is not None:
            import_target(definition, self.imports_into)
        return self
