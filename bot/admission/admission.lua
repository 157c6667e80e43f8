-- Claim a delivery and charge every limit, all or nothing, in one step.
--
-- KEYS[1]  replay claim of the request signature (used only when ARGV[1] > 0)
-- KEYS[2]  delivery claim
-- KEYS[3], KEYS[4], KEYS[5]  limits of the user, the channel, the workspace
-- ARGV[1]  replay claim, milliseconds to live; 0: the request carried no signature
-- ARGV[2]  delivery claim, milliseconds to live when admitted
-- ARGV[3]  delivery claim, milliseconds to live when over a limit: short, so that Slack's later retry is judged anew
-- ARGV[4]  delivery claim, its word: "lease" (an event not posted yet) or "done"
-- ARGV[5]  token of this call, kept with the claims: the same call tried again after a lost reply is no duplicate
-- ARGV[6]  1: charge the limits; 0: claim only
-- ARGV[7], ARGV[8]   user: microseconds per question, burst; then channel (9, 10) and workspace (11, 12)
--
-- Reply: {"admitted"} | {"duplicate", "lease", "done" or "limited"} | {"limited", 1 to 3, microseconds to wait}
--
-- A limit is a GCRA: its key holds the theoretical arrival time (TAT, microseconds of Redis time) of the next question
-- at the steady rate. A question is allowed while TAT runs at most (burst - 1) intervals ahead of now.
-- Lua's tostring() keeps 14 digits of a number and a time in microseconds has 16, hence string.format('%.0f').

local replay_ms, delivery_ms, limited_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local token = ARGV[5]

if replay_ms > 0 and (redis.call('GET', KEYS[1]) or token) ~= token then
  return {'duplicate', 'done'}
end
local claim = redis.call('GET', KEYS[2])
if claim then
  local state, owner = string.match(claim, '^(%a+):(.*)$')
  if owner ~= token then
    return {'duplicate', state}
  elseif state ~= 'limited' then
    return {'admitted'}
  end
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local denied, wait = 0, 0
local tats = {}

if ARGV[6] == '1' then
  for i = 1, 3 do
    local interval, burst = tonumber(ARGV[5 + 2 * i]), tonumber(ARGV[6 + 2 * i])
    local tat = tonumber(redis.call('GET', KEYS[2 + i]) or '0')
    -- never behind now; never further ahead than a full burst, should the clock step back after a failover
    tat = math.min(math.max(tat, now), now + interval * burst)
    local ahead = tat - now - interval * (burst - 1)
    if ahead > wait then
      denied, wait = i, ahead
    end
    tats[i] = tat + interval
  end
end

if replay_ms > 0 then
  redis.call('SET', KEYS[1], token, 'PX', replay_ms)
end
if denied > 0 then
  redis.call('SET', KEYS[2], 'limited:' .. token, 'PX', limited_ms)
  return {'limited', denied, string.format('%.0f', wait)}
end
redis.call('SET', KEYS[2], ARGV[4] .. ':' .. token, 'PX', delivery_ms)
for i, tat in ipairs(tats) do
  redis.call('SET', KEYS[2 + i], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000))
end
return {'admitted'}
