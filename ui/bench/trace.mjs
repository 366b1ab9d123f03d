/** Chromium's own trace: how it is recorded, and what it says of the page's main thread. Times are milliseconds. */
import { sum } from './statistics.mjs';

const CATEGORIES = ['toplevel', 'devtools.timeline', 'loading', 'blink.user_timing', '__metadata'];
const LONG_TASK_MS = 50;

/** Records while `act` runs; answers the events. */
export async function record(browser, act) {
  const devtools = await browser.newBrowserCDPSession();
  const events = [];
  devtools.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value) events.push(event);
  });
  await devtools.send('Tracing.start', {
    traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'], recordMode: 'recordAsMuchAsPossible', traceBufferSizeInKb: 400_000 }, transferMode: 'ReportEvents',
  });
  try {
    await act();
  } finally {
    const complete = new Promise((resume) => devtools.once('Tracing.tracingComplete', resume));
    await devtools.send('Tracing.end');
    await complete;
    await devtools.detach();
  }
  return events;
}

const isTask = ({ ph, name }) => ph === 'X' && name === 'ThreadControllerImpl::RunTask';
const onThread = ({ pid, tid }) => (event) => event.pid === pid && event.tid === tid;
const cpuOf = ({ tdur = 0 }) => tdur / 1000;

/** The threads that did something: `{pid, tid, name, busyMs}`, the busiest first. */
export function threadsOf(events) {
  return events
    .filter(({ name }) => name === 'thread_name')
    .map(({ pid, tid, args }) => ({ pid, tid, name: args.name, busyMs: sum(events.filter(onThread({ pid, tid })).filter(isTask).map(cpuOf)) }))
    .toSorted((a, b) => b.busyMs - a.busyMs);
}

/** The main thread of the page: the busiest of the renderers'. */
export function mainOf(events) {
  return threadsOf(events).find(({ name }) => name === 'CrRendererMain');
}

const KINDS = {
  script: /^(FunctionCall|EvaluateScript|EvaluateModule|v8\.|V8\.|TimerFire|FireAnimationFrame|FireIdleCallback|EventDispatch|RunMicrotasks|XHR|CompileScript|HandlePostMessage|SchedulePostMessage)/,
  gc: /^(MajorGC|MinorGC|V8\.GC|BlinkGC|CppGC)/,
  style: /^(UpdateLayoutTree|RecalculateStyles|ParseAuthorStyleSheet|StyleRecalc|InvalidateLayout)/,
  layout: /^(Layout|UpdateLayout)$/,
  paint: /^(PrePaint|Paint|PaintImage|Layerize|Commit|UpdateLayer|UpdateLayerTree|CompositeLayers|IntersectionObserver|HitTest)/,
};

const kindOf = (name) => Object.keys(KINDS).toReversed().find((kind) => KINDS[kind].test(name)) ?? 'other';

/** Processor time of `thread` by kind of work; an event inside of another counts for itself alone. */
export function splitOf(events, thread) {
  const split = { script: 0, gc: 0, style: 0, layout: 0, paint: 0, other: 0 };
  for (const { name, ownMs } of ownTimes(events, thread)) split[kindOf(name)] += ownMs;
  return split;
}

function ownTimes(events, thread) {
  const complete = events.filter(onThread(thread)).filter(({ ph }) => ph === 'X').toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const open = [];
  const own = [];
  for (const event of complete) {
    while (open.length > 0 && open.at(-1).end <= event.ts) open.pop();
    const ms = cpuOf(event);
    const parent = open.at(-1);
    if (parent) parent.entry.ownMs -= ms;
    const entry = { name: event.name, ownMs: ms };
    own.push(entry);
    open.push({ end: event.ts + (event.dur ?? 0), entry });
  }
  return own;
}

/** Processor time of `thread` in tasks that began before `untilMs`. */
export function busyUntil(events, thread, untilMs) {
  return sum(events.filter(onThread(thread)).filter(isTask).filter(({ ts }) => ts / 1000 < untilMs).map(cpuOf));
}

/** The longest task of `thread`: by the clock on the wall, and of the processor alone. */
export function longestOf(events, thread) {
  const tasks = events.filter(onThread(thread)).filter(isTask);
  return { wallMs: Math.max(0, ...tasks.map(({ dur = 0 }) => dur / 1000)), cpuMs: Math.max(0, ...tasks.map(cpuOf)) };
}

/** Instants, in milliseconds, at which `thread` began a frame for the page (it ran the page's animation callbacks). */
export function framesOf(events, thread) {
  const stamps = events.filter(onThread(thread)).filter(({ name, ph }) => name === 'FireAnimationFrame' && (ph === 'X' || ph === 'B')).map(({ ts }) => ts / 1000);
  // Several callbacks of one frame follow each other within a millisecond or so.
  const sorted = stamps.toSorted((a, b) => a - b);
  return sorted.filter((stamp, n) => n === 0 || stamp - sorted[n - 1] > 4);
}

/** Instant of the first event called `name`, in `frame` when that is given; NaN without one. */
export function instantOf(events, name, frame) {
  const stamps = events.filter((event) => event.name === name && (frame === undefined || event.args?.frame === frame)).map(({ ts }) => ts);
  return stamps.length > 0 ? Math.min(...stamps) / 1000 : NaN;
}

/** Where `url` was gone to: `{pid, tid, frame, atMs}`. */
export function navigationOf(events, url) {
  const { pid, tid, ts, args } = events.find(({ name, args: given }) => name === 'navigationStart' && given?.data?.isOutermostMainFrame !== false && given?.data?.documentLoaderURL?.startsWith(url)) ?? {};
  return { pid, tid, frame: args?.frame, atMs: ts / 1000 };
}

/** Milliseconds from `fromMs` to when the page was complete and no task of more than 50 ms was still to end. */
export function interactiveMs(events, thread, fromMs, completeMs) {
  const long = events.filter(onThread(thread)).filter(isTask).filter(({ dur = 0, ts }) => dur / 1000 > LONG_TASK_MS && ts / 1000 >= fromMs);
  return Math.max(completeMs, ...long.map(({ ts, dur }) => (ts + dur) / 1000)) - fromMs;
}
