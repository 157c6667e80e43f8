-- Append a batch of one writer to the audit stream, so that trying again after a lost reply adds nothing.
--
-- KEYS[1]  the stream, fields w (writer), s (sequence), m (MAC), b (body)
-- KEYS[2]  the heads: writer -> "sequence:MAC" of its last entry stored
-- KEYS[3..]  in the order of the entries: the key of its payload, if it brings one, then its index streams
-- ARGV[1]  writer; ARGV[2]  sequence of the first entry, from 1; ARGV[3]  MAC of the entry before it
-- ARGV[4]  seconds that payloads and index streams live after their last use
-- ARGV[5..]  five an entry: MAC, body, payload ("": none), tag for its index streams, how many of those
--
-- Reply: {"OK" | "GAP" | "FORK", sequence, MAC} with the writer's head as it is then.
--   OK    stored; what was there already is skipped, so a second try adds nothing
--   GAP   entries before this batch are missing here: send them first
--   FORK  the head is not what this batch goes on from: somebody else wrote under this name, or something was changed
-- Everything is checked before the first write, so a batch is stored whole or not at all. XADD takes '*' only and never
-- trims: removing entries is not this script's business. Payloads and indexes are found again from the entries, so a
-- fault in one of those (pcall) never stands in the way of the record.

local FIRST, EACH = 5, 5
local writer, first, prev, ttl = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local count = (#ARGV - FIRST + 1) / EACH
if #KEYS < 2 or not first or first < 1 or first % 1 ~= 0 or count < 1 or count % 1 ~= 0 or #writer == 0
  or #prev ~= 64 or not tonumber(ttl) then
  return redis.error_reply('ERR append: bad arguments')
end
local keys = 2
for n = 0, count - 1 do
  local at = FIRST + EACH * n
  local indexes = tonumber(ARGV[at + 4])
  if #ARGV[at] ~= 64 or #ARGV[at + 1] == 0 or not indexes then
    return redis.error_reply('ERR append: bad entry')
  end
  keys = keys + indexes + (ARGV[at + 2] ~= '' and 1 or 0)
end
if keys ~= #KEYS then
  return redis.error_reply('ERR append: keys and entries do not match')
end
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'none' and kind ~= 'stream' then
  return redis.error_reply('ERR append: the log is not a stream')
end
local head, mac = 0, string.rep('0', 64)
local stored = redis.call('HGET', KEYS[2], writer)
if stored then
  local digits, last = string.match(stored, '^(%d+):(%x+)$')
  if not digits then
    return redis.error_reply('ERR append: the head cannot be read')
  end
  head, mac = tonumber(digits), last
end

local last = first + count - 1
if first > head + 1 then
  return {'GAP', head, mac}
end
if first == head + 1 and prev ~= mac then
  return {'FORK', head, mac}
end
if first <= head and last >= head and ARGV[FIRST + EACH * (head - first)] ~= mac then
  return {'FORK', head, mac}
end

local key = 3
for n = 0, count - 1 do
  local at = FIRST + EACH * n
  local payload, tag, indexes = ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
  local seq = first + n
  local id
  if seq > head then
    id = redis.call('XADD', KEYS[1], '*', 'w', writer, 's', string.format('%.0f', seq), 'm', ARGV[at], 'b', ARGV[at + 1])
  end
  if payload ~= '' then
    if id and not redis.pcall('SET', KEYS[key], payload, 'EX', ttl, 'NX') then
      redis.pcall('EXPIRE', KEYS[key], ttl)
    end
    key = key + 1
  end
  for _ = 1, indexes do
    if id then
      redis.pcall('XADD', KEYS[key], id, 't', tag)
      redis.pcall('EXPIRE', KEYS[key], ttl)
    end
    key = key + 1
  end
end
if last > head then
  head, mac = last, ARGV[FIRST + EACH * (count - 1)]
  redis.call('HSET', KEYS[2], writer, string.format('%.0f', head) .. ':' .. mac)
end
return {'OK', head, mac}
