// What the tests ask of survey-core, which is loaded after this file, unmodified: expressions over answers, and whole forms.
var global = globalThis, self = globalThis;
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
