"""What survey-core 2.5.38 has and this profile leaves out, each with its reason: it is refused, never ignored."""

from __future__ import annotations

from collections.abc import Mapping

OLD_NAMES: Mapping[str, str] = {
    "hasOther": "showOtherItem",
    "hasNone": "showNoneItem",
    "hasSelectAll": "showSelectAllItem",
    "hasComment": "showCommentArea",
    "isAllRowRequired": "eachRowRequired",
    "questions": "elements",
    "mininumRateDescription": "minRateDescription",
    "maximumRateDescription": "maxRateDescription",
    "insensitive": "caseInsensitive",
    "panelAddText": "addPanelText",
    "panelRemoveText": "removePanelText",
    "rateDisplayMode": "rateType",
}
"""Names that survey-core still reads, by the one that it writes."""

_LOOKS = """
    width minWidth maxWidth colSpan startWithNewLine indent innerIndent state titleLocation descriptionLocation showNumber
    errorLocation renderAs inputSize inputTextAlignment rows autoGrow allowResize colCount separateSpecialChoices itemComponent
    allowClear textWrapEnabled searchEnabled searchMode inputFieldComponent choicesLazyLoadEnabled choicesLazyLoadPageSize
    hideSelectedItems closeOnSelect rateType scaleColorMode rateColorMode displayRateDescriptionsAsExtremeItems
    rateDescriptionLocation displayMode swapOrder useTitleAsLabel selectToRankSwapAreas selectToRankAreasLayout
    selectToRankEmptyRankedAreaText selectToRankEmptyUnrankedAreaText contentMode imageFit imageHeight imageWidth minImageWidth
    minImageHeight maxImageWidth maxImageHeight columnMinWidth showHeader verticalAlign alternateRows rowTitleWidth
    cellErrorLocation detailErrorLocation horizontalScroll columnColCount allowAdaptiveActions transposeData cellComponent
    itemErrorLocation itemTitleWidth panelsState prevPanelText nextPanelText showQuestionNumbers questionStartIndex
    showProgressBar progressBarLocation tabAlign templateQuestionTitleLocation templateQuestionTitleWidth
    templateErrorLocation removePanelButtonLocation addRowButtonLocation newPanelPosition templateTabTitle tabTitlePlaceholder
    questionTitleWidth questionTitleLocation gridLayoutColumns questionErrorLocation showNavigationButtons navigationTitle
    navigationDescription cellHint showInMultipleColumns totalAlignment hideColumnsIfEmpty noRowsText allowRowReorder
    detailPanelShowOnAdding confirmDelete confirmDeleteText singleInputTitleTemplate templateDescription
    displayStyle currency format maximumFractionDigits minimumFractionDigits useGrouping textUpdateMode autocomplete
    placeholder commentPlaceholder otherPlaceholder dataList acceptCarriageReturn maskType maskSettings
    useDisplayValuesInDynamicTexts defaultDisplayValue cells
    logo logoWidth logoHeight logoFit logoPosition autoFocusFirstQuestion autoFocusFirstError loadingHtml
    navigationButtonsLocation showPrevButton showTitle showPageTitles showPageNumbers progressBarType progressBarShowPageTitles
    progressBarShowPageNumbers progressBarInheritWidthFrom showTOC tocLocation tocItemComponent checkErrorsMode
    validateVisitedEmptyFields autoGrowComment allowResizeComment commentAreaRows startSurveyText pagePrevText pageNextText
    completeText previewText editText requiredMark questionTitlePattern questionDescriptionLocation questionsOnPageMode
    showPreviewBeforeComplete previewMode widthMode gridLayoutEnabled fitToContainer headerView backgroundImage
    backgroundImageFit backgroundImageAttachment backgroundOpacity showBrandInfo matrixDragHandleArea firstPageIsStartPage
"""
_ORDER = """
    setValueIf setValueExpression resetValueIf defaultValueExpression triggers copyDefaultValueFromLastEntry defaultRowValue
    defaultPanelValue
"""
_RANDOM = "choicesOrder rowOrder questionOrder randomize randomizeCategory"
_ELSEWHERE = "choicesByUrl bindings navigateToUrl navigateToUrlOnCondition valuePropertyName createCustomChoiceText"
_CHOICES = """
    choicesFromQuestion choicesFromQuestionMode choiceValuesFromQuestion choiceTextsFromQuestion choicesMin choicesMax choicesStep
    allowCustomChoices hideIfChoicesEmpty hideIfRowsEmpty isExclusive showCommentArea isCommentRequired elements autoGenerate
    rateCount
"""
_VALUES = """
    valueName valueTrue valueFalse storeOthersAsComment includeIntoResult clearIfInvisible clearInvisibleValues cellType
    minValueExpression maxValueExpression correctAnswer
"""
_MESSAGES = "minErrorText maxErrorText stepErrorText notificationType"
_TABLES = """
    detailElements detailPanelMode totalType totalExpression totalFormat totalDisplayStyle totalCurrency
    totalMaximumFractionDigits totalMinimumFractionDigits totalText columnsVisibleIf rowsVisibleIf allowAddRows allowRemoveRows
    allowAddPanel allowRemovePanel templateVisibleIf
"""
_SURVEY = """
    locale completedHtml completedBeforeHtml completedHtmlOnCondition sjsVersion $schema surveyId surveyPostId
    surveyShowDataSaving cookieName partialSendEnabled showCompletePage maxTextLength maxCommentLength autoAdvanceEnabled
    autoAdvanceAllowComplete showTimer timeLimit timeLimitPerPage timerLocation timerInfoMode readOnly isRequired requiredIf
    requiredErrorText
"""
_REASONS: Mapping[str, str] = {
    "how a form looks is the page's business, and the same for all": _LOOKS,
    "what it does hangs on the order in which somebody answers, which no server sees": _ORDER,
    "nothing is shown in a random order yet": _RANDOM,
    "nothing comes from elsewhere, and nobody is sent there": _ELSEWHERE,
    "choices are those that the definition names": _CHOICES,
    "an answer is kept in one way, under the name of its question": _VALUES,
    "these words are the page's own, in the language of the reader": _MESSAGES,
    "a table has rows and columns, nothing else": _TABLES,
    "the survey itself says this, or the service": _SURVEY,
}
LEFT_OUT: Mapping[str, str] = {key: why for why, keys in _REASONS.items() for key in keys.split()}
"""The keys that are left out, where a part has none of that name, by the reason."""

LEFT_OUT_TYPES: Mapping[str, str] = {
    "file": "files cannot be sent yet",
    "signaturepad": "a signature drawn on a screen proves nothing, and cannot be drawn with a keyboard",
    "image": "pictures stand in choices alone",
    "imagemap": "a place on a picture cannot be chosen without seeing it",
    "slider": "use a text with inputType range",
    "buttongroup": "use a radiogroup",
    "empty": "it asks nothing",
    "microphone": "sound cannot be sent",
    "flowpanel": "use a panel",
}
"""Types of questions that are left out, by the reason."""
