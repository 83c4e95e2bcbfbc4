"""What a form shows, lets answer and demands for given answers: SurveyJS's conditions over all of a definition, compiled once.

form = compile_form(definition)                       # once per version; ExpressionError, CycleError
state = form.judge({"age": 12}, now=now)              # for each set of answers
state.visible("guardian"), state.required("guardian"), state.values["price"]
"""

from interlinker_survey.logic.checking import check_logic
from interlinker_survey.logic.form import CycleError, Form, FormError, compile_form
from interlinker_survey.logic.judging import MAX_FORM_STEPS
from interlinker_survey.logic.state import Part, State

__all__ = ["MAX_FORM_STEPS", "CycleError", "Form", "FormError", "Part", "State", "check_logic", "compile_form"]
