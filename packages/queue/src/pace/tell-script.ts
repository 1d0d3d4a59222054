import { script } from './script.ts';

/**
 * Takes back unused permits and takes in what calls said of the provider, in order. Answers what all of it amounts to.
 *
 * - `works` closes the breaker. `unreached` and `unclear` count against it; an unclear answer with the text of the one before
 *   does not: equal texts are counted by themselves.
 * - A 429 halves the rate, once for all calls that were in flight together, and keeps new ones from starting. Where no limit is
 *   set, the base is what the last two busy seconds had. Each second in which something works gives a twentieth back.
 * - While the breaker is open, failures of calls from before change nothing.
 */
export const TELL = script(`
-- Six halvings: what is left of a usual rate is about one call a second, which still shows when things get better.
local SLOWEST = 1 / 64
-- From half the rate to all of it in ten seconds: gently, for the limit is somewhere between.
local STEP = 1 / 20
local STEP_MS = 1000

local unused = order.unused
for _, name in ipairs({ 'requests', 'recipients' }) do
  if state[name] then state[name] = state[name] + unused[name] end
end

local function endTrial(trial)
  if trial > 0 and trial == state.trial then state.trial = nil end
end

local function closeBreaker()
  for _, name in ipairs({ 'failures', 'opens', 'openUntil', 'since', 'trial' }) do state[name] = nil end
end

local function grown(pauseMs, times)
  return math.min(pauseMs * 2 ^ (times - 1), order.pauseMaxMs)
end

local function fail()
  if (state.opens or 0) == 0 then
    state.failures = (state.failures or 0) + 1
    if state.failures < order.breakerAfter then return end
    state.since = now
  elseif now < state.openUntil then
    return
  end
  state.opens = (state.opens or 0) + 1
  state.openUntil = now + grown(order.breakerPauseMs, state.opens)
  state.trial = nil
end

local function throttle(retryAfterMs)
  if now >= (state.notBefore or 0) then
    if not state.factor then state.base = math.max(1, state.started or 0, state.before or 0) end
    state.factor = math.max(SLOWEST, (state.factor or 1) / 2)
    state.raisedAt = now
    state.throttles = (state.throttles or 0) + 1
  end
  local ms = grown(order.throttlePauseMs, state.throttles or 1)
  if retryAfterMs > 0 then ms = math.min(retryAfterMs, order.retryAfterMaxMs) end
  state.notBefore = math.max(state.notBefore or 0, now + ms)
end

local function recover()
  if now >= (state.notBefore or 0) then state.throttles = nil end
  if not state.factor or now < state.raisedAt + STEP_MS then return end
  state.factor = state.factor + STEP
  state.raisedAt = now
  if state.factor >= 1 then
    state.factor = nil
    state.base = nil
  end
end

local failing
local longest
for _, sign in ipairs(order.signs) do
  endTrial(sign.trial)
  if sign.accepted then state.text = nil end
  local repeated = false
  for _, puzzle in ipairs(sign.puzzles) do
    repeated = state.text == puzzle.text
    state.lines = puzzle.lines + (repeated and state.lines or 0)
    state.text = puzzle.text
    if not longest or state.lines > longest.lines then longest = { text = state.text, lines = state.lines } end
  end
  if sign.retryAfterMs then throttle(sign.retryAfterMs) end
  if sign.kind == 'works' then
    closeBreaker()
    recover()
    failing = nil
  elseif sign.kind == 'unreached' or (sign.kind == 'unclear' and not repeated) then
    fail()
    if state.since then failing = { kind = sign.kind, reason = sign.reason, forMs = now - state.since } end
  end
end
endTrial(unused.trial)
if order.forget then
  closeBreaker()
  state.text = nil
end
save()
return cjson.encode({ failing = failing, puzzle = longest })
`);
