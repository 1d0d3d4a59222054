import { script } from './script.ts';

/**
 * Takes permits for as many of `requests` calls as may start now, or says how long to wait. The order of the questions: did
 * the provider ask us to wait (429); is it in trouble (then one trial at a time); what do the two buckets hold.
 *
 * A bucket holds what a second gives, and at least one. A request with more recipients than that goes when the bucket is
 * full and leaves a debt, which is paid off before the next one goes: so it does not starve, and the rate holds all the same.
 * Less than a tenth of a second's worth is not given out where more is wanted: each slice costs a commit.
 */
export const TAKE = script(`
local function wait(ms, why)
  return cjson.encode({ kind = 'wait', waitMs = math.max(1, math.ceil(ms)), why = why })
end

if now < (state.notBefore or 0) then return wait(state.notBefore - now, 'throttled') end

local count = order.requests
local trial = (state.opens or 0) > 0
if trial then
  if now < state.openUntil then return wait(state.openUntil - now, 'breaker') end
  if state.trial and now < state.trialUntil then return wait(order.trialLookMs, 'breaker') end
  count = 1
end

local slow = state.factor or 1
local requestRate = order.requestsPerSecond
if requestRate == 0 and state.factor then requestRate = state.base end
local buckets = {
  { name = 'requests', rate = requestRate * slow, cost = 1 },
  { name = 'recipients', rate = order.recipientsPerSecond * slow, cost = order.recipientsPerRequest },
}
local passedMs = math.max(0, now - (state.filledAt or now))
local wanted = count
local metered = false
local missingMs = 0
for _, bucket in ipairs(buckets) do
  if bucket.rate > 0 then
    metered = true
    local size = math.max(1, bucket.rate)
    bucket.level = math.min(size, (state[bucket.name] or size) + passedMs * bucket.rate / 1000)
    local first = math.min(bucket.cost, size)
    local least = math.max(1, math.min(wanted, math.floor(bucket.rate / (10 * bucket.cost))))
    local missing = first + (least - 1) * bucket.cost - bucket.level
    missingMs = math.max(missingMs, missing * 1000 / bucket.rate)
    count = math.min(count, math.floor((bucket.level - first) / bucket.cost) + 1)
  end
end
if missingMs > 0 or count < 1 then return wait(missingMs, 'rate') end

for _, bucket in ipairs(buckets) do
  state[bucket.name] = bucket.level and bucket.level - count * bucket.cost
end
state.filledAt = now
local second = math.floor(now / 1000)
if state.second ~= second then
  state.before = state.started
  state.second = second
  state.started = 0
end
state.started = state.started + count
if trial then
  state.trials = (state.trials or 0) + 1
  state.trial = state.trials
  state.trialUntil = now + order.trialMs
end
save()
return cjson.encode({ kind = 'granted', requests = count, metered = metered, trial = trial and state.trial or 0 })
`);
