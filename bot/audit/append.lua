-- Append a batch of one writer to the audit stream, so that trying again after a lost reply adds nothing.
--
-- KEYS[1]  the stream, fields w (writer), s (sequence), b (body)
-- KEYS[2]  the heads: writer -> last sequence stored
-- ARGV[1]  writer id; ARGV[2]  sequence of the first body, from 1; ARGV[3..]  the bodies, in order
--
-- Reply: {"OK", head} | {"GAP", head}. Everything is checked before the first write, so a batch is stored whole or
-- not at all. XADD takes '*' only and never trims: removing entries is not this script's business.

local writer, first, count = ARGV[1], tonumber(ARGV[2]), #ARGV - 2
if #KEYS ~= 2 or not first or first < 1 or first % 1 ~= 0 or count < 1 or #writer == 0 then
  return redis.error_reply('ERR append: bad arguments')
end
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'none' and kind ~= 'stream' then
  return redis.error_reply('ERR append: the log is not a stream')
end

-- the head is the digits before a ':', should a later version keep more beside them
local head = tonumber(string.match(redis.call('HGET', KEYS[2], writer) or '0', '^(%d+)'))
if not head then
  return redis.error_reply('ERR append: the head is not a number')
end
if first > head + 1 then
  return {'GAP', head}
end

local last = first + count - 1
for seq = math.max(first, head + 1), last do
  redis.call('XADD', KEYS[1], '*', 'w', writer, 's', string.format('%.0f', seq), 'b', ARGV[3 + seq - first])
end
if last > head then
  redis.call('HSET', KEYS[2], writer, string.format('%.0f', last))
  head = last
end
return {'OK', head}
