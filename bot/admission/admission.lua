-- Claim deliveries and charge every limit, each question all or nothing, in the order in which they are given.
--
-- KEYS[1]  limit of the workspace; then four a question: replay claim of its signature, delivery claim, limits of the
--          user and of the channel
-- ARGV[1], ARGV[2]  user: microseconds per question, burst; then channel (3, 4) and workspace (5, 6)
-- ARGV[7]  replay claim, milliseconds to live
-- ARGV[8]  delivery claim "done", milliseconds to live
-- ARGV[9]  delivery claim "lease" (an event not posted yet) or over a limit, milliseconds to live: short, so that
--          Slack's later retry is judged anew
-- then four a question:
--   1: it carried a signature; 0: its replay claim is not used
--   its delivery claim's word when admitted: "lease" or "done"
--   token of this question, kept with the claims: tried again after a lost reply, it is no duplicate
--   1: charge the limits; 0: claim only
--
-- Reply, for each question: {"admitted"} | {"duplicate", "lease", "done" or "limited"} | {"limited", 1 to 3,
-- microseconds to wait}
--
-- A limit is a GCRA: its key holds the theoretical arrival time (TAT, microseconds of Redis time) of the next question
-- at the steady rate. A question is allowed while TAT runs at most (burst - 1) intervals ahead of now.
-- Lua's tostring() keeps 14 digits of a number and a time in microseconds has 16, hence string.format('%.0f').

local ALL, EACH = 9, 4
local interval = {tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[5])}
local burst = {tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[6])}
local ttl = {replay = ARGV[7], done = ARGV[8], lease = ARGV[9], limited = ARGV[9]}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function judge(replay, delivery, limits, signed, word, token, charged)
  if signed and (redis.call('GET', replay) or token) ~= token then
    return {'duplicate', 'done'}
  end
  local claim = redis.call('GET', delivery)
  if claim then
    local state, owner = string.match(claim, '^(%a+):(.*)$')
    if owner ~= token then
      return {'duplicate', state}
    elseif state ~= 'limited' then
      return {'admitted'}
    end
  end

  local denied, wait = 0, 0
  local tats = {}
  if charged then
    for i = 1, 3 do
      local tat = tonumber(redis.call('GET', limits[i]) or '0')
      -- never behind now; never further ahead than a full burst, should the clock step back after a failover
      tat = math.min(math.max(tat, now), now + interval[i] * burst[i])
      local ahead = tat - now - interval[i] * (burst[i] - 1)
      if ahead > wait then
        denied, wait = i, ahead
      end
      tats[i] = tat + interval[i]
    end
  end

  if signed then
    redis.call('SET', replay, token, 'PX', ttl.replay)
  end
  if denied > 0 then
    redis.call('SET', delivery, 'limited:' .. token, 'PX', ttl.limited)
    return {'limited', denied, string.format('%.0f', wait)}
  end
  redis.call('SET', delivery, word .. ':' .. token, 'PX', ttl[word])
  for i, tat in ipairs(tats) do
    redis.call('SET', limits[i], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000))
  end
  return {'admitted'}
end

local verdicts = {}
for n = 1, (#ARGV - ALL) / EACH do
  local key, at = 4 * n - 2, ALL + EACH * (n - 1)
  local limits = {KEYS[key + 2], KEYS[key + 3], KEYS[1]}
  verdicts[n] = judge(KEYS[key], KEYS[key + 1], limits, ARGV[at + 1] == '1', ARGV[at + 2], ARGV[at + 3],
    ARGV[at + 4] == '1')
end
return verdicts
