// What the tests ask of survey-core, which is loaded after this file, unmodified: expressions over answers, and whole forms.
var global = globalThis, self = globalThis;
var queueMicrotask = () => {}; // what is put off is for a screen
var console = { log() {}, warn() {}, error() {} };
const NOW = new Date("2026-03-14T15:09:26.535Z").getTime();
const ISO = /^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/;
const RealDate = Date;
// The clock stands still, and texts that are no dates of ISO 8601 are no dates: see "Deviations" in the README.
globalThis.Date = class extends RealDate {
  constructor(...said) {
    if (said.length === 0) super(NOW);
    else if (said.length > 1 || typeof said[0] === "number" || said[0] instanceof RealDate) super(...said);
    else {
      const one = typeof said[0] === "object" && said[0] !== null ? String(said[0]) : said[0];
      super(typeof one === "string" && !ISO.test(one) ? NaN : one);
    }
  }
  static now() {
    return NOW;
  }
};

function told(value) {
  if (value === undefined) return { $: "undefined" };
  if (value instanceof RealDate) return { $: "date", ms: isNaN(value) ? null : value.getTime() };
  if (typeof value === "number" && !isFinite(value)) return { $: String(value) };
  if (Array.isArray(value)) return value.map(told);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, told(entry)]));
  return value;
}

function accepts(texts) {
  return JSON.parse(texts).map((text) => {
    try {
      return new Survey.ExpressionRunner(text).canRun();
    } catch {
      return false;
    }
  });
}

function outcome(runner, answers) {
  let result;
  runner.onRunComplete = (value) => (result = value);
  try {
    runner.runValues(JSON.parse(answers));
  } catch (error) {
    return { $: "throws" };
  }
  return told(result);
}

// For each expression its results over each set of answers (a list of JSON texts).
function results(texts, answers) {
  const sets = JSON.parse(answers);
  return JSON.parse(texts).map((text) => {
    const runner = new Survey.ExpressionRunner(text);
    return sets.map((set) => outcome(runner, set));
  });
}

function matches(patterns, texts) {
  const read = JSON.parse(texts);
  return JSON.parse(patterns).map((pattern) => read.map((text) => new RegExp(pattern).test(text)));
}

// What a form looks like for each set of answers: parts by place, what is offered, what was calculated.
function forms(definition, sets) {
  const json = JSON.parse(definition);
  return JSON.parse(sets).map((answers) => {
    try {
      return form(json, answers);
    } catch (error) {
      return { $: "throws", said: String(error) };
    }
  });
}

function form(json, answers) {
  const survey = new Survey.SurveyModel(json);
  survey.keepIncorrectValues = true;
  survey.data = answers;
  survey.getAllQuestions().forEach(build);
  survey.runExpressions();
  const seen = { parts: {}, choices: {}, closed: {}, rows: {}, columns: {}, values: {} };
  survey.pages.forEach((page) => container(page, "", true, seen));
  for (const one of survey.calculatedValues) seen.values[one.name] = told(survey.getVariable(one.name));
  return { ...seen, answers: told(survey.data) };
}

function build(question) {
  for (const panel of question.panels || []) panel.questions.forEach(build);
  for (const row of question.visibleRows || []) (row.cells || []).forEach((cell) => build(cell.question));
}

function container(one, prefix, around, seen) {
  const visible = around && one.isVisible;
  seen.parts[prefix + one.name] = [visible, !one.isReadOnly, !!one.isRequired];
  for (const element of one.elements)
    if (element.isPanel) container(element, prefix, visible, seen);
    else question(element, prefix, visible, seen);
}

function question(one, prefix, around, seen) {
  const place = prefix + one.name;
  const visible = around && one.isVisible;
  seen.parts[place] = [visible, !one.isReadOnly, !!one.isRequired];
  if (one.visibleChoices && one.activeChoices) {
    seen.choices[place] = one.visibleChoices.map((item) => item.value);
    seen.closed[place] = one.activeChoices.filter((item) => !item.isEnabled).map((item) => item.value);
  }
  const kind = one.getType();
  if (kind === "matrix") {
    seen.rows[place] = one.rows.filter((item) => item.isVisible).map((item) => item.value);
    seen.columns[place] = one.columns.filter((item) => item.isVisible).map((item) => item.value);
  }
  (one.panels || []).forEach((panel, index) =>
    panel.elements.forEach((element) =>
      element.isPanel
        ? container(element, `${place}[${index}].`, visible, seen)
        : question(element, `${place}[${index}].`, visible, seen)
    )
  );
  if (kind === "matrixdynamic" || kind === "matrixdropdown") {
    seen.rows[place] = [];
    one.allRows.forEach((row, index) => {
      const name = kind === "matrixdynamic" ? index : row.rowName;
      const shown = row.isVisible;
      if (shown) seen.rows[place].push(name);
      const inner = kind === "matrixdynamic" ? `${place}[${index}].` : `${place}.${name}.`;
      row.cells.forEach((cell) => question(cell.question, inner, visible && shown, seen));
    });
  }
}

// The keys that a part of a definition may have, and the types of questions.
function keys(name) {
  return Survey.Serializer.getProperties(JSON.parse(name))
    .filter((property) => property.isSerializable !== false)
    .map((property) => property.name);
}

function types() {
  const abstract = ["question", "matrixdropdownbase", "textbase", "nonvalue"];
  return Survey.Serializer.getChildrenClasses("question", true)
    .map((one) => one.name)
    .filter((name) => !abstract.includes(name));
}

// What is left of each set of answers once nothing hidden is answered.
function kept(definition, sets) {
  const json = JSON.parse(definition);
  return JSON.parse(sets).map((answers) => {
    try {
      const survey = new Survey.SurveyModel({ ...json, clearInvisibleValues: "onHidden" });
      survey.keepIncorrectValues = true;
      survey.data = answers;
      survey.getAllQuestions().forEach(build);
      survey.runExpressions();
      survey.clearIncorrectValues = () => {};
      survey.getAllQuestions().forEach((one) => one.clearValueIfInvisible("onHidden"));
      return told(survey.data);
    } catch (error) {
      return { $: "throws", said: String(error) };
    }
  });
}
